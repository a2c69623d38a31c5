import { describe, expect, test } from '@jest/globals';
import { KubeletSampler } from '../../../src/commands/verify/kubelet-sampler.ts';
import { ExplainedError, InterruptedError } from '../../../src/errors.ts';
import type { Client, Request } from '../../../src/kube/transport/client.ts';
import type { Session } from '../../../src/kube/api/session.ts';
import { compareSamples, type KubeletSamples, type Seen } from '../../../src/verdict/verification.ts';

type Counters = Readonly<Record<string, readonly [rx: number, tx: number]>>;

/** `at(10, { eth0: [rx, tx] })`: what the kubelet read ten seconds into the test, as it says it. */
function at(seconds: number, interfaces: Counters): object {
  return {
    time: new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString(),
    interfaces: Object.entries(interfaces).map(([name, [rxBytes, txBytes]]) => ({ name, rxBytes, txBytes })),
  };
}

interface Said {
  readonly node?: object;
  readonly pods?: Readonly<Record<string, object>>;
}

type Scripted =
  Said | { readonly status: number; readonly message: string } | ExplainedError | InterruptedError;

/** A kubelet that says one thing after the other, the last of them again and again. */
class Kubelet {
  readonly asked: string[] = [];
  readonly slept: number[] = [];
  /** How many were answered at a time, at most. */
  atATime = 0;
  #open = 0;
  readonly #answers: readonly Scripted[];

  constructor(...answers: readonly Scripted[]) {
    this.#answers = answers;
  }

  sampler(sleep?: () => Promise<void>): KubeletSampler {
    const client: Pick<Client, 'get'> = { get: (request) => this.#get(request) };
    const session = { client, connectionFlags: ' --context test' } as Session;
    const context = {
      signal: new AbortController().signal,
      sleep:
        sleep ??
        ((milliseconds: number) => {
          this.slept.push(milliseconds);
          return Promise.resolve();
        }),
    };
    return new KubeletSampler('kube-node-1', 1000, session, context);
  }

  async #get({ path }: Request): ReturnType<Client['get']> {
    this.asked.push(path);
    this.#open += 1;
    this.atATime = Math.max(this.atATime, this.#open);
    await new Promise((resolve) => setImmediate(resolve));
    this.#open -= 1;
    const said = this.#answers[Math.min(this.asked.length, this.#answers.length) - 1] ?? {};
    if (said instanceof Error) throw said;
    const isStatus = 'status' in said;
    const body = isStatus
      ? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: said.status, message: said.message }
      : {
          node: { network: said.node },
          pods: Object.entries(said.pods ?? {}).map(([uid, network]) => ({ podRef: { uid }, network })),
        };
    return {
      status: isStatus ? said.status : 200,
      location: '',
      contentType: 'application/json',
      body: {
        forEach: async (take) => {
          await take(Buffer.from(JSON.stringify(body)));
        },
      },
      credentials: {},
    };
  }
}

function seen(what: Seen<KubeletSamples>): KubeletSamples {
  if (what.kind !== 'seen') throw new Error(what.why);
  return what.what;
}

const times = (samples: KubeletSamples['node']): readonly number[] =>
  samples.map(({ time }) => (time - Date.UTC(2026, 0, 1)) / 1000);

const NODE: Counters = { ens192: [5_000_000, 7_000_000], cni0: [6000, 7000] };
/** Like the node's, but for the counters: nothing can be said of it. */
const OPEN: Counters = { ens192: [5_500_000, 7_900_000], cni0: [6900, 7900] };
const OWN: Counters = { eth0: [3000, 900] };

