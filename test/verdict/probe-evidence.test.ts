import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { HeldProcess, HeldView } from '../../src/inspection/held-view.ts';
import type { NodeView, PodProcess, ProcessNamespaces } from '../../src/inspection/node-view.ts';
import type { Side } from '../../src/model/declared.ts';
import { type ContainerStatus, NO_SECURITY, type Pod } from '../../src/model/pod.ts';
import { type NamespaceKind, namespaceKinds } from '../../src/model/sharing.ts';
import { probeEvidence } from '../../src/verdict/probe-evidence.ts';
import type { Evidence, Observed } from '../../src/verdict/verdict.ts';
import { containerId, nodeView } from '../support/node-views.ts';
import { container, containerStatus, pod } from '../support/pods.ts';

const LINUX_NAME = { network: 'net', pid: 'pid', ipc: 'ipc' } as const;
const IDS = {
  sandbox: containerId('5a'),
  app: containerId('a'),
  log: containerId('b'),
  new: containerId('c'),
};

const NODE = { net: 4026531833, pid: 4026531836, ipc: 4026531839 } as const;
const OWN: ProcessNamespaces = { net: [4026532899], pid: [4026532901], ipc: [4026532900] };

type Place = 'node' | 'own' | 'nested' | 'thread' | 'hidden';
const PLACES: Readonly<Record<Place, ProcessNamespaces>> = {
  node: { net: [NODE.net], pid: [NODE.pid], ipc: [NODE.ipc] },
  own: OWN,
  // Of the Pod's own making: neither the node's nor the Pod's.
  nested: { net: [4026533001], pid: [4026533002], ipc: [4026533003] },
  // One of its threads is in the node's.
  thread: { net: [...OWN.net, NODE.net], pid: [...OWN.pid, NODE.pid], ipc: [...OWN.ipc, NODE.ipc] },
  hidden: { net: [], pid: [], ipc: [] },
};

/** The same is wanted of each namespace. */
const all = (side: Side): Readonly<Record<NamespaceKind, Side>> => ({ network: side, pid: side, ipc: side });
/** What one reading of the node says. */
const seenOnce = (kind: NamespaceKind, own: Pod, view: NodeView, wanted: Side): Evidence =>
  probeEvidence(kind, own, { view, held: null }, all(wanted));

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

const found = (observed: Observed, detail: string): Finding => ({ observed, detail });
const mixed = (detail: string): Readonly<Record<Side, Finding>> => ({
  node: found('own', detail),
  own: found('node', detail),
});
const NO_CONTAINER = found('unknown', 'none of its containers runs');
const NO_APP = found('unknown', 'no process of the container app can be seen on the node');
const NO_POD = found('unknown', 'no process of the Pod runs on the node');
const NO_NODE = found('unknown', "it was not let into the node's own namespaces");
const SANDBOX_IN = found('node', "its sandbox is in the node's NS");
const SANDBOX_OUT = found('own', "its sandbox is outside of the node's NS");
const BOTH_OUT = found('own', "its sandbox and the container app are outside of the node's NS");
const STARTING = found(
  'unknown',
  "its sandbox is in the node's NS, which is also so for a moment when a container starts",
);

