import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { recordedExec } from '../api-server/kubelet.ts';
import type { RecordedRequest } from '../api-server/server.ts';
import { testCluster } from '../main/cluster.ts';
import { Collector, type Screen } from '../main/run.ts';
import { endWatching, until, watching } from '../main/watching.ts';
import { inject } from './matrix.ts';
import { smallPod } from './small-pods.ts';

/**
 * Lines on which nothing comes any more, for as long as it is waited where no flag says otherwise. The program's
 * timers, and those alone, are put forward, once all has come that will.
 */

const cluster = testCluster();
/** Longer than any line is waited for. */
const ENOUGH = 91_000;

beforeEach(() => {
  jest.useFakeTimers({
    doNotFake: [
      'Date',
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
    ],
  });
});
afterEach(() => {
  jest.useRealTimers();
  endWatching();
});

/** Runs a command, and lets the time pass at each of its silences, by which all has come that will. */
async function patiently(
  argv: readonly string[],
  silences: readonly ((trace: string) => boolean)[],
): Promise<Screen> {
  const stderr = new Collector();
  const ended = cluster.run([...argv, '-v=6'], {}, { stderr });
  for (const isSilent of silences) {
    await until(
      'nothing comes any more',
      () => isSilent(stderr.text),
      () => stderr.text,
    );
    jest.advanceTimersByTime(ENOUGH);
  }
  const { code, stdout } = await ended;
  // Without the trace, and the stack that comes with it.
  return { code, stdout, stderr: stderr.text.replaceAll(/^(?:GET |\w+Error\b| {4}at )[^\n]*\n/gm, '') };
}

/** So many answers to a list of Pods have begun, and the nodes have been read. */
function begun(count: number): (trace: string) => boolean {
  return (trace) => trace.split('/pods?').length - 1 === count && trace.includes('/api/v1/nodes?');
}

const isList = ({ path, query }: RecordedRequest): boolean => path.endsWith('/pods') && !query.has('watch');

test.each([0, 3, 4, 500, 1000])(
  'a list that stops at byte %i is asked for again, and is right',
  async (at) => {
    const whole = await cluster.run(['list', '-n', 'default']);
    inject(cluster.server, { kind: 'stalled', at }, isList, 2);
    expect(await patiently(['list', '-n', 'default'], [begun(1), begun(2)])).toEqual(whole);
  },
);

test('a list that stops for ever is an error', async () => {
  inject(cluster.server, { kind: 'stalled', at: 500 }, isList, 3);
  expect(await patiently(['list'], [begun(1), begun(2), begun(3)])).toEqual({
    code: 3,
    stdout: '',
    stderr: `error: Cannot list Pods in the namespace default: the API server ${cluster.server.url} could not be asked, it does not answer. Check that the cluster runs and that the kubeconfig names its address.\n`,
  });
});

test('a list that is never answered is an error', async () => {
  inject(cluster.server, { kind: 'unanswered' }, isList, 1);
  const { code, stdout, stderr } = await patiently(['list'], [() => cluster.server.requests.length === 2]);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toMatch(
    /^error: Cannot list Pods in the namespace default: .*, it does not answer\. [^\n]*\n$/,
  );
});

test('a kubelet that stops is done without, and that is said', async () => {
  inject(cluster.server, { kind: 'stalled', at: 100 }, ({ path }) => path.endsWith('/stats/summary'), 1);
  const { code, stdout, stderr } = await patiently(
    ['verify', 'leaky-2', '--no-exec', '--timeout', '240s'],
    [(trace) => trace.includes('/stats/summary 200')],
  );
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toMatch(
    /^error: Nothing of the Pod leaky-2 could be seen\. By the kubelet: Cannot ask the kubelet of kube-node-2: .*, it does not answer\. [^\n]*\n$/,
  );
});

test('an exec on which not even pings are answered is done without, and that is said', async () => {
  cluster.server.exec = (call) => ({ ...recordedExec(call), stdout: '', fault: 'deaf' });
  const { code, stdout, stderr } = await patiently(
    ['verify', 'plain-2', '--timeout', '120s'],
    [
      (trace) =>
        [' 101 ', '/stats/summary 200', '/api/v1/nodes?limit=100 200'].every((part) =>
          trace.includes(part),
        ) && trace.split('/pods/plain-2 200').length === 3,
    ],
  );
  expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
  expect(stdout).toMatch(/^pid .* inconclusive +container: the line went dead; its report cannot be read/m);
});

test('a watch that stops goes on where it was', async () => {
  const { server } = cluster;
  server.respond = ({ query, index }) =>
    query.has('watch') && index < 4 ? { kind: 'stalled', at: 5000 } : null;
  const watch = watching(cluster, ['--watch-only', '-o', 'name']);
  await until('it is watched', () => server.watches === 1);
  server.store.apply(smallPod('a', { hostNetwork: true }));
  await watch.lines(1);
  server.respond = () => null;
  const before = server.requests.length;
  jest.advanceTimersByTime(ENOUGH);
  await until('it is watched again', () => server.requests.length > before);
  server.store.apply(smallPod('b', { hostNetwork: true }));
  await watch.lines(2);
  expect(await watch.end()).toEqual({ code: 130, stdout: 'pod/a\npod/b\n', stderr: '' });
});