describe('the kubelet of a node', () => {
  test('is asked once for all of its Pods, and only when somebody wants to know', async () => {
    const kubelet = new Kubelet({ node: at(10, NODE), pods: { a: at(12, OWN), b: at(9, OWN) } });
    const sampler = kubelet.sampler();
    expect(kubelet.asked).toEqual([]);
    expect(await Promise.all([sampler.begin(), sampler.begin()])).toEqual([null, null]);
    const all = await Promise.all(['a', 'b', 'c'].map((uid) => sampler.samplesOf(uid, false, 40_000)));
    expect(all.map((one) => compareSamples(seen(one)).observed)).toEqual(['own', 'own', 'unclear']);
    expect(times(seen(all[0] ?? { kind: 'unseen', why: '' }).pod)).toEqual([12]);
    expect(kubelet.asked).toEqual(['/api/v1/nodes/kube-node-1/proxy/stats/summary']);
    expect(kubelet.slept).toEqual([]);
  });

  test('is asked but once where there is no patience, however open it is', async () => {
    const kubelet = new Kubelet({ node: at(10, NODE), pods: { a: at(14, OPEN) } });
    const sampler = kubelet.sampler();
    expect(compareSamples(seen(await sampler.samplesOf('a', true, 0))).observed).toBe('unclear');
    expect(compareSamples(seen(await sampler.samplesOf('b', true, 2499))).observed).toBe('unclear');
    expect([kubelet.asked.length, kubelet.slept]).toEqual([1, []]);
  });

  test('is asked again until it is clear', async () => {
    const kubelet = new Kubelet(
      { node: at(10, NODE), pods: { a: at(14, OPEN) } },
      { node: at(10, NODE), pods: { a: at(14, OPEN) } },
      { node: at(18, { ens192: [5_501_000, 7_901_000], cni0: [6905, 7905] }), pods: { a: at(14, OPEN) } },
    );
    const samples = seen(await kubelet.sampler().samplesOf('a', false, 40_000));
    expect(compareSamples(samples).observed).toBe('host');
    expect([times(samples.node), times(samples.pod)]).toEqual([[10, 18], [14]]);
    expect([kubelet.asked.length, kubelet.slept]).toEqual([3, [2500, 2500]]);
  });

  test('is asked no longer than there is patience', async () => {
    const kubelet = new Kubelet({ node: at(10, NODE), pods: { a: at(14, OPEN) } });
    await kubelet.sampler().samplesOf('a', false, 10_000);
    expect(kubelet.slept).toEqual([2500, 2500, 2500, 2500]);
  });

  test('is asked again for a Pod that it has not looked at only where that is new', async () => {
    const old = new Kubelet({ node: at(10, NODE) });
    await old.sampler().samplesOf('a', false, 40_000);
    expect(old.asked).toHaveLength(1);
    const young = new Kubelet({ node: at(10, NODE) }, { node: at(10, NODE), pods: { a: at(12, OWN) } });
    expect(compareSamples(seen(await young.sampler().samplesOf('a', true, 40_000))).observed).toBe('own');
    expect(young.asked).toHaveLength(2);
    const silent = new Kubelet({ pods: { a: at(12, OWN) } });
    await silent.sampler().samplesOf('a', true, 40_000);
    expect(silent.asked).toHaveLength(1);
  });

  test('is asked by one at a time, however many Pods wait', async () => {
    const open = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`pod-${String(index)}`, at(14, OPEN)]),
    );
    const kubelet = new Kubelet({ node: at(10, NODE), pods: open });
    const sampler = kubelet.sampler();
    await Promise.all(Object.keys(open).map((uid) => sampler.samplesOf(uid, false, 10_000)));
    expect(kubelet.atATime).toBe(1);
    expect([kubelet.asked.length, kubelet.slept.length]).toEqual([5, 4]);
    // Who comes later finds what there is, and waits for itself.
    await sampler.samplesOf('pod-0', false, 0);
    expect(kubelet.asked).toHaveLength(5);
  });

  test('may fail later on: what it has said stands', async () => {
    const kubelet = new Kubelet(
      { node: at(10, NODE), pods: { a: at(14, OPEN) } },
      { status: 503, message: 'no' },
      new ExplainedError('There is no answer.'),
      { node: at(18, { ens192: [5_501_000, 7_901_000], cni0: [6905, 7905] }), pods: {} },
    );
    const samples = seen(await kubelet.sampler().samplesOf('a', false, 40_000));
    expect(compareSamples(samples).observed).toBe('host');
    expect(kubelet.asked).toHaveLength(4);
  });

  test.each([
    [
      'forbids it',
      { status: 403, message: 'nodes "kube-node-1" is forbidden' },
      'asking it is forbidden: that needs permission to get nodes/proxy',
      /^Cannot ask the kubelet of kube-node-1: .* --context test$/,
    ],
    ['is down', { status: 503, message: 'down' }, 'it could not be asked', /answers 503 \(down\)/],
    ['has none', { status: 404, message: '' }, 'it could not be asked', /it has no stats\/summary/],
    [
      'cannot be reached',
      new ExplainedError('There is no answer.'),
      'it could not be asked',
      /There is no answer/,
    ],
  ] as const)('%s, and is not asked again', async (_says, answer, why, message) => {
    const kubelet = new Kubelet(answer);
    const sampler = kubelet.sampler();
    expect((await sampler.begin())?.message).toMatch(message);
    for (const uid of ['a', 'b']) {
      const unseen = await sampler.samplesOf(uid, true, 40_000);
      expect(unseen).toMatchObject({ kind: 'unseen', why });
      expect(unseen.kind === 'unseen' && unseen.error?.message).toMatch(message);
    }
    expect(kubelet.asked).toHaveLength(1);
  });

  test('is left alone after a Ctrl-C', async () => {
    const interrupted = new Kubelet(new InterruptedError('Interrupted.'));
    await expect(interrupted.sampler().samplesOf('a', false, 40_000)).rejects.toThrow(InterruptedError);
    const kubelet = new Kubelet({ node: at(10, NODE), pods: { a: at(14, OPEN) } });
    const sampler = kubelet.sampler(() => Promise.reject(new Error('aborted')));
    await expect(sampler.samplesOf('a', false, 40_000)).rejects.toThrow(InterruptedError);
    expect(kubelet.asked).toHaveLength(1);
  });
});

