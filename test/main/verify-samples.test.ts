import { describe, expect, test } from '@jest/globals';
import type { NetworkJson } from '../api-server/recorded.ts';
import { testCluster } from './cluster.ts';
import type { Screen } from './run.ts';
import { recordedPod, sample, summary } from './verifying.ts';

const cluster = testCluster();
const PLAIN = recordedPod('plain-2');
const STARTED = Date.parse(PLAIN.metadata.creationTimestamp);
const SUMMARY = '/api/v1/nodes/kube-node-2/proxy/stats/summary';
/** Idle, but there. */
const NODE = { eth0: [5_000_000, 3_000_000] } as const;

/** The answers of the kubelet, one after another; the last of them again and again. */
function samples(...answers: readonly (readonly [node: NetworkJson, pod: NetworkJson | undefined])[]): void {
  cluster.server.summary = (_, asked) => {
    const [node, pod] = answers[Math.min(asked, answers.length - 1)] ?? [];
    return summary(node, [[PLAIN, pod]]);
  };
}

/** Without waiting, but noting for how long it would have been waited. */
async function verify(
  argv: readonly string[],
  age = 3600,
): Promise<Screen & { readonly slept: readonly number[]; readonly asked: number }> {
  const slept: number[] = [];
  const screen = await cluster.run(
    ['verify', ...argv],
    {},
    {
      now: () => STARTED + age * 1000,
      sleep: (milliseconds) => {
        slept.push(milliseconds);
        return Promise.resolve();
      },
    },
  );
  const asked = cluster.server.requests.filter(({ path }) => path === SUMMARY).length;
  return { ...screen, slept, asked };
}

describe('a Pod that the kubelet has not looked at yet', () => {
  test('is waited for where it is new', async () => {
    const node = sample(0, { ens192: [1000, 1000], cni0: [5000, 5000] });
    samples([node, undefined], [node, undefined], [node, undefined], [node, sample(9, { eth0: [5000, 10] })]);
    const { slept, asked, stdout } = await verify(['plain-2'], 10);
    expect(slept).toEqual([2500, 2500, 2500]);
    expect(asked).toBe(4);
    expect(stdout).toMatch(
      /^network +pod +own +match +kubelet: the sandbox has none of the node's interfaces \(cni0, ens192\)$/m,
    );
  });

  test('is not waited for where it has been there for long', async () => {
    samples([sample(0, NODE), undefined]);
    const { slept, asked, stdout } = await verify(['plain-2']);
    expect({ slept, asked }).toEqual({ slept: [], asked: 1 });
    expect(stdout).toMatch(
      /^network +pod +own +match \(self-reported\) +container: it does not have the node's address /m,
    );
  });

  test('is waited for in vain for no longer than 40 s, and then says so', async () => {
    samples([sample(0, NODE), undefined]);
    const { slept, code, stdout } = await verify(['plain-2', '--no-exec'], 10);
    expect(slept).toHaveLength(16);
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /^network +pod +unknown +inconclusive +kubelet: it did not report the interfaces of this Pod$/m,
    );
  });

  test('is waited for no longer than --timeout allows', async () => {
    samples([sample(0, NODE), undefined]);
    expect((await verify(['plain-2', '--timeout', '6s'], 10)).slept).toEqual([2500, 2500]);
    cluster.server.requests.length = 0;
    expect((await verify(['plain-2', '--timeout', '2s'], 10)).slept).toEqual([]);
  });
});