const CASES: readonly Case[] = [
  {
    says: 'all in the node’s',
    placed: 'sandbox:node app:node,node',
    found: {
      node: found('node', "its sandbox and the container app are in the node's NS"),
      own: found('node', "the container app is in the node's NS"),
    },
  },
  { says: 'none in the node’s', placed: 'sandbox:own app:own,own', found: BOTH_OUT },
  { says: 'none in the node’s, and the sandbox seen last', placed: 'app:own sandbox:own', found: BOTH_OUT },
  {
    says: 'the sandbox in and the container out',
    placed: 'sandbox:node app:own',
    found: {
      node: found('own', "its sandbox is in the node's NS, the container app is not"),
      own: STARTING,
    },
  },
  {
    says: 'the sandbox out and the container in',
    placed: 'sandbox:own app:node',
    found: mixed("the container app is in the node's NS, its sandbox is not"),
  },
  {
    says: 'one of two containers in',
    pod: BOTH,
    placed: 'sandbox:own app:own log:node',
    found: mixed("the container log is in the node's NS, its sandbox and the container app are not"),
  },
  {
    says: 'one of two containers out',
    pod: BOTH,
    placed: 'sandbox:node app:node log:own',
    found: {
      node: found('own', "its sandbox and the container app are in the node's NS, the container log is not"),
      own: found('node', "the container app is in the node's NS, the container log is not"),
    },
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
    found: mixed("the container app is in the node's NS, its sandbox is not"),
  },
  {
    says: 'one thread of a container in the node’s',
    placed: 'sandbox:own app:own,thread',
    found: mixed("the container app is in the node's NS, its sandbox is not"),
  },
  {
    says: 'one process of the only part there is',
    placed: 'app:own,own,node',
    found: found('node', "1 of the 3 processes of the container app is in the node's NS"),
  },
  {
    says: 'a Docker that shares the node’s, and gives its own containers others',
    placed: 'app:node,node,nested,nested,nested',
    found: found('node', "2 of the 5 processes of the container app are in the node's NS"),
  },
  { says: 'a Docker that shares nothing', placed: 'sandbox:own app:own,nested', found: BOTH_OUT },
  {
    says: 'processes that have just ended beside others',
    placed: 'sandbox:own,hidden app:hidden,own',
    found: BOTH_OUT,
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
    found: { node: NO_APP, own: STARTING },
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
      node: found('own', "its sandbox and the container log are outside of the node's NS"),
      own: NO_APP,
    },
  },
  {
    says: 'only the sandbox, in the node’s, for the container waits',
    pod: WAITING,
    placed: 'sandbox:node',
    found: { node: SANDBOX_IN, own: STARTING },
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
    says: 'a container that runs again, whose new ID the API does not list yet',
    placed: 'sandbox:own new:own',
    found: {
      node: found('own', "its sandbox or a container that starts are outside of the node's NS"),
      own: NO_APP,
    },
  },
  {
    says: 'a container that starts, and is in the node’s for as long as its runtime takes',
    pod: WAITING,
    placed: 'sandbox:own new:node',
    found: {
      node: found(
        'own',
        "its sandbox or a container that starts is in the node's NS, its sandbox or a container that starts is not",
      ),
      own: found(
        'unknown',
        "its sandbox or a container that starts is in the node's NS, which is also so for a moment when a container starts",
      ),
    },
  },
  {
    says: 'a container whose ID the API lists before it runs',
    pod: pod({
      status: {
        containerStatuses: [
          containerStatus(
            'app',
            { waiting: { reason: 'ContainerCreating' } },
            { containerID: `containerd://${IDS.app}` },
          ),
        ],
      },
    }),
    placed: 'sandbox:own app:node',
    found: {
      node: found('own', "the container app is in the node's NS, its sandbox is not"),
      own: found(
        'unknown',
        "the container app is in the node's NS, which is also so for a moment when a container starts",
      ),
    },
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
    view: { node: { net: null, pid: null, ipc: null } },
    found: NO_NODE,
  },
  {
    says: 'a container that the probe may not look into',
    placed: 'sandbox:own app:hidden,hidden',
    found: { node: SANDBOX_OUT, own: found('unknown', 'it may not see the namespaces of the container app') },
  },
  {
    says: 'a Pod that the probe may not look into',
    placed: 'sandbox:hidden app:hidden',
    found: found('unknown', 'it may not see the namespaces of its sandbox'),
  },
];

