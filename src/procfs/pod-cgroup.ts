/** Owner of a control group in the kubelet's layout. */
export interface PodCgroup {
  /** UID of the Pod in the name of the group, always with hyphens. */
  readonly podUid: string;
  /** ID of the container, 64 hexadecimal digits; null for the Pod's own group and for groups outside containers. */
  readonly container: string | null;
}

/** Container groups of containerd, CRI-O and cri-dockerd with the cgroupfs or systemd driver. Excludes conmon's group. */
const CONTAINER = /^(?:(?:cri-containerd|crio|docker|libpod)-)?([0-9a-f]{64})(?:\.scope)?$/;
/** `pod<UID>` of the cgroupfs driver, `kubepods-burstable-pod<UID>.slice` of the systemd driver. */
const POD = /^(?:pod(.+)|.+-pod(.+)\.slice)$/;

/**
 * Returns the Pod and container of a control group path in /proc/PID/cgroup.
 *
 * The first part of the path that names a Pod counts. A container can create groups with any name below its own group,
 * but only the node can create groups above a Pod's. A path relative to the reader's cgroup namespace begins with `/..`.
 *
 * @param base path of the group that contains all Pods of the node (`podsBase`)
 * @returns null for a group outside all Pods
 */
export function podOfCgroup(path: string, base: string): PodCgroup | null {
  const whole = withSlashes(path);
  if (!whole.startsWith(`${base}/`)) return null;
  const names = whole.slice(base.length + 1).split('/');
  const at = names.findIndex((name) => uidOf(name) !== null);
  const podUid = uidOf(names[at] ?? '');
  if (podUid === null) return null;
  return { podUid, container: CONTAINER.exec(names[at + 1] ?? '')?.[1] ?? null };
}

/**
 * Returns the path that the control groups of all Pods of a node begin with. If the node itself runs in a Pod or a
 * container, that path begins with its group. The result is empty if the path is relative or does not name the Pod.
 *
 * @param path path of a control group of one Pod
 * @param uid UID of that Pod
 */
export function podsBase(path: string, uid: string): string {
  const names = withSlashes(path).split('/');
  const at = names.findIndex((name) => uidOf(name) === uid);
  if (at === -1) return '';
  // Pods that are not Guaranteed are in a group for their QoS class, below the kubelet's group.
  const hasClass = /(?:^|-)(?:burstable|besteffort)(?:\.slice)?$/.test(names[at - 1] ?? '');
  return names.slice(0, hasClass ? at - 1 : at).join('/');
}

/**
 * Turns the group name `SLICE:cri-containerd:ID` into two names. It exists if the kubelet uses the systemd driver and containerd the
 * cgroupfs driver, a common mistake: the text is meant for systemd, and containerd creates a group of that name.
 */
function withSlashes(path: string): string {
  return path.replaceAll(/\.slice:[a-z-]{1,32}:/g, '.slice/');
}

function uidOf(name: string): string | null {
  const [, plain, ofSlice] = POD.exec(name) ?? [];
  return plain ?? ofSlice?.replaceAll('_', '-') ?? null;
}
