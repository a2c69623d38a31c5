/** What the kubelet's stats/summary says of networks: the node's own and those of its Pods' sandboxes. */
export interface NodeSummary {
  readonly node: NetworkSample | null;
  /** By the Pod's UID; a Pod that the kubelet has not looked at yet is missing. */
  readonly pods: ReadonlyMap<string, NetworkSample>;
}

/** The interfaces of one network at one moment, but for those that cAdvisor leaves out (lo, veth*, docker*). */
export interface NetworkSample {
  /** Milliseconds since 1970; the kubelet gives whole seconds. */
  readonly time: number;
  readonly interfaces: ReadonlyMap<string, ByteCounters>;
}

export interface ByteCounters {
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** cAdvisor's isIgnoredDevice: interfaces that it reports nowhere. */
export function isReported(name: string): boolean {
  return !/^(?:lo|veth|docker|nerdctl)/i.test(name);
}

/** What the name of the node's end of a Pod's link begins with, as network plugins name them; null for others. */
export function podDevicePrefix(name: string): string | null {
  return /^(?:veth|cali|lxc|eni|azv|gke)/.exec(name)?.[0] ?? null;
}
