import { lines, MAX_EXACT, MAX_UINT32, trimBlanks } from './line.ts';
import { excerpt, ProcfsError } from './procfs-error.ts';

/** A namespace; inodes compare only within one running kernel. */
export interface NamespaceInode {
  /** "net", "pid", "ipc", "uts", "mnt", "user", "cgroup", "time" */
  readonly kind: string;
  readonly inode: number;
}

/**
 * The inodes of the namespaces that the kernel starts with: include/uapi/linux/nsfs.h.
 *
 * pid, ipc, uts and user have had theirs since 3.8 and cgroup since 4.6; net and mnt have others, above
 * these, on older kernels.
 */
export const initialInodes = {
  ipc: 4026531839,
  uts: 4026531838,
  user: 4026531837,
  pid: 4026531836,
  cgroup: 4026531835,
  time: 4026531834,
  net: 4026531833,
  mnt: 4026531832,
} as const;

/**
 * What readlink says of /proc/PID/ns/net: "net:[4026531833]". Follows ns_get_name of fs/nsfs.c.
 *
 * @throws {ProcfsError} for any other text
 */
export function parseNamespaceLink(text: string): NamespaceInode {
  let link: NamespaceInode | null = null;
  for (const line of lines('ns', text)) {
    const [, kind, inode] = /^([a-z_]{1,32}):\[([0-9]{1,20})\]$/.exec(trimBlanks(line.text)) ?? [];
    if (kind === undefined || inode === undefined) throw line.error(`${excerpt(line.text)} is no namespace`);
    if (link !== null) throw line.error('a second namespace');
    link = { kind, inode: line.decimal(inode, 'the inode', MAX_UINT32) };
  }
  if (link === null) throw new ProcfsError('ns', 0, 'no namespace');
  return link;
}

/**
 * The inode of an open file by its /proc/self/fdinfo/N, for images without readlink; null before Linux
 * 5.14, which does not tell. Follows seq_show of fs/proc/fd.c.
 *
 * @throws {ProcfsError} where the `ino:` line stands twice or has no number
 */
export function inodeOfFdinfo(text: string): number | null {
  let inode: number | null = null;
  for (const line of lines('fdinfo', text)) {
    if (!line.text.startsWith('ino:')) continue;
    if (inode !== null) throw line.error('a second inode');
    inode = line.decimal(trimBlanks(line.text.slice('ino:'.length)), 'the inode', MAX_EXACT);
  }
  return inode;
}
