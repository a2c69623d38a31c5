import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../cluster.ts';
import { kubeletOf } from '../kernel-truth.ts';

/** Removes a network device of a node, if it is there. */
export function removeDevice(node: string, name: string): void {
  const kubelet = String(kubeletOf(node));
  if (!readFileSync(`/proc/${kubelet}/net/dev`, 'utf8').includes(name)) return;
  execFileSync('nsenter', ['--net', '--target', kubelet, 'ip', 'link', 'delete', name]);
}

/** Removes the cgroup hierarchies of these names, which outlive the container that has mounted them. */
export async function removeHierarchies(prefix: string): Promise<void> {
  await eventually('the cgroup hierarchies are gone', () => {
    const left = hierarchies().filter((name) => name.startsWith(prefix));
    left.forEach(removeHierarchy);
    return left.length === 0;
  });
}

function hierarchies(): readonly string[] {
  const lines = readFileSync('/proc/self/cgroup', 'utf8').split('\n');
  return lines.map((line) => /^\d+:name=([^:]*):/.exec(line)?.[1] ?? '');
}

/**
 * The kernel removes a hierarchy at an unmount, and only where nothing is left but its root. A group that was just
 * removed may still count, so this may have to be repeated.
 */
function removeHierarchy(name: string): void {
  const path = mkdtempSync(join(tmpdir(), 'hostns-hierarchy-'));
  execFileSync('mount', ['-t', 'cgroup', '-o', `none,name=${name}`, 'cgroup', path]);
  try {
    for (const child of directoriesIn(path)) removeGroup(path, child);
  } finally {
    execFileSync('umount', [path]);
    rmdirSync(path);
  }
}

function removeGroup(root: string, group: string): void {
  for (const child of directoriesIn(group)) removeGroup(root, child);
  for (const pid of readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n')) {
    if (pid !== '') writeFileSync(join(root, 'cgroup.procs'), pid);
  }
  rmdirSync(group);
}

function directoriesIn(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(path, name));
}
