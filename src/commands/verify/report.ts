import { podDevicePrefix } from '../../model/node-summary.ts';
import { namespaceKinds } from '../../model/sharing.ts';
import { namesOf } from '../../verdict/compare-networks.ts';
import type { PodVerification, PortAnswer } from '../../verdict/pod-verification.ts';
import type { InterfacePair } from '../../verdict/side-by-side.ts';
import type { Verdict } from '../../verdict/verdict.ts';
import { flagNames } from '../../output/interface-list.ts';
import { join, type SafeText, safeLine, text } from '../../output/safe-text.ts';

type Verified = PodVerification & { readonly kind: 'verified' };

export interface ReportOptions {
  /** Shows every device, and MTU, hardware address, flags and counters. */
  readonly wide: boolean;
  readonly table: TableLayout;
}

/** `table`, or a layout that wraps the last column to the width of a terminal. */
export type TableLayout = (header: readonly SafeText[], rows: readonly (readonly SafeText[])[]) => SafeText;

/** Returns the report on one Pod: the verdicts with their evidence, and the interfaces side by side. */
export function verificationReport(item: Verified, { wide, table }: ReportOptions): SafeText {
  const { pod, container } = item;
  const address = pod.status.hostIP === '' ? '' : ` (${pod.status.hostIP})`;
  const rows = interfaceRows(item, wide);
  const sections = [
    text`Pod ${pod.namespace}/${pod.name}, container ${container}, on ${pod.spec.nodeName}${address}\n`,
    verdictTable(item, { wide, table }),
    ...(rows.length === 0 ? [] : [table(titles(item, wide), rows)]),
    text`${comparison(item)}\n`,
    ...(item.podInterfaces === null || item.podInterfaces.unattributed.length === 0
      ? []
      : [text`Addresses on an unknown interface: ${namesOf(item.podInterfaces.unattributed)}\n`]),
    ...(item.reach === null ? [] : [reached(item.reach, table)]),
  ];
  return join(sections, '\n');
}

function verdictTable({ verification }: Verified, { wide, table }: ReportOptions): SafeText {
  const isExpecting = namespaceKinds.some((kind) => verification.namespaces[kind].expected !== null);
  const rows = namespaceKinds.flatMap((kind) => {
    const verdict = verification.namespaces[kind];
    const { declared, expected, observed } = verdict;
    const [first = '', ...more] = evidenceLines(verdict, wide);
    const known = [kind, declared, ...(isExpecting ? [expected ?? '-'] : []), observed, outcome(verdict)];
    return [[...known, first], ...more.map((line) => [...known.map(() => ''), line])];
  });
  return table(
    ['NAMESPACE', 'DECLARED', ...(isExpecting ? ['EXPECTED'] : []), 'OBSERVED', 'VERDICT', 'EVIDENCE'].map(
      safeLine,
    ),
    rows.map((row) => row.map(safeLine)),
  );
}

function outcome({ verdict, trust }: Verdict): string {
  if (trust === 'partial') return `${verdict} (sandbox)`;
  return trust === 'self-reported' ? `${verdict} (self-reported)` : verdict;
}

/**
 * Returns the evidence that decides, and evidence of other sources that contradicts it. If no evidence decides, or with
 * -o wide, returns all.
 */
function evidenceLines({ observed, trust, evidence }: Verdict, wide: boolean): readonly string[] {
  const shown = evidence.filter((one) => trust === null || one.observed !== 'unknown');
  return shown.flatMap(({ source, container, observed: its, detail }, index) => {
    const by = container === undefined ? source : `${source} ${container}`;
    if (trust !== null && its !== observed) return [`the ${by} says otherwise: ${detail}`];
    return index === 0 || wide || trust === null ? [`${by}: ${detail}`] : [];
  });
}

function titles({ podInterfaces }: Verified, wide: boolean): readonly SafeText[] {
  const by = ` (${podInterfaces?.source ?? 'container'})`;
  const more = wide ? ['MTU', 'HWADDR', 'FLAGS', `RX-BYTES${by}`, `TX-BYTES${by}`] : [];
  return ['INTERFACE', 'NODE (kubelet)', 'POD', `ADDRESSES${by}`, ...more].map(safeLine);
}

function interfaceRows(
  { interfaces, verification, podInterfaces }: Verified,
  wide: boolean,
): readonly (readonly SafeText[])[] {
  const pod = { isOwn: hasOwnNetwork(verification), isSeen: podInterfaces?.source === 'probe' };
  const folded = new Map<string, InterfacePair[]>();
  for (const pair of interfaces) {
    const key = wide ? pair.name : familyOf(pair.name);
    const family = folded.get(key);
    if (family === undefined) folded.set(key, [pair]);
    else family.push(pair);
  }
  return [...folded].flatMap(([key, pairs]) =>
    pairs.length > 1 && key !== pairs[0]?.name
      ? [foldedRow(key, pairs, pod)]
      : pairs.map((pair) => (wide ? wideRow(pair, pod) : row(pair, pod))),
  );
}

