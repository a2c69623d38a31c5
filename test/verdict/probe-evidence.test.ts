import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NodeView, PodProcess, ProcessNamespaces } from '../../src/inspection/node-view.ts';
import type { Side } from '../../src/pods/declared.ts';
import type { ContainerStatus, Pod } from '../../src/pods/pod.ts';
import { namespaceKinds } from '../../src/pods/sharing.ts';
import { probeEvidence } from '../../src/verdict/probe-evidence.ts';
import type { Observed } from '../../src/verdict/verdict.ts';
import { containerId, HIDDEN, NODE, nodeView, OWN } from '../support/node-views.ts';
import { containerStatus, pod } from '../support/pods.ts';

const LINUX_NAME = { network: 'net', pid: 'pid', ipc: 'ipc' } as const;
const IDS = {
  sandbox: containerId('5a'),
  app: containerId('a'),
  log: containerId('b'),
  new: containerId('c'),
};

type Place = 'node' | 'own' | 'nested' | 'hidden';
const PLACES: Readonly<Record<Place, ProcessNamespaces>> = {
  node: NODE,
  own: OWN,
  // Of the Pod's own making: neither the node's nor the Pod's.
  nested: { net: 4026533001, pid: 4026533002, ipc: 4026533003 },
  hidden: HIDDEN,
};

const running = (name: 'app' | 'log'): ContainerStatus =>
  containerStatus(name, { running: true }, { containerID: `containerd://${IDS[name]}` });
const APP = pod({ status: { containerStatuses: [running('app')] } });
const BOTH = pod({ status: { containerStatuses: [running('app'), running('log')] } });
const WAITING = pod({
  status: { containerStatuses: [containerStatus('app', { waiting: { reason: 'CrashLoopBackOff' } })] },
});
const ENDED = pod({
  status: {
    containerStatuses: [
      containerStatus(
        'app',
        { terminated: { exitCode: 1, signal: 0, reason: 'Error' } },
        {
          containerID: `containerd://${IDS.app}`,
        },
      ),
    ],
  },
});

/** `sandbox:own app:node,own`: where the processes of each part are; `conmon` is in the Pod but in no part. */
function processes(placed: string): readonly PodProcess[] {
  let pid = 100;
  return placed
    .split(' ')
    .filter((word) => word !== '')
    .flatMap((word) => {
      const [part = '', places = ''] = word.split(':');
      const container = part === 'conmon' ? null : IDS[part as keyof typeof IDS];
      return places.split(',').map((place): PodProcess => {
        pid += 1;
        return { pid, podUid: APP.kubeletUid, container, namespaces: PLACES[place as Place] };
      });
    });
}

interface Finding {
  readonly observed: Observed;
  /** With NS for `net:[…]` and its like. */
  readonly detail: string;
  readonly ofSandbox?: Side;
}

interface Case {
  readonly says: string;
  readonly pod?: Pod;
  readonly placed: string;
  readonly view?: Partial<NodeView>;
  /** Where the node's is wanted, and where it is not; one that is not as wanted decides by itself. */
  readonly found: Finding | Readonly<Record<Side, Finding>>;
  /** Of PID namespaces, where that is otherwise. */
  readonly pid?: Partial<Readonly<Record<Side, Finding>>>;
}

const found = (observed: Observed, detail: string, ofSandbox?: Side): Finding =>
  ofSandbox === undefined ? { observed, detail } : { observed, detail, ofSandbox };
const mixed = (detail: string, ofSandbox?: Side): Readonly<Record<Side, Finding>> => ({
  node: found('own', detail, ofSandbox),
  own: found('node', detail, ofSandbox),
});
const NO_CONTAINER = found('unknown', 'none of its containers runs');
const HIDDEN_POD = found('unknown', 'it may not see the namespaces of the Pod');
const NO_APP = found('unknown', 'no process of the container app runs on the node');
const NO_POD = found('unknown', 'no process of the Pod runs on the node');
const NO_NODE = found('unknown', "it was not let into the node's own namespaces");
const SANDBOX_IN = found('node', "its sandbox is in the node's NS", 'node');
const SANDBOX_OUT = found('own', "its sandbox is outside of the node's NS", 'own');
const BOTH_OUT = found('own', "its sandbox and the container app are outside of the node's NS", 'own');

