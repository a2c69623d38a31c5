import { podDevicePrefix } from '../pods/node-summary.ts';
import { namespaceKinds } from '../pods/sharing.ts';
import { namesOf } from '../verdict/compare-networks.ts';
import type { PodVerification } from '../verdict/pod-verification.ts';
import type { InterfacePair } from '../verdict/side-by-side.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { flagNames } from './interface-list.ts';
import { join, type SafeText, safeLine, text } from './safe-text.ts';
import { table } from './table.ts';

type Verified = PodVerification & { readonly kind: 'verified' };

export interface ReportOptions {
  /** Shows every device, and MTU, hardware address, flags and counters. */
  readonly wide: boolean;
}

/** What `verify` shows of one Pod: the verdicts with their evidence, and the interfaces side by side. */
export function verificationReport(item: Verified, { wide }: ReportOptions): SafeText {
  const { pod, container } = item;
  const address = pod.status.hostIP === '' ? '' : ` (${pod.status.hostIP})`;
  const rows = interfaceRows(item, wide);
  const sections = [
    text`Pod ${pod.namespace}/${pod.name}, container ${container}, on ${pod.spec.nodeName}${address}\n`,
    verdictTable(item, wide),
    ...(rows.length === 0 ? [] : [table(titles(wide), rows)]),
    text`${comparison(item)}\n`,
    ...(item.containerAddresses === null || item.containerAddresses.unattributed.length === 0
      ? []
      : [text`On an interface that cannot be told: ${namesOf(item.containerAddresses.unattributed)}\n`]),
  ];
  return join(sections, '\n');
}

function verdictTable({ verification }: Verified, wide: boolean): SafeText {
  const rows = namespaceKinds.flatMap((kind) => {
    const verdict = verification.namespaces[kind];
    const [first = '', ...more] = evidenceLines(verdict, wide);
    return [
      [kind, verdict.declared, verdict.observed, outcome(verdict), first],
      ...more.map((line) => ['', '', '', '', line]),
    ];
  });
  return table(
    ['NAMESPACE', 'DECLARED', 'OBSERVED', 'VERDICT', 'EVIDENCE'].map(safeLine),
    rows.map((row) => row.map(safeLine)),
  );
}

function outcome({ verdict, trust }: Verdict): string {
  return trust === 'self-reported' ? `${verdict} (self-reported)` : verdict;
}

/**
 * What decides, and the container's word where it says otherwise; where nothing decides, why. All that says
 * anything where there is room for it.
 */
function evidenceLines({ observed, trust, evidence }: Verdict, wide: boolean): readonly string[] {
  const shown = evidence.filter((one) => trust === null || one.observed !== 'unknown');
  return shown.flatMap(({ source, observed: its, detail }, index) => {
    if (trust !== null && its !== observed) return [`the ${source} says otherwise: ${detail}`];
    return index === 0 || wide || trust === null ? [`${source}: ${detail}`] : [];
  });
}

function titles(wide: boolean): readonly SafeText[] {
  const more = wide ? ['MTU', 'HWADDR', 'FLAGS', 'RX-BYTES (container)', 'TX-BYTES (container)'] : [];
  return ['INTERFACE', 'NODE (kubelet)', 'POD', 'ADDRESSES (container)', ...more].map(safeLine);
}

function interfaceRows(
  { interfaces, verification }: Verified,
  wide: boolean,
): readonly (readonly SafeText[])[] {
  const isOwn = hasOwnNetwork(verification);
  const folded = new Map<string, InterfacePair[]>();
  for (const pair of interfaces) {
    const key = wide ? pair.name : familyOf(pair.name);
    const family = folded.get(key);
    if (family === undefined) folded.set(key, [pair]);
    else family.push(pair);
  }
  return [...folded].flatMap(([key, pairs]) =>
    pairs.length > 1 && key !== pairs[0]?.name
      ? [foldedRow(key, pairs, isOwn)]
      : pairs.map((pair) => (wide ? wideRow(pair, isOwn) : row(pair, isOwn))),
  );
}

/** `veth*` for the devices that come and go with Pods; every other device stands for itself. */
function familyOf(name: string): string {
  const prefix = podDevicePrefix(name);
  return prefix === null ? name : `${prefix}*`;
}