/** Returns `veth*` for the devices of Pods, and the name of any other device. */
function familyOf(name: string): string {
  const prefix = podDevicePrefix(name);
  return prefix === null ? name : `${prefix}*`;
}

function foldedRow(family: string, pairs: readonly InterfacePair[], pod: PodColumn): readonly SafeText[] {
  const common = (cells: readonly string[]): string =>
    new Set(cells).size === 1 ? (cells[0] ?? '') : '(some)';
  const inPods = common(pairs.map((pair) => inPod(pair, pod)));
  return [`${family} (${String(pairs.length)})`, common(pairs.map(onNode)), inPods].map(safeLine);
}

function row(pair: InterfacePair, pod: PodColumn): readonly SafeText[] {
  return [pair.name, onNode(pair), inPod(pair, pod), addresses(pair)].map(safeLine);
}

function wideRow(pair: InterfacePair, pod: PodColumn): readonly SafeText[] {
  const { inPod: device } = pair;
  return [
    ...row(pair, pod),
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

/** Facts that the text in the POD column depends on. */
interface PodColumn {
  /** True if the Pod's interface is certainly not the node's interface of the same name. */
  readonly isOwn: boolean;
  /** True if the probe Pod saw it, not only the container. */
  readonly isSeen: boolean;
}

function inPod(pair: InterfacePair, { isOwn, isSeen }: PodColumn): string {
  const { inSandbox, inPod: device, nodeCounters, sandboxCounters } = pair;
  if (inSandbox === 'no')
    return device === null ? 'no' : isSeen ? 'yes' : 'no, though the container shows one';
  if (inSandbox === 'yes') {
    if (isOwn) return 'its own';
    const isSame =
      nodeCounters !== null &&
      sandboxCounters !== null &&
      nodeCounters.rxBytes + nodeCounters.txBytes > 0 &&
      nodeCounters.rxBytes === sandboxCounters.rxBytes &&
      nodeCounters.txBytes === sandboxCounters.txBytes;
    return isSame ? 'yes, same counters' : 'yes';
  }
  if (device !== null) return `${isOwn ? 'its own' : 'yes'}${isSeen ? '' : ' (self-reported)'}`;
  return inSandbox === 'unknown' && !isSeen ? '(unknown)' : 'no';
}

function addresses({ inPod: device }: InterfacePair): string {
  return (device?.addresses ?? [])
    .map(({ address, prefixLength }) => `${address}/${String(prefixLength)}`)
    .join(' ');
}

/** Returns a sentence about the difference between node and Pod, from the kubelet's report alone. */
function comparison({ interfaces, verification, podInterfaces }: Verified): string {
  const ofNode = interfaces.filter(({ onNode: presence }) => presence === 'yes');
  if (ofNode.length === 0) return 'Which interfaces the node has is not known without its kubelet.';
  if (podInterfaces?.source !== 'probe' && ofNode.every(({ inSandbox }) => inSandbox === 'unknown')) {
    return 'Which of them the Pod has the kubelet does not tell.';
  }
  const count = ofNode.length;
  const all = count === 1 ? 'The one interface' : `All ${String(count)} interfaces`;
  const reported = 'that the kubelet reports of the node';
  const isThere = ({ inSandbox, inPod: device }: InterfacePair): boolean =>
    inSandbox === 'yes' || (podInterfaces?.source === 'probe' && device !== null && device.name !== 'lo');
  const ofSandbox = interfaces.filter(isThere);
  if (hasOwnNetwork(verification)) {
    const own = namesOf(ofSandbox.map(({ name }) => name));
    return `No interface ${reported} is in the Pod; ${own === '' ? 'it has none of its own but lo' : `it has its own ${own}`}.`;
  }
  const shared = ofNode.filter(isThere);
  if (shared.length < count || verification.namespaces.network.observed !== 'host') {
    const of = count === 1 ? 'the one interface' : `the ${String(count)} interfaces`;
    return `Of ${of} ${reported}, the Pod has ${String(shared.length)} of the same name.`;
  }
  return `${all} ${reported} ${count === 1 ? 'is' : 'are'} in the Pod, too.`;
}

/** Returns the table of --reach. */
function reached(answers: readonly PortAnswer[], table: TableLayout): SafeText {
  if (answers.length === 0) {
    return text`No port of the node is known to be the Pod's own, so none was asked.\n`;
  }
  return table(
    ['ASKED FROM HERE', 'STATUS', 'FIRST LINE'].map(safeLine),
    answers.map(({ url, status, firstLine, error }) =>
      [url, status === null ? '-' : String(status), firstLine ?? error ?? ''].map(safeLine),
    ),
  );
}

function hasOwnNetwork({ namespaces }: Verified['verification']): boolean {
  return namespaces.network.observed === 'own' && namespaces.network.trust === 'trusted';
}
