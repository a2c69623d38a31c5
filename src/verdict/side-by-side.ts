import type { Interfaces, NetworkInterface } from '../inspection/network-interface.ts';
import { type ByteCounters, isReported, type NetworkSample } from '../model/node-summary.ts';
import type { KubeletSamples } from './verification.ts';

/** One interface, as the node has it and as the Pod has it. */
export interface InterfacePair {
  readonly name: string;
  /** What the kubelet says of the node; `not reported` for those that it never reports (lo, veth*, docker*). */
  readonly onNode: 'yes' | 'no' | 'not reported' | 'unknown';
  readonly nodeCounters: ByteCounters | null;
  /** What the kubelet says of the sandbox. */
  readonly inSandbox: 'yes' | 'no' | 'not reported' | 'unknown';
  readonly sandboxCounters: ByteCounters | null;
  /** What is known of the Pod's own; null where it does not have the interface, or nothing is. */
  readonly inPod: NetworkInterface | null;
}

/** The interfaces that a Pod sees, by the probe from outside or by its container's own word. */
export interface PodNetwork {
  readonly source: 'probe' | 'container';
  readonly interfaces: Interfaces;
}

/** The interfaces of node and Pod by name, each from the newest that was seen of it. */
export function sideBySide(kubelet: KubeletSamples | null, own: PodNetwork | null): readonly InterfacePair[] {
  const node = kubelet?.node.at(-1) ?? null;
  const sandbox = kubelet?.pod.at(-1) ?? null;
  const inPod = new Map((own?.interfaces.interfaces ?? []).map((device) => [device.name, device] as const));
  const names = new Set([
    ...(node?.interfaces.keys() ?? []),
    ...(sandbox?.interfaces.keys() ?? []),
    ...inPod.keys(),
  ]);
  return [...names].sort().map((name) => ({
    name,
    onNode: presence(name, node),
    nodeCounters: node?.interfaces.get(name) ?? null,
    inSandbox: presence(name, sandbox),
    sandboxCounters: sandbox?.interfaces.get(name) ?? null,
    inPod: inPod.get(name) ?? null,
  }));
}

function presence(name: string, sample: NetworkSample | null): InterfacePair['onNode'] {
  if (sample === null) return 'unknown';
  if (sample.interfaces.has(name)) return 'yes';
  return isReported(name) ? 'no' : 'not reported';
}
