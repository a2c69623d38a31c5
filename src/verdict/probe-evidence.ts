import type { NodeView, ProcessNamespaces } from '../inspection/node-view.ts';
import type { Side } from '../pods/declared.ts';
import type { Pod } from '../pods/pod.ts';
import type { NamespaceKind } from '../pods/sharing.ts';
import { someNames } from '../some-names.ts';
import { type PodPart, partsOfPod } from './pod-parts.ts';
import type { Evidence, Observed } from './verdict.ts';

const LINUX_NAME = { network: 'net', pid: 'pid', ipc: 'ipc' } as const;
const NAMED = 4;

/** How many of a part's processes are in the node's namespace; those of which it is not known are not counted. */
interface Placed extends PodPart {
  readonly inNode: number;
  readonly known: number;
}

/**
 * What the probe has seen of one of a Pod's namespaces, from outside: whether any process of its containers,
 * or of its sandbox, is in the node's.
 *
 * One process is enough, for it sees what the node sees: a container is in the node's namespace as soon as
 * any part of it is. (The other way round one that unshares a namespace, as a Docker in a hostNetwork Pod does for
 * its own containers, has not left the node's.) A container that is not as wanted makes the Pod so.
 *
 * @param wanted what the spec declares, or the user expects
 */
export function probeEvidence(kind: NamespaceKind, pod: Pod, view: NodeView, wanted: Side): Evidence {
  const evidence = { source: 'probe', trust: 'trusted' } as const;
  const unknown = (detail: string): Evidence => ({ ...evidence, observed: 'unknown', detail });
  const name = LINUX_NAME[kind];
  const ofNode = view.node?.[name] ?? null;
  if (ofNode === null) return unknown(`it was not let into the node's own namespaces`);
  const { parts, missing } = partsOfPod(pod, view);
  if (parts.length === 0) return unknown('no process of the Pod runs on the node');
  const placed = parts.map((part) => place(part, name, ofNode));
  const shown = `${name}:[${String(ofNode)}]`;
  const inNode = placed.filter((part) => part.inNode > 0);
  const outside = placed.filter((part) => part.inNode === 0 && part.known > 0);
  const contrary = wanted === 'node' ? outside : inNode;
  // One that is not as wanted is enough; that all are needs all of them to be seen.
  if (contrary.length === 0) {
    if (placed.some(({ known }) => known === 0)) return unknown('it may not see the namespaces of the Pod');
    // A container of which nothing is there runs elsewhere (in a virtual machine), or has not yet begun.
    if (missing.length > 0) return unknown(`no process of ${someNames(missing, NAMED)} runs on the node`);
    // The PID namespace of a sandbox is not what its containers get.
    if (kind === 'pid' && placed.every(({ isSandbox }) => isSandbox))
      return unknown('none of its containers runs');
  }
  const other = wanted === 'node' ? 'own' : 'node';
  const observed = contrary.length > 0 ? other : wanted;
  return { ...evidence, observed, detail: detailOf(inNode, outside, shown), ...sandboxOf(placed) };
}

function place(part: PodPart, kind: keyof ProcessNamespaces, ofNode: number): Placed {
  const known = part.processes.flatMap(({ namespaces }) => namespaces[kind] ?? []);
  return { ...part, known: known.length, inNode: known.filter((inode) => inode === ofNode).length };
}

function sandboxOf(placed: readonly Placed[]): { readonly ofSandbox?: Observed } {
  const sandbox = placed.filter(({ isSandbox, known }) => isSandbox && known > 0);
  if (sandbox.length === 0) return {};
  return { ofSandbox: sandbox.some(({ inNode }) => inNode > 0) ? 'node' : 'own' };
}

function detailOf(inNode: readonly Placed[], outside: readonly Placed[], shown: string): string {
  const are = (parts: readonly Placed[]): string => `${namesOf(parts)} ${parts.length === 1 ? 'is' : 'are'}`;
  if (inNode.length === 0) return `${are(outside)} outside of the node's ${shown}`;
  if (outside.length > 0) return `${are(inNode)} in the node's ${shown}, ${are(outside)} not`;
  const partly = inNode.find((part) => part.inNode < part.known);
  if (partly === undefined) return `${are(inNode)} in the node's ${shown}`;
  const { inNode: there, known, name } = partly;
  return `${String(there)} of the ${String(known)} processes of ${name} ${there === 1 ? 'is' : 'are'} in the node's ${shown}`;
}

function namesOf(parts: readonly Placed[]): string {
  const names = parts.toSorted((a, b) => Number(b.isSandbox) - Number(a.isSandbox)).map(({ name }) => name);
  return names.length === 2 ? names.join(' and ') : someNames(names, NAMED);
}