const CASES: readonly Case[] = [
  {
    says: 'all in the node’s',
    placed: 'sandbox:node app:node,node',
    found: found('node', "its sandbox and the container app are in the node's NS", 'node'),
  },
  { says: 'none in the node’s', placed: 'sandbox:own app:own,own', found: BOTH_OUT },
  { says: 'none in the node’s, and the sandbox seen last', placed: 'app:own sandbox:own', found: BOTH_OUT },
  {
    says: 'all in the node’s, and the sandbox seen between two containers',
    pod: BOTH,
    placed: 'app:node sandbox:node log:node',
    found: found('node', "its sandbox, the container app, the container log are in the node's NS", 'node'),
  },
  {
    says: 'the sandbox in and the container out',
    placed: 'sandbox:node app:own',
    found: mixed("its sandbox is in the node's NS, the container app is not", 'node'),
  },
  {
    says: 'the sandbox out and the container in',
    placed: 'sandbox:own app:node',
    found: mixed("the container app is in the node's NS, its sandbox is not", 'own'),
  },
  {
    says: 'one of two containers in',
    pod: BOTH,
    placed: 'sandbox:own app:own log:node',
    found: mixed("the container log is in the node's NS, its sandbox and the container app are not", 'own'),
  },
  {
    says: 'one of two containers out',
    pod: BOTH,
    placed: 'sandbox:node app:node log:own',
    found: mixed("its sandbox and the container app are in the node's NS, the container log is not", 'node'),
  },
  {
    says: 'a runtime without sandboxes: all in',
    pod: BOTH,
    placed: 'app:node log:node',
    found: found('node', "the container app and the container log are in the node's NS"),
  },
  {
    says: 'a runtime without sandboxes: none in',
    placed: 'app:own',
    found: found('own', "the container app is outside of the node's NS"),
  },
  {
    says: 'one process of a container that has gone into the node’s (setns), all of the rest out',
    placed: 'sandbox:own app:own,own,node',
    found: mixed("the container app is in the node's NS, its sandbox is not", 'own'),
  },
  {
    says: 'the same of the only part there is',
    placed: 'app:own,own,node',
    found: found('node', "1 of the 3 processes of the container app is in the node's NS"),
  },
  {
    says: 'a Docker that shares the node’s, and gives its own containers others',
    placed: 'sandbox:node app:node,node,nested,nested,nested',
    found: found('node', "2 of the 5 processes of the container app are in the node's NS", 'node'),
  },
  { says: 'a Docker that shares nothing', placed: 'sandbox:own app:own,nested', found: BOTH_OUT },
  {
    says: 'processes that have just ended beside others',
    placed: 'sandbox:own,hidden app:hidden,own',
    found: BOTH_OUT,
  },
  {
    says: 'processes that have just ended are not counted',
    placed: 'app:node,nested,hidden',
    found: found('node', "1 of the 2 processes of the container app is in the node's NS"),
  },
  {
    says: 'the runtime’s own process in the Pod’s group, which is in the node’s, and in no container',
    placed: 'conmon:node sandbox:own app:own',
    found: BOTH_OUT,
  },
  { says: 'nothing but the runtime’s own process', placed: 'conmon:node', found: NO_POD },
  { says: 'nothing at all', placed: '', found: NO_POD },
  {
    says: 'a container that runs and has no process here (a virtual machine), and a sandbox in the node’s',
    placed: 'sandbox:node',
    found: { node: NO_APP, own: SANDBOX_IN },
  },
  {
    says: 'a container that runs and has no process here (a virtual machine), and a sandbox that is not',
    placed: 'sandbox:own',
    found: { node: SANDBOX_OUT, own: NO_APP },
  },
  {
    says: 'one of two containers that has none',
    pod: BOTH,
    placed: 'sandbox:own log:own',
    found: {
      node: found('own', "its sandbox and the container log are outside of the node's NS", 'own'),
      own: NO_APP,
    },
  },
  {
    says: 'only the sandbox, in the node’s, for the container waits',
    pod: WAITING,
    placed: 'sandbox:node',
    found: SANDBOX_IN,
    pid: { node: NO_CONTAINER },
  },
  {
    says: 'only the sandbox, not in the node’s, for the container has ended',
    pod: ENDED,
    placed: 'sandbox:own',
    found: SANDBOX_OUT,
    pid: { own: NO_CONTAINER },
  },
  {
    says: 'a container that runs again, whose new ID the API does not know yet',
    placed: 'sandbox:own new:own',
    found: {
      node: found('own', "its sandbox and its sandbox are outside of the node's NS", 'own'),
      own: NO_APP,
    },
  },
  {
    says: 'a container of a Pod that begins, whose ID the API does not know yet',
    pod: WAITING,
    placed: 'sandbox:own new:own',
    found: found('own', "its sandbox and its sandbox are outside of the node's NS", 'own'),
    pid: { own: NO_CONTAINER },
  },
  {
    says: 'the same in another namespace than the sandbox',
    pod: WAITING,
    placed: 'sandbox:own new:node',
    found: mixed("its sandbox is in the node's NS, its sandbox is not", 'node'),
  },
  {
    says: 'a probe that sees nothing of the node’s own',
    placed: 'sandbox:node app:node',
    view: { node: null },
    found: NO_NODE,
  },
  {
    says: 'a probe that may not look into the node’s own',
    placed: 'sandbox:node app:node',
    view: { node: HIDDEN },
    found: NO_NODE,
  },
  {
    says: 'a container that the probe may not look into',
    placed: 'sandbox:node app:hidden,hidden',
    found: { node: HIDDEN_POD, own: SANDBOX_IN },
  },
  {
    says: 'a sandbox that the probe may not look into, of which it then says nothing',
    placed: 'sandbox:hidden app:own',
    found: { node: found('own', "the container app is outside of the node's NS"), own: HIDDEN_POD },
  },
  { says: 'a Pod that the probe may not look into', placed: 'sandbox:hidden app:hidden', found: HIDDEN_POD },
];