describe('counters that are too close to call', () => {
  const first = [sample(0, { eth0: [100_000, 50_000] }), sample(5, { eth0: [130_000, 60_000] })] as const;
  /** The Pod has received more than twice what the node had before and has afterwards. */
  const apart = [first[0], sample(5, { eth0: [300_000, 60_000] })] as const;
  const after = sample(10, { eth0: [110_000, 51_000] });

  test("are read again until they are the node's", async () => {
    samples(
      first,
      [sample(10, { eth0: [160_000, 70_000] }), first[1]],
      [sample(10, { eth0: [160_000, 70_000] }), sample(15, { eth0: [160_000, 70_000] })],
    );
    const { slept, code, stdout } = await verify(['plain-2']);
    expect(slept).toEqual([2500, 2500]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^network +pod +host +mismatch +kubelet: the sandbox has all of the node's interfaces \(eth0\) with matching counters$/m,
    );
    expect(stdout).toMatch(
      /^ +the container says otherwise: it does not have the node's address 198\.51\.100\.2/m,
    );
  });

  test("are read again until they cannot be the node's", async () => {
    samples(apart, [after, apart[1]]);
    const { slept, stdout } = await verify(['plain-2']);
    expect(slept).toEqual([2500]);
    expect(stdout).toMatch(
      /^network +pod +own +match +kubelet: the sandbox has its own eth0, with counters that differ from the node's$/m,
    );
  });

  test("are read again until they cannot be the node's, twice where they differ by less than half", async () => {
    samples(
      first,
      [after, first[1]],
      [after, sample(15, { eth0: [131_000, 60_100] })],
      [sample(20, { eth0: [111_000, 51_500] }), sample(15, { eth0: [131_000, 60_100] })],
    );
    const { slept, stdout } = await verify(['plain-2']);
    expect(slept).toEqual([2500, 2500, 2500]);
    expect(stdout).toMatch(
      /^network +pod +own +match +kubelet: the sandbox has its own eth0, with counters that differ from the node's$/m,
    );
  });

  test('are left undecided where they differ once, by less than half', async () => {
    samples(first, [after, first[1]]);
    const { slept, stdout } = await verify(['plain-2', '--no-exec']);
    expect(slept).toHaveLength(16);
    expect(stdout).toMatch(
      /^network +pod +unknown +inconclusive +kubelet: .*: the samples are inconclusive$/m,
    );
  });

  test('are left undecided where they stay so', async () => {
    samples(first);
    const { slept, code, stdout } = await verify(['plain-2', '--no-exec']);
    expect(slept).toHaveLength(16);
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /^network +pod +unknown +inconclusive +kubelet: the sandbox may or may not have the node's interfaces \(eth0\): the samples are inconclusive$/m,
    );
  });

  test('are read again although the kubelet fails in between', async () => {
    samples(apart, apart, [after, apart[1]]);
    cluster.server.respond = ({ path }) => {
      const asked = cluster.server.requests.filter((request) => request.path === SUMMARY).length;
      return path === SUMMARY && asked === 2
        ? { kind: 'status', status: { code: 500, reason: 'InternalError', message: 'for a moment' } }
        : null;
    };
    const { slept, stdout, stderr } = await verify(['plain-2']);
    expect({ slept, stderr }).toEqual({ slept: [2500, 2500], stderr: '' });
    expect(stdout).toMatch(/^network +pod +own +match +kubelet: /m);
  });

  test('of many Pods are read again by one request for all of them', async () => {
    const others = ['stubborn-2', 'leaky-2'].map((name) => recordedPod(name));
    cluster.server.summary = (_, asked) => {
      const isLate = asked >= 2;
      return summary(
        isLate ? after : apart[0],
        [PLAIN, ...others].map((pod) => [pod, apart[1]] as const),
      );
    };
    const names = ['plain-2', 'stubborn-2', 'leaky-2'];
    const { slept, asked, stdout } = await verify(names);
    expect({ slept, asked }).toEqual({ slept: [2500, 2500], asked: 3 });
    expect(stdout.match(/has its own eth0, with counters that differ/g)).toHaveLength(3);
  });
});

describe('a summary', () => {
  test('that does not tell of the node is no evidence', async () => {
    cluster.server.summary = () => summary(undefined, [[PLAIN, sample(0, { eth0: [5000, 5000] })]]);
    const { slept, stdout } = await verify(['plain-2']);
    expect(slept).toEqual([]);
    expect(stdout).toMatch(/^network +pod +own +match \(self-reported\) +container: /m);
    expect(stdout).toContain('\nWhich interfaces the node has is not known without its kubelet.\n');
  });

  test('is of the Pod that has the UID, whatever it is called', async () => {
    const impostor = {
      ...PLAIN,
      metadata: { ...PLAIN.metadata, uid: '00000000-0000-4000-8000-000000000001' },
    };
    cluster.server.summary = () => summary(sample(0, NODE), [[impostor, sample(0, NODE)]]);
    const { stdout } = await verify(['plain-2', '--no-exec']);
    expect(stdout).toMatch(/^network +pod +unknown +inconclusive +kubelet: it did not report /m);
  });
});
