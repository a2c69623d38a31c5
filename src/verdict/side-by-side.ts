import type { Interfaces, NetworkInterface } from '../inspection/network-interface.ts';
import { type ByteCounters, isReported, type NetworkSample } from '../model/node-summary.ts';
import type { KubeletSamples } from './verification.ts';

/** One interface name, with the node's interface and the Pod's. */
export interface InterfacePair {
  readonly name: string;
  /** Presence on the node by the kubelet; `not reported` for interfaces that it never reports (lo, veth*, docker*). */
  readonly onNode: 'yes' | 'no' | 'not reported' | 'unknown';
  readonly nodeCounters: ByteCounters | null;
  /** Presence in the Pod's sandbox by the kubelet. */
  readonly inSandbox: 'yes' | 'no' | 'not reported' | 'unknown';
  readonly sandboxCounters: ByteCounters | null;
  /** The Pod's interface by the probe Pod or the container; null if it is unknown or does not exist. */
  readonly inPod: NetworkInterface | null;
}

/** The interfaces in a Pod's network: read by the probe Pod, or reported by a container of the Pod. */
export interface PodNetwork {
  readonly source: 'probe' | 'container';
  readonly interfaces: Interfaces;
}

/** Pairs the interfaces of node and Pod by name, from the newest sample of each. */
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