function foldedRow(
  family: string,
  pairs: readonly InterfacePair[],
  isOwnNetwork: boolean,
): readonly SafeText[] {
  const common = (cells: readonly string[]): string =>
    new Set(cells).size === 1 ? (cells[0] ?? '') : '(some)';
  const inPods = common(pairs.map((pair) => inPod(pair, isOwnNetwork)));
  return [`${family} (${String(pairs.length)})`, common(pairs.map(onNode)), inPods].map(safeLine);
}

function row(pair: InterfacePair, isOwnNetwork: boolean): readonly SafeText[] {
  return [pair.name, onNode(pair), inPod(pair, isOwnNetwork), addresses(pair)].map(safeLine);
}

function wideRow(pair: InterfacePair, isOwnNetwork: boolean): readonly SafeText[] {
  const { inContainer: device } = pair;
  return [
    ...row(pair, isOwnNetwork),
    ...[
      shown(device?.mtu),
      device?.hardwareAddress ?? '-',
      device?.flags === undefined || device.flags === null ? '-' : flagNames(device.flags).join(','),
      shown(device?.rx.bytes),
      shown(device?.tx.bytes),
    ].map(safeLine),
  ];
}

function shown(value: number | null | undefined): string {
  return value === undefined || value === null ? '-' : String(value);
}

function onNode({ onNode: presence }: InterfacePair): string {
  return presence === 'not reported' || presence === 'unknown' ? `(${presence})` : presence;
}

/** @param isOwnNetwork whether what bears the name in the Pod is certainly another device than the node's */
function inPod(pair: InterfacePair, isOwnNetwork: boolean): string {
  const { inSandbox, inContainer, nodeCounters, sandboxCounters } = pair;
  if (inSandbox === 'no') return inContainer === null ? 'no' : 'no, though the container shows one';
  if (inSandbox === 'yes') {
    if (isOwnNetwork) return 'its own';
    const isSame =
      nodeCounters !== null &&
      sandboxCounters !== null &&
      nodeCounters.rxBytes + nodeCounters.txBytes > 0 &&
      nodeCounters.rxBytes === sandboxCounters.rxBytes &&
      nodeCounters.txBytes === sandboxCounters.txBytes;
    return isSame ? 'yes, same counters' : 'yes';
  }
  if (inContainer !== null) return isOwnNetwork ? 'its own (self-reported)' : 'yes (self-reported)';
  return inSandbox === 'unknown' ? '(unknown)' : 'no';
}

function addresses({ inContainer }: InterfacePair): string {
  return (inContainer?.addresses ?? [])
    .map(({ address, prefixLength }) => `${address}/${String(prefixLength)}`)
    .join(' ');
}

/** The difference between node and Pod in a sentence, by the kubelet's words alone. */
function comparison({ interfaces, verification }: Verified): string {
  const ofNode = interfaces.filter(({ onNode: presence }) => presence === 'yes');
  if (ofNode.length === 0) return 'Which interfaces the node has is not known without its kubelet.';
  if (ofNode.every(({ inSandbox }) => inSandbox === 'unknown')) {
    return 'Which of them the Pod has the kubelet does not tell.';
  }
  const count = ofNode.length;
  const all = count === 1 ? 'The one interface' : `All ${String(count)} interfaces`;
  const reported = 'that the kubelet reports of the node';
  const ofSandbox = interfaces.filter(({ inSandbox }) => inSandbox === 'yes');
  if (hasOwnNetwork(verification)) {
    const own = namesOf(ofSandbox.map(({ name }) => name));
    return `No interface ${reported} is in the Pod; ${own === '' ? 'it has none of its own but lo' : `it has its own ${own}`}.`;
  }
  const shared = ofNode.filter(({ inSandbox }) => inSandbox === 'yes');
  if (shared.length < count || verification.namespaces.network.observed !== 'node') {
    const of = count === 1 ? 'the one interface' : `the ${String(count)} interfaces`;
    return `Of ${of} ${reported}, the Pod has ${String(shared.length)} of the same name.`;
  }
  return `${all} ${reported} ${count === 1 ? 'is' : 'are'} in the Pod, too.`;
}

function hasOwnNetwork({ namespaces }: Verified['verification']): boolean {
  return namespaces.network.observed === 'own' && namespaces.network.trust === 'trusted';
}
