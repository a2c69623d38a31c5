/** Fields of a Kubernetes Node that this program reads. Absent text is empty. */
export interface Node {
  readonly name: string;
  /** Where the cloud or the tool that made the node says what it is: `aws:///…`, `kind://…`. */
  readonly providerID: string;
  /** /proc/sys/kernel/random/boot_id as the kubelet read it: two nodes with one share a kernel. */
  readonly bootID: string;
  /** `containerd://1.7.2`, `cri-o://1.30.1` */
  readonly containerRuntimeVersion: string;
  readonly operatingSystem: string;
  /** Why it is not Ready, in the words of its condition; null where it is, or does not say. */
  readonly notReady: string | null;
}
