import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Random } from '../fuzz/random.ts';
import {
  createNamespace,
  describeOnOwnCluster,
  hostns,
  PROBE,
  randomName,
  removeNamespace,
} from './cluster.ts';
import { hostilePods } from './hostile/pods.ts';
import { HostileRun, NODES, runSeed, TIMEOUT } from './hostile/run.ts';

const ours = describeOnOwnCluster(
  'hostile containers, which need the misreporting runtime and the kernel of the nodes.',
);

ours('containers that move, hide or differ from each other', () => {
  const seed = runSeed();
  const namespace = randomName('hostile');
  const run = new HostileRun(namespace);

  beforeAll(async () => {
    await createNamespace(namespace);
    const random = new Random(seed);
    await run.start(NODES.flatMap((node) => hostilePods(random, { namespace, node })));
  });

  afterAll(async () => {
    await removeNamespace(namespace);
    process.stdout.write(
      `\nVerdicts on hostile containers, HOSTNS_SEED=${String(seed)}:\n${run.tally.table()}\n`,
    );
  });

  const problemsOf = async (...commands: readonly (readonly string[])[]): Promise<object> => {
    const before = run.tally.problems.length;
    // At once, as most of the time they wait for the kubelets to measure again.
    await Promise.all(commands.map((flags) => run.verify(...flags)));
    return { seed, problems: run.tally.problems.slice(before) };
  };

  test('without a probe Pod, no verdict is wrong and trusted, and no honest Pod is a mismatch', async () => {
    const problems = await problemsOf([], ['--no-exec'], ['--require-trusted'], ['--all']);
    expect(problems).toEqual({ seed, problems: [] });
  });

  test('with a probe Pod, what holds still is decided, and what moves is never wrong and trusted', async () => {
    const found = [await problemsOf(['--probe']), await problemsOf(['--all', '--probe'])];
    expect(found).toEqual(found.map(() => ({ seed, problems: [] })));
  });

  test('verify --require-trusted succeeds for an honest Pod only', () => {
    const strict = (kind: string): number | null => {
      const name = run.pods.find((pod) => pod.kind === kind)?.name ?? '';
      return hostns('verify', name, '-n', namespace, '--require-trusted', ...PROBE, ...TIMEOUT).code;
    };
    expect(strict('honest: threads')).toBe(0);
    expect([1, 2]).toContain(strict('evader: a thread that stays'));
    expect([1, 2]).toContain(strict('mover, declared'));
  });
});
