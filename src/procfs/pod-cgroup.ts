/** Where a control group belongs, in the kubelet's layout. */
export interface PodCgroup {
  /** As in the name of the group; a Pod's UID, with hyphens whatever the driver made of them. */
  readonly podUid: string;
  /** The runtime's 64 hexadecimal digits; null in the Pod's own group, and in one that is no container's. */
  readonly container: string | null;
}

/** containerd, CRI-O and cri-dockerd, by the cgroupfs and by the systemd driver; conmon's group is none. */
const CONTAINER = /^(?:(?:cri-containerd|crio|docker|libpod)-)?([0-9a-f]{64})(?:\.scope)?$/;
/** `pod<UID>` by the cgroupfs driver, `kubepods-burstable-pod<UID>.slice` by the systemd one. */
const POD = /^(?:pod(.+)|.+-pod(.+)\.slice)$/;

/**
 * The Pod of a control group by its path, as /proc/PID/cgroup prints it.
 *
 * The first name that is a Pod's counts: what lies below a container's group the container may name as it
 * likes, and what lies above a Pod's is the node's alone. Paths may be relative to the reader's cgroup
 * namespace, and then begin with `/..`.
 *
 * @param base the path that all Pods of the node lie below (`podsBase`)
 * @returns null for what is no Pod's
 */
export function podOfCgroup(path: string, base: string): PodCgroup | null {
  const whole = withFolders(path);
  if (!whole.startsWith(`${base}/`)) return null;
  const names = whole.slice(base.length + 1).split('/');
  const at = names.findIndex((name) => uidOf(name) !== null);
  const podUid = uidOf(names[at] ?? '');
  if (podUid === null) return null;
  return { podUid, container: CONTAINER.exec(names[at + 1] ?? '')?.[1] ?? null };
}

/**
 * What the paths of a node's Pods have in common, by the path of one of them: a node that is itself in a
 * Pod or in a container has that one's path in front. Empty where the path is relative, or names no Pod.
 *
 * @param uid the UID of the Pod whose path it is
 */
export function podsBase(path: string, uid: string): string {
  const names = withFolders(path).split('/');
  const at = names.findIndex((name) => uidOf(name) === uid);
  if (at === -1) return '';
  // Of Pods that are not Guaranteed, between the kubelet's group and the Pod's is one for their class.
  const hasClass = /(?:^|-)(?:burstable|besteffort)(?:\.slice)?$/.test(names[at - 1] ?? '');
  return names.slice(0, hasClass ? at - 1 : at).join('/');
}

/**
 * Where the kubelet uses the systemd driver and containerd the cgroupfs one, which is a common mistake, the
 * `SLICE:cri-containerd:ID` that is meant for systemd becomes one name.
 */
function withFolders(path: string): string {
  return path.replaceAll(/\.slice:[a-z-]{1,32}:/g, '.slice/');
}

function uidOf(name: string): string | null {
  const [, plain, ofSlice] = POD.exec(name) ?? [];
  return plain ?? ofSlice?.replaceAll('_', '-') ?? null;
}
