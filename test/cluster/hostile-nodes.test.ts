import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../fuzz/random.ts';
import { createNamespace, describeOnOwnCluster, randomName, removeNamespace } from './cluster.ts';
import { removeDevice, removeHierarchies } from './hostile/cleanup.ts';
import { type Declared, type HostilePod, placedPod, plainPod, podRunning, slowPod } from './hostile/pods.ts';
import { HostileRun, NODES, runSeed } from './hostile/run.ts';
import { blinkingDevice, ownHierarchy } from './hostile/scripts.ts';

const ours = describeOnOwnCluster(
  'containers that change what a node shows, for they need the kernel and the runtimes of the nodes.',
);

const NOTHING: Declared = { network: false, pid: false, ipc: false };
const NETWORK: Declared = { ...NOTHING, network: true };
const EVERYTHING: Declared = { network: true, pid: true, ipc: true };
/** The kubelet splits the lines of /proc/net/dev at these, the kernel takes them for letters. */
const SPACES = ['\u2003', '\u2028', '\u3000', '\u1680'];
const TIMES = 4;
/** How the names of the hierarchies begin. */
const HIERARCHY = 'hostns-test-';

ours('a container that changes what the node shows of others', () => {
  const seed = runSeed();
  const random = new Random(seed);
  const tables: string[] = [];

  afterAll(() => {
    process.stdout.write(
      `\nVerdicts beside hostile containers, HOSTNS_SEED=${String(seed)}:\n${tables.join('\n')}\n`,
    );
  });

  /** A namespace with a run in it for one describe block. */
  const hostileRun = (prepare: (run: HostileRun, namespace: string) => Promise<void>): HostileRun => {
    const namespace = randomName('hostile');
    const run = new HostileRun(namespace);
    beforeAll(async () => {
      await createNamespace(namespace);
      await prepare(run, namespace);
    });
    afterAll(async () => {
      await removeNamespace(namespace);
      tables.push(run.tally.table());
    });
    return run;
  };

  const expectNoProblems = (run: HostileRun): void => {
    expect({ seed, problems: run.tally.problems }).toEqual({ seed, problems: [] });
  };

  describe('a network device whose name the kubelet cannot read', () => {
    const device = `h${random.next().toString(36).slice(0, 4)}${random.pick(SPACES)}x`;
    const run = hostileRun(async (started, namespace) => {
      // Whose network is its own: nothing of the machine's is disturbed.
      const place = { namespace, node: 'kube-node-2' };
      await started.start([
        plainPod(random, place, NETWORK, 'beside a device: honest'),
        plainPod(random, place, NOTHING, 'beside a device: honest'),
        placedPod(random, place, {
          kind: 'beside a device: misplaced',
          declared: NETWORK,
          setting: 'network=own',
        }),
        placedPod(random, place, {
          kind: 'beside a device: misplaced',
          declared: NOTHING,
          setting: 'network=node',
        }),
      ]);
      await started.start([
        podRunning(random, place, {
          kind: 'beside a device: its container',
          rule: 'honest',
          declared: NETWORK,
          program: blinkingDevice(device),
          securityContext: { capabilities: { add: ['NET_ADMIN'] } },
        }),
      ]);
    });
    afterAll(() => {
      removeDevice('kube-node-2', device);
    });

    test('a network device that the kubelet cannot parse makes no misreporting Pod a match and no honest Pod a mismatch', async () => {
      for (let time = 0; time < TIMES; time += 1) {
        await run.verify('--no-exec');
        await sleep(random.below(6000)); // the kubelet measures every 10 s or so
      }
      await run.verify('--all');
      await run.verify('--probe');
      expectNoProblems(run);
    });
  });

  describe("a cgroup hierarchy of a container's own", () => {
    const run = hostileRun(async (started, namespace) => {
      await removeHierarchies(HIERARCHY);
      const victims = NODES.flatMap((node) =>
        [NOTHING, EVERYTHING].map((declared) =>
          plainPod(random, { namespace, node }, declared, 'beside a hierarchy: honest'),
        ),
      );
      await started.start(victims);
      const mounting = (node: string, declared: Declared): HostilePod => {
        const groups = started.groupsOf(victims.filter((victim) => victim.node === node));
        return podRunning(
          random,
          { namespace, node },
          {
            kind: 'beside a hierarchy: its container',
            rule: 'steady',
            declared,
            program: ownHierarchy(`${HIERARCHY}${random.next().toString(36)}`, groups),
            // CAP_SYS_ADMIN is enough with cgroup version 1: such a container has the node's cgroup namespace.
            securityContext: { privileged: true },
            setting: declared.network ? 'network=own' : 'network=node',
          },
        );
      };
      await started.start(NODES.flatMap((node) => [mounting(node, NETWORK), mounting(node, NOTHING)]));
    });
    afterAll(async () => {
      await removeHierarchies(HIERARCHY);
    });

    test('a container cannot move its processes to another Pod, nor hide them, by a cgroup hierarchy of its own', async () => {
      await run.verify('--probe');
      await run.verify('--all', '--probe', '--no-exec');
      expectNoProblems(run);
    });
  });

  describe('a container that starts slowly', () => {
    const slow: HostilePod[] = [];
    const run = hostileRun(async (started, namespace) => {
      for (const node of NODES) {
        for (const declared of [NOTHING, EVERYTHING]) {
          slow.push(slowPod(random, { namespace, node }, declared, 30));
        }
      }
      await started.start(slow.map((pod) => ({ ...pod, ephemeral: null })));
    });

    test('a container that starts slowly is not a mismatch while it is still in the namespaces of the node', async () => {
      for (const { name, ephemeral } of slow) if (ephemeral !== null) run.addEphemeral(name, ephemeral);
      await sleep(5000);
      await run.verify('--probe', '--no-exec');
      await run.verify('--all', '--probe', '--no-exec');
      expectNoProblems(run);
    });
  });
});
