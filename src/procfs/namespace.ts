import { lines, MAX_EXACT, MAX_UINT32, trimBlanks } from './line.ts';
import { excerpt, ProcfsError } from './procfs-error.ts';

/** A namespace. Inodes can be compared only within one running kernel. */
export interface NamespaceInode {
  /** "net", "pid", "ipc", "uts", "mnt", "user", "cgroup", "time" */
  readonly kind: string;
  readonly inode: number;
}

/**
 * Inodes of the initial namespaces of the kernel (include/uapi/linux/nsfs.h).
 *
 * Those of pid, ipc, uts and user are fixed since Linux 3.8, that of cgroup since 4.6. Older kernels assign higher
 * inodes to net and mnt.
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
 * Parses the target of the link /proc/PID/ns/net: "net:[4026531833]". Follows ns_get_name of fs/nsfs.c.
 *
 * @throws {ProcfsError} for any other text
 */
export function parseNamespaceLink(text: string): NamespaceInode {
  let link: NamespaceInode | null = null;
  for (const line of lines('ns', text)) {
    const [, kind, inode] = /^([a-z_]{1,32}):\[([0-9]{1,20})\]$/.exec(trimBlanks(line.text)) ?? [];
    if (kind === undefined || inode === undefined)
      throw line.error(`${excerpt(line.text)} is not a namespace`);
    if (link !== null) throw line.error('a second namespace');
    link = { kind, inode: line.decimal(inode, 'the inode', MAX_UINT32) };
  }
  if (link === null) throw new ProcfsError('ns', 0, 'no namespace');
  return link;
}

/**
 * Parses the inode of an open file from /proc/self/fdinfo/N, for images without readlink. Follows seq_show of
 * fs/proc/fd.c.
 *
 * @returns null before Linux 5.14, which does not print the inode
 * @throws {ProcfsError} for a second `ino:` line, and for one without a number
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
