import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRuntime, kubeletOf, sideIn, type Truth } from '../kernel-truth.ts';
import type { Kind } from './pods.ts';
import { KINDS } from './pods.ts';

/** A Pod as the kubelet has it. */
export interface RunningPod {
  readonly uid: string;
  readonly node: string;
  /** The names of the containers, by the runtime's IDs. The sandbox is in none of them. */
  readonly containers: ReadonlyMap<string, string>;
}

/** On which sides the threads of a container, or of the sandbox, were seen. */
export type Sides = Readonly<Record<Kind, ReadonlySet<Truth[Kind]>>>;

/**
 * Where every thread of some Pods was seen, each time that the kernel was asked: the truth about containers that
 * move. It is read as root from the machine, of every thread, as only threads have a cgroup once the first one has
 * ended (cgroup version 1 shows `/` for their process).
 */
export class Sightings {
  readonly #sides = new Map<string, Record<Kind, Set<Truth[Kind]>>>();
  readonly #groups = new Map<string, string>();

  sample(pods: readonly RunningPod[]): void {
    for (const pod of pods) this.#samplePod(pod);
  }

  /** Each part of a Pod that was seen. @returns the name of a container, or null for the sandbox, with its sides */
  partsOf(uid: string): readonly (readonly [string | null, Sides])[] {
    return [...this.#sides].flatMap(([key, sides]) => {
      const [of, name = ''] = key.split(' ');
      return of === uid ? [[name || null, sides] as const] : [];
    });
  }

  #samplePod(pod: RunningPod): void {
    const group = this.#groups.get(pod.uid) ?? groupOf(pod);
    this.#groups.set(pod.uid, group);
    const kubelet = kubeletOf(pod.node);
    for (const id of directoriesIn(group)) {
      const sides = this.#sidesOf(`${pod.uid} ${pod.containers.get(id) ?? ''}`);
      for (const thread of threadsIn(join(group, id))) this.#add(sides, thread, kubelet);
    }
  }

  #sidesOf(key: string): Record<Kind, Set<Truth[Kind]>> {
    const sides = this.#sides.get(key) ?? { network: new Set(), pid: new Set(), ipc: new Set() };
    this.#sides.set(key, sides);
    return sides;
  }

  #add(sides: Record<Kind, Set<Truth[Kind]>>, thread: number, kubelet: number): void {
    const seen = KINDS.map((kind) => sideIn(thread, kind, kubelet));
    // A runtime puts a process into the container's cgroup before it leaves the node's namespaces.
    if (seen.includes('host') && isRuntime(thread)) return;
    KINDS.forEach((kind, at) => {
      const side = seen[at];
      if (side !== null && side !== undefined) sides[kind].add(side);
    });
  }
}

/** The cgroups of a Pod's containers, as /proc/PID/cgroup has them. */
export function containerGroups(pod: RunningPod): readonly string[] {
  const group = groupOf(pod).slice(hierarchy().length);
  return [...pod.containers.keys()].map((id) => `${group}/${id}`);
}

/** The Pod's cgroup. */
function groupOf({ uid, node }: RunningPod): string {
  const root = `hostns-cluster/${node.replace('kube-', '')}/kubepods`;
  const found = ['', 'burstable', 'besteffort']
    .map((quality) => join(hierarchy(), root, quality, `pod${uid}`))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error(`no cgroup of the Pod ${uid} is on this machine`);
  return found;
}

function hierarchy(): string {
  const first = '/sys/fs/cgroup/pids';
  return existsSync(first) ? first : '/sys/fs/cgroup';
}

/** Also those in groups that the container has made. */
function threadsIn(group: string): readonly number[] {
  const text = read(join(group, 'tasks')) || read(join(group, 'cgroup.threads'));
  const own = text.split('\n').filter((line) => line !== '');
  return [...own.map(Number), ...directoriesIn(group).flatMap((name) => threadsIn(join(group, name)))];
}

/** Empty where it has just been removed. */
function directoriesIn(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return '';
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENODEV', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');
}