describe('the sandboxes that are proven to be in the node’s network', () => {
  test('are samples of the node, at their times, each once', async () => {
    const kubelet = new Kubelet({
      node: at(20, NODE),
      pods: {
        same: at(22, NODE),
        'same too': at(22, NODE),
        close: at(16, { ens192: [4_999_000, 6_999_000], cni0: [5990, 6990] }),
        own: at(21, OWN),
        open: at(14, { ens192: [2_000_000, 3_000_000], cni0: [2000, 3000] }),
      },
    });
    const sampler = kubelet.sampler();
    for (const uid of ['own', 'same', 'no such']) {
      const { node, nodeBySandboxes } = seen(await sampler.samplesOf(uid, false, 0));
      expect([times(node), times(nodeBySandboxes)]).toEqual([[20], [16, 22]]);
    }
  });

  test('are nearer in time to a Pod in the same network than the node’s own sample may be', async () => {
    const grown = (by: number): Counters => ({ ens192: [1e6 * by, 1e6 * by], cni0: [2000 * by, 2000 * by] });
    const kubelet = new Kubelet({
      node: at(20, grown(1)),
      pods: { proxy: at(24, grown(1.04)), a: at(30, grown(1.08)) },
    });
    const samples = seen(await kubelet.sampler().samplesOf('a', false, 40_000));
    expect(times(samples.nodeBySandboxes)).toEqual([24]);
    expect(compareSamples({ ...samples, nodeBySandboxes: [] }).observed).toBe('unclear');
    expect(compareSamples(samples).observed).toBe('host');
    expect(kubelet.asked).toHaveLength(1);
  });

  test('decide for a Pod that was read before the node itself, and lacks what the node had before', async () => {
    const kubelet = new Kubelet({
      node: at(20, { eth0: [5_000_000, 7_000_000], cni0: [6000, 7000] }),
      pods: {
        proxy: at(8, { eth0: [4_900_000, 6_900_000], cni0: [5900, 6900] }),
        a: at(12, { eth0: [3000, 900] }),
      },
    });
    const samples = seen(await kubelet.sampler().samplesOf('a', false, 40_000));
    expect(times(samples.nodeBySandboxes)).toEqual([8]);
    expect(compareSamples({ ...samples, nodeBySandboxes: [] }).observed).toBe('unclear');
    expect(compareSamples(samples)).toEqual({
      observed: 'own',
      detail:
        "the sandbox does not have the node's cni0 and has its own eth0, with counters that differ from the node's",
    });
    expect(kubelet.asked).toHaveLength(1);
  });

  test('are none where the node itself is not reported', async () => {
    const kubelet = new Kubelet({ pods: { a: at(12, NODE), b: at(12, NODE) } });
    expect(seen(await kubelet.sampler().samplesOf('a', false, 0)).nodeBySandboxes).toEqual([]);
  });

  test('become more with every answer', async () => {
    const kubelet = new Kubelet(
      { node: at(10, NODE), pods: { a: at(14, OPEN), proxy: at(14, OPEN) } },
      {
        node: at(20, { ens192: [5_501_000, 7_901_000], cni0: [6901, 7901] }),
        pods: {
          a: at(14, { eth0: [1, 1], ens192: [6_000_000, 1] }),
          proxy: at(20, { ens192: [5_501_000, 7_901_000], cni0: [6901, 7901] }),
        },
      },
    );
    const sampler = kubelet.sampler();
    expect(seen(await sampler.samplesOf('a', false, 0)).nodeBySandboxes).toEqual([]);
    expect(times(seen(await sampler.samplesOf('a', false, 2500)).nodeBySandboxes)).toContain(20);
    expect(kubelet.asked).toHaveLength(2);
  });
});