describe('what a probe says of a Pod', () => {
  describe.each(namespaceKinds)('of its %s namespace', (kind) => {
    const name = LINUX_NAME[kind];
    describe.each(['node', 'own'] as const)('where the one wanted is the %s', (wanted) => {
      test.each(CASES)('$says', ({ pod: own = APP, placed, view = {}, found: findings, pid }) => {
        const ofAll = 'observed' in findings ? findings : findings[wanted];
        const finding = kind === 'pid' ? (pid?.[wanted] ?? ofAll) : ofAll;
        const evidence = probeEvidence(kind, own, nodeView(processes(placed), view), wanted);
        expect(evidence).toEqual({
          source: 'probe',
          trust: 'trusted',
          ...finding,
          detail: finding.detail.replace('NS', `${name}:[${String(NODE[name])}]`),
        });
      });
    });
  });

  test('judges each namespace by itself', () => {
    const mixed: ProcessNamespaces = { net: NODE.net, pid: OWN.pid, ipc: null };
    const view = nodeView(
      processes('sandbox:own app:own').map((process) => ({ ...process, namespaces: mixed })),
    );
    expect(namespaceKinds.map((kind) => probeEvidence(kind, APP, view, 'own').observed)).toEqual([
      'node',
      'own',
      'unknown',
    ]);
  });

  test('knows a namespace of the node’s although another is not known', () => {
    const view = nodeView(processes('sandbox:own app:own'), { node: { ...NODE, net: null } });
    expect(namespaceKinds.map((kind) => probeEvidence(kind, APP, view, 'own').observed)).toEqual([
      'unknown',
      'own',
      'own',
    ]);
  });

  test('names a few of many', () => {
    const names = Array.from({ length: 9 }, (_, index) => `c${String(index)}`);
    const many = pod({
      status: {
        containerStatuses: names.map((name, index) =>
          containerStatus(
            name,
            { running: true },
            { containerID: `containerd://${containerId(String(index + 1))}` },
          ),
        ),
      },
    });
    const of = (placed: readonly string[], namespaces: ProcessNamespaces): readonly PodProcess[] =>
      placed.map((_, index) => ({
        pid: index + 1,
        podUid: many.kubeletUid,
        container: containerId(String(index + 1)),
        namespaces,
      }));
    expect(probeEvidence('network', many, nodeView(of(names, NODE)), 'node').detail).toBe(
      `the container c0, the container c1, the container c2, the container c3 and 5 more are in the node's net:[${String(NODE.net)}]`,
    );
    expect(probeEvidence('network', many, nodeView(of(names.slice(0, 3), NODE)), 'node').detail).toBe(
      'no process of the container c3, the container c4, the container c5, the container c6 and 2 more runs on the node',
    );
  });
});

