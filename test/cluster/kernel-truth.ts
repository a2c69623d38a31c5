import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What the kernel says of a container's process, seen from the machine as root: the truth. */
export type Truth = Readonly<Record<'network' | 'pid' | 'ipc', 'host' | 'own'>>;

const KINDS = { network: 'net', pid: 'pid', ipc: 'ipc' } as const;

/** Whose namespaces the container's processes are in. @param container of the runtime: `containerd://…` */
export function truthOf(container: string, node: string): Truth {
  const id = container.replace(/^.*:\/\//, '');
  const found = processes().find(({ cgroup }) => cgroup.includes(id));
  if (found === undefined) throw new Error(`no process is in the container ${id}`);
  const kubelet = kubeletOf(node);
  const side = (kind: keyof Truth): 'host' | 'own' =>
    namespaceOf(found.pid, KINDS[kind]) === namespaceOf(kubelet, KINDS[kind]) ? 'host' : 'own';
  return { network: side('network'), pid: side('pid'), ipc: side('ipc') };
}

/** On which side a thread is, seen from a kubelet; null once the thread has ended. */
export function sideIn(thread: number, kind: keyof Truth, kubelet: number): Truth[typeof kind] | null {
  try {
    return namespaceOf(thread, KINDS[kind]) === namespaceOf(kubelet, KINDS[kind]) ? 'host' : 'own';
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** Whether a process is runc's, which becomes the container's. */
export function isRuntime(pid: number): boolean {
  return readProc(`${String(pid)}/cmdline`).startsWith('runc\0init\0');
}

const kubelets = new Map<string, number>();

/** The node's namespaces are those of its kubelet. */
export function kubeletOf(node: string): number {
  const known = kubelets.get(node) ?? findKubelet(node);
  kubelets.set(node, known);
  return known;
}

function findKubelet(node: string): number {
  const found = processes().find(({ pid }) => {
    const words = readProc(`${String(pid)}/cmdline`).split('\0');
    return words.includes('kubelet') && words.includes(`--hostname-override=${node}`);
  });
  if (found === undefined) throw new Error(`no kubelet of ${node} runs on this machine`);
  return found.pid;
}

function processes(): readonly { readonly pid: number; readonly cgroup: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), cgroup: readProc(`${name}/cgroup`) }));
}

/** Empty for a process that has just ended. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return '';
  }
}

function namespaceOf(pid: number, kind: string): string {
  return readlinkSync(`/proc/${String(pid)}/ns/${kind}`);
}
