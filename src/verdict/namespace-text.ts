import type { LinuxKind } from '../inspection/node-view.ts';

const NAMES: Readonly<Record<LinuxKind, string>> = { net: 'network', pid: 'PID', ipc: 'IPC' };

/** Returns "network namespace", "PID namespace" or "IPC namespace". */
export function namespaceName(kind: LinuxKind): string {
  return `${NAMES[kind]} namespace`;
}

/** Returns the name of a namespace with the kernel's own text for it: "IPC namespace (ipc:[4026531839])". */
export function namespaceText(kind: LinuxKind, inode: number): string {
  return `${namespaceName(kind)} (${kind}:[${String(inode)}])`;
}
