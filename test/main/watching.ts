import { setTimeout as sleep } from 'node:timers/promises';
import { ClosedStreamError, type System } from '../../src/main.ts';
import type { PodJson } from '../api-server/recorded.ts';
import { recordedPods } from '../api-server/recorded.ts';
import type { TestCluster } from './cluster.ts';
import { Collector, type Environment, type Screen, withRecordedAges } from './run.ts';

/** A command that goes on while the test does something else. */
export interface Watching {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Waits until it has printed so many lines. */
  readonly lines: (count: number) => Promise<readonly string[]>;
  /** Ends it by Ctrl-C, or as by a closed pipe. */
  readonly end: (how?: 'Ctrl-C' | 'closed') => Promise<Screen>;
  /** Of one that ends by itself. */
  readonly ended: Promise<Screen>;
}

const running = new Set<AbortController>();

/** Ends what a test that has failed has left. */
export function endWatching(): void {
  for (const controller of running) controller.abort();
  running.clear();
}

/** Starts `kubectl hostns list ARGV`, which waits hardly at all between its tries. */
export function watching(
  cluster: TestCluster,
  argv: readonly string[],
  system: Partial<System> = {},
  environment: Environment = {},
): Watching {
  const controller = new AbortController();
  running.add(controller);
  const stdout = new Collector();
  const stderr = new Collector();
  const ended = cluster
    .run(['list', ...argv], environment, {
      stdout,
      stderr,
      signal: controller.signal,
      sleep: (milliseconds, signal) => sleep(Math.min(milliseconds, 20), undefined, { signal }),
      ...system,
    })
    .then(({ code }) => ({ code, stdout: stdout.text, stderr: stderr.text }));
  const isAtEnd = { value: false };
  void ended.finally(() => (isAtEnd.value = true));
  return {
    stdout: () => withRecordedAges(stdout.text),
    stderr: () => stderr.text,
    async lines(count) {
      const printed = (): readonly string[] => stdout.text.split('\n').slice(0, -1);
      await until(
        `${String(count)} lines`,
        () => printed().length >= count || isAtEnd.value,
        () => stdout.text + stderr.text,
      );
      return printed();
    },
    end(how = 'Ctrl-C') {
      controller.abort(how === 'closed' ? new ClosedStreamError('The output is closed.') : undefined);
      return ended;
    },
    ended,
  };
}

/** Waits until it holds. */
export async function until(what: string, holds: () => boolean, shown = (): string => ''): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`it did not come true: ${what}\n${shown()}`);
    await sleep(5);
  }
}

let uids = 0;

/** A Pod of the namespace default that shares its node's network, with another UID each time. */
export function sharingPod(name: string, more: PodChanges = {}): PodJson {
  const recorded = recordedPods.find(({ json }) => json.metadata.name === 'pod-use-hostnetwork-2')?.json;
  if (recorded === undefined) throw new Error('pod-use-hostnetwork-2 is not recorded.');
  uids += 1;
  return changed(
    {
      ...recorded,
      metadata: {
        ...recorded.metadata,
        name,
        uid: `00000000-0000-4000-8000-${String(uids).padStart(12, '0')}`,
      },
    },
    more,
  );
}

export interface PodChanges {
  readonly metadata?: Partial<PodJson['metadata']>;
  readonly spec?: Partial<PodJson['spec']>;
  readonly status?: Partial<PodJson['status']>;
}

/** The same Pod, changed. */
export function changed(pod: PodJson, { metadata, spec, status }: PodChanges): PodJson {
  return {
    ...pod,
    metadata: { ...pod.metadata, ...metadata },
    spec: { ...pod.spec, ...spec },
    status: { ...pod.status, ...status },
  };
}