describe('whoever is where', () => {
  const place = fc.constantFrom<Place>('node', 'own', 'nested', 'hidden');
  const part = fc.array(place, { minLength: 1, maxLength: 5 });
  const side = fc.constantFrom<Side>('node', 'own');
  const kind = fc.constantFrom(...namespaceKinds);
  const view = (sandbox: readonly Place[], app: readonly Place[], log: readonly Place[]): NodeView =>
    nodeView(processes(`sandbox:${sandbox.join(',')} app:${app.join(',')} log:${log.join(',')}`));

  test('a Pod with a process in the node’s is never said to be outside where it should be', () => {
    fc.assert(
      fc.property(part, part, part, kind, (sandbox, app, log, which) => {
        fc.pre([sandbox, app, log].flat().includes('node'));
        expect(probeEvidence(which, BOTH, view(sandbox, app, log), 'own').observed).not.toBe('own');
      }),
    );
  });

  test('a Pod with a whole part outside is never said to be in the node’s where it should be', () => {
    fc.assert(
      fc.property(part, part, part, kind, (sandbox, app, log, which) => {
        fc.pre([sandbox, app, log].some((places) => !places.includes('node')));
        expect(probeEvidence(which, BOTH, view(sandbox, app, log), 'node').observed).not.toBe('node');
      }),
    );
  });

  test('one part that is not as wanted is enough, and for all to be, each must be seen', () => {
    fc.assert(
      fc.property(part, part, part, kind, side, (sandbox, app, log, which, wanted) => {
        const { observed, ofSandbox } = probeEvidence(which, BOTH, view(sandbox, app, log), wanted);
        const seen = [sandbox, app, log].map((places) =>
          places.includes('node') ? 'node' : places.every((one) => one === 'hidden') ? 'unknown' : 'own',
        );
        const other = wanted === 'node' ? 'own' : 'node';
        const whole = seen.includes('unknown') ? 'unknown' : wanted;
        expect(observed).toBe(seen.includes(other) ? other : whole);
        const said = observed === 'unknown' || seen[0] === 'unknown' ? undefined : seen[0];
        expect(ofSandbox).toBe(said);
      }),
      { numRuns: 500 },
    );
  });

  test('processes of other Pods, and those in no container, make no difference', () => {
    const other = fc.record({
      pid: fc.integer({ min: 1, max: 99 }),
      podUid: fc.uuid(),
      container: fc.constantFrom(IDS.app, IDS.sandbox, null),
      namespaces: place.map((where) => PLACES[where]),
    });
    const conmon = place.map((where): PodProcess => ({
      pid: 7,
      podUid: BOTH.kubeletUid,
      container: null,
      namespaces: PLACES[where],
    }));
    fc.assert(
      fc.property(
        part,
        part,
        part,
        kind,
        side,
        fc.array(fc.oneof(other, conmon)),
        (sandbox, app, log, which, wanted, more) => {
          const plain = view(sandbox, app, log);
          const crowded = { ...plain, processes: [...more, ...plain.processes] };
          expect(probeEvidence(which, BOTH, crowded, wanted)).toEqual(
            probeEvidence(which, BOTH, plain, wanted),
          );
        },
      ),
    );
  });
});