describe('what one reading of the probe Pod says', () => {
  describe.each(namespaceKinds)('of the %s namespace', (kind) => {
    const name = LINUX_NAME[kind];
    describe.each(['node', 'own'] as const)('where the one wanted is the %s', (wanted) => {
      test.each(CASES)('$says', ({ pod: own = APP, placed, view = {}, found: findings, pid }) => {
        const ofAll = 'observed' in findings ? findings : findings[wanted];
        const finding = kind === 'pid' ? (pid?.[wanted] ?? ofAll) : ofAll;
        expect(seenOnce(kind, own, nodeView(processes(placed), view), wanted)).toEqual({
          source: 'probe',
          trust: 'trusted',
          scope: 'pod',
          observed: finding.observed,
          detail: finding.detail.replace('NS', `${name}:[${String(NODE[name])}]`),
        });
      });
    });
  });

  test('judges each namespace by itself', () => {
    const namespaces: ProcessNamespaces = { net: [NODE.net], pid: OWN.pid, ipc: [] };
    const view = nodeView(processes('sandbox:own app:own').map((process) => ({ ...process, namespaces })));
    expect(namespaceKinds.map((kind) => seenOnce(kind, APP, view, 'own').observed)).toEqual([
      'node',
      'own',
      'unknown',
    ]);
  });

  test('knows a namespace of the node’s although another is not known', () => {
    const view = nodeView(processes('sandbox:own app:own'), { node: { ...NODE, net: null } });
    expect(namespaceKinds.map((kind) => seenOnce(kind, APP, view, 'own').observed)).toEqual([
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
    const of = (placed: readonly string[]): readonly PodProcess[] =>
      placed.map((_, index) => ({
        pid: index + 1,
        podUid: many.kubeletUid,
        container: containerId(String(index + 1)),
        namespaces: PLACES.node,
      }));
    expect(seenOnce('network', many, nodeView(of(names)), 'node').detail).toBe(
      `the container c0, the container c1, the container c2, the container c3 and 5 more are in the node's net:[${String(NODE.net)}]`,
    );
    expect(seenOnce('network', many, nodeView(of(names.slice(0, 3))), 'node').detail).toBe(
      'no process of the container c3, the container c4, the container c5, the container c6 and 2 more can be seen on the node',
    );
  });
});

/** How often the processes are listed, and how often each list is read. */
const ROUNDS = 4;
const READINGS = 4;

/**
 * `app:nnnn,o-oo`: where each process is in each round. n is the node's, o its own, ? unread, - not there, s a process
 * that its runtime starts, which is in all of the node's namespaces.
 */
function held(placed: string): HeldView {
  let pid = 100;
  const places: Readonly<Record<string, ProcessNamespaces>> = {
    n: { net: [NODE.net], pid: OWN.pid, ipc: [NODE.ipc] },
    o: OWN,
    '?': PLACES.hidden,
    s: PLACES.node,
  };
  const found = placed.split(' ').flatMap((word) => {
    const [part = '', seen = ''] = word.split(':');
    return seen.split(',').map((rounds): HeldProcess => {
      pid += 1;
      const at = Array.from(rounds).flatMap((place, round) => {
        const namespaces = places[place];
        return namespaces === undefined
          ? []
          : Array.from({ length: READINGS }, (_, again) => [round * READINGS + again, namespaces] as const);
      });
      return { pid, podUid: APP.kubeletUid, container: IDS[part as keyof typeof IDS], rounds: new Map(at) };
    });
  });
  return { rounds: ROUNDS * READINGS, processes: found };
}

/** The first reading: the first round, as if it had been a reading by itself. */
const firstOf = (view: HeldView, first: string): readonly PodProcess[] =>
  view.processes.map(({ pid, podUid, container: id }, index) => {
    const place = first.charAt(index);
    const namespaces = {
      n: { net: [NODE.net], pid: OWN.pid, ipc: [NODE.ipc] },
      s: PLACES.node,
      '?': PLACES.hidden,
    }[place];
    return { pid, podUid, container: id, namespaces: namespaces ?? OWN };
  });

describe('what many readings of the probe Pod say', () => {
  const PRIVILEGED = pod({
    spec: { containers: [container('app', { security: { ...NO_SECURITY, privileged: true } })] },
    status: APP.status,
  });
  const MOVED = 'processes that moved';
  const UNREAD = 'ended before their namespaces could be read';

  test.each([
    // What stays where it is.
    ['a container that stays in its own', 'oo', 'sandbox:oooo app:oooo', 'own', 'own'],
    ['a container that stays in the node’s', 'on', 'sandbox:oooo app:nnnn', 'node', 'node'],
    [
      'a container of which new processes stay in the node’s',
      'onn',
      'sandbox:oooo app:nn--,--nn',
      'node',
      'node',
    ],
    // What moves.
    ['a process that moves to and fro', 'oo', 'sandbox:oooo app:nono', MOVED, 'own'],
    ['a process that was in the node’s and has left', 'on', 'sandbox:oooo app:oooo', MOVED, 'own'],
    ['a process that has come into the node’s', 'oo', 'sandbox:oooo app:nnnn', MOVED, MOVED],
    ['a decoy beside a process that moves', 'ooo', 'sandbox:oooo app:oooo,onoo', MOVED, 'own'],
    // What is too short-lived to be read.
    ['processes that end unread', 'oo???', 'sandbox:oooo app:oooo,?---,-?--,--??', UNREAD, 'own'],
    [
      'short-lived processes, most of which are read',
      'ooo?o',
      'sandbox:oooo app:oooo,o---,-?--,--oo',
      'own',
      'own',
    ],
    ['a long-lived process that cannot be read', 'oo?', 'sandbox:oooo app:oooo,????', UNREAD, 'own'],
    // What a runtime does.
    [
      'a process that is started in a container by an exec',
      'oos',
      'sandbox:oooo app:oooo,s---',
      'own',
      'own',
    ],
    ['an exec whose process was started before', 'ooo', 'sandbox:oooo app:oooo,-so-', 'own', 'own'],
  ] as const)('%s', (_says, first, placed, ofPrivileged, ofOther) => {
    const view = held(placed);
    for (const [own, expected] of [
      [PRIVILEGED, ofPrivileged],
      [APP, ofOther],
    ] as const) {
      const look = { view: nodeView(firstOf(view, first), { node: NODE }), held: view };
      const { observed, detail } = probeEvidence('network', own, look, all('own'));
      expect([observed, detail]).toEqual(
        expected === 'own' || expected === 'node'
          ? [expected, expect.any(String)]
          : ['unknown', expect.stringContaining(expected)],
      );
    }
  });

  test.each([
    ['stays in the node’s', 'nn', 'sandbox:nnnn app:nnnn', 'node'],
    ['has a process in the node’s beside others', 'nno', 'sandbox:nnnn app:nnnn,oooo', 'node'],
    ['has left the node’s', 'no', 'sandbox:nnnn app:oooo', 'own'],
    ['moves to and fro', 'nn', 'sandbox:nnnn app:nono', 'unknown'],
    ['leaves the node’s meanwhile', 'nn', 'sandbox:nnnn app:oooo', 'unknown'],
    [
      'has left the node’s but for a process that was not read',
      'no?',
      'sandbox:nnnn app:oooo,?---',
      'unknown',
    ],
  ] as const)('a hostNetwork container that %s', (_says, first, placed, expected) => {
    const view = held(placed);
    const look = { view: nodeView(firstOf(view, first), { node: NODE }), held: view };
    for (const own of [APP, PRIVILEGED]) {
      expect(probeEvidence('network', own, look, { ...all('own'), network: 'node' }).observed).toBe(expected);
    }
  });

  test('judge each namespace by itself: what changes its IPC namespace has not left the node’s network', () => {
    const view = held('sandbox:oooo app:nnnn,oooo');
    const changing = view.processes.map((process, index) =>
      index === 1
        ? {
            ...process,
            rounds: new Map(
              [...process.rounds].map(([round]) => [
                round,
                { net: [NODE.net], pid: OWN.pid, ipc: [4026540000 + round] },
              ]),
            ),
          }
        : process,
    );
    const look = {
      view: nodeView(firstOf(view, 'ono'), { node: NODE }),
      held: { ...view, processes: changing },
    };
    expect(probeEvidence('network', APP, look, all('own')).observed).toBe('node');
    expect(probeEvidence('pid', APP, look, all('own')).observed).toBe('own');
  });

  test('take a process that a slow runtime is still starting for no proof', () => {
    const view = held('sandbox:oooo app:oooo,ssss');
    const look = { view: nodeView(firstOf(view, 'oos'), { node: NODE }), held: view };
    for (const kind of namespaceKinds) {
      expect(probeEvidence(kind, APP, look, all('own')).observed).toBe('unknown');
    }
  });
});

describe('wherever the processes are', () => {
  const place = fc.constantFrom<Place>('node', 'own', 'nested', 'thread', 'hidden');
  const isInNode = (one: Place): boolean => one === 'node' || one === 'thread';
  const part = fc.array(place, { minLength: 1, maxLength: 5 });
  const side = fc.constantFrom<Side>('node', 'own');
  const kind = fc.constantFrom(...namespaceKinds);
  const view = (sandbox: readonly Place[], app: readonly Place[], log: readonly Place[]): NodeView =>
    nodeView(processes(`sandbox:${sandbox.join(',')} app:${app.join(',')} log:${log.join(',')}`));

  test('a Pod with a process in the node’s is never said to be outside where it should be', () => {
    fc.assert(
      fc.property(part, part, part, kind, (sandbox, app, log, which) => {
        fc.pre([sandbox, app, log].flat().some(isInNode));
        expect(seenOnce(which, BOTH, view(sandbox, app, log), 'own').observed).not.toBe('own');
      }),
    );
  });

  test('a Pod with a whole part outside is never said to be in the node’s where it should be', () => {
    fc.assert(
      fc.property(part, part, part, kind, (sandbox, app, log, which) => {
        fc.pre([sandbox, app, log].some((places) => !places.some(isInNode)));
        expect(seenOnce(which, BOTH, view(sandbox, app, log), 'node').observed).not.toBe('node');
      }),
    );
  });

  test('one part that is not as wanted is enough, and for all to be, each must be seen', () => {
    fc.assert(
      fc.property(part, part, part, kind, side, (sandbox, app, log, which, wanted) => {
        const { observed } = seenOnce(which, BOTH, view(sandbox, app, log), wanted);
        const seen = [sandbox, app, log].map((places) =>
          places.some(isInNode) ? 'node' : places.every((one) => one === 'hidden') ? 'unknown' : 'own',
        );
        // A sandbox in the node's may be a container that starts: it proves nothing where that is not wanted.
        const proven = seen.map((place, index) =>
          index === 0 && place === 'node' && wanted === 'own' ? 'unknown' : place,
        );
        const other = wanted === 'node' ? 'own' : 'node';
        const whole = proven.includes('unknown') ? 'unknown' : wanted;
        expect(observed).toBe(proven.includes(other) ? other : whole);
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
          expect(seenOnce(which, BOTH, crowded, wanted)).toEqual(seenOnce(which, BOTH, plain, wanted));
        },
      ),
    );
  });
});
