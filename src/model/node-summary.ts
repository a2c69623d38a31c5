/** Networks in the kubelet's stats/summary: the node's and those of the sandboxes. */
export interface NodeSummary {
  readonly node: NetworkSample | null;
  /** By the Pod's UID. Pods without a sample are missing. */
  readonly pods: ReadonlyMap<string, NetworkSample>;
}

/** Interfaces of one network at one time, without those that cAdvisor ignores (lo, veth*, docker*). */
export interface NetworkSample {
  /** Milliseconds since 1970; the kubelet gives whole seconds. */
  readonly time: number;
  readonly interfaces: ReadonlyMap<string, ByteCounters>;
}

export interface ByteCounters {
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** Returns true for interfaces that cAdvisor does not report (isIgnoredDevice). */
export function isReported(name: string): boolean {
  return !/^(?:lo|veth|docker|nerdctl)/i.test(name);
}

/** Returns the prefix that network plugins use for the node's end of a Pod's link, or null for other names. */
export function podDevicePrefix(name: string): string | null {
  return /^(?:veth|cali|lxc|eni|azv|gke)/.exec(name)?.[0] ?? null;
}
