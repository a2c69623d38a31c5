import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { HeldProcess, HeldView } from '../../src/inspection/held-view.ts';
import type { NodeView, PodProcess, ProcessNamespaces } from '../../src/inspection/node-view.ts';
import type { Side } from '../../src/model/declared.ts';
import { type ContainerStatus, NO_SECURITY, type Pod } from '../../src/model/pod.ts';
import { type NamespaceKind, namespaceKinds } from '../../src/model/sharing.ts';
import { namespaceText } from '../../src/verdict/namespace-text.ts';
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

type Place = 'host' | 'own' | 'nested' | 'thread' | 'hidden';
const PLACES: Readonly<Record<Place, ProcessNamespaces>> = {
  host: { net: [NODE.net], pid: [NODE.pid], ipc: [NODE.ipc] },
  own: OWN,
  // Namespaces that a container created for itself: neither the node's nor the Pod's.
  nested: { net: [4026533001], pid: [4026533002], ipc: [4026533003] },
  // A process with one thread in the node's namespaces.
  thread: { net: [...OWN.net, NODE.net], pid: [...OWN.pid, NODE.pid], ipc: [...OWN.ipc, NODE.ipc] },
  hidden: { net: [], pid: [], ipc: [] },
};

/** Wants the same side of each namespace. */
const all = (side: Side): Readonly<Record<NamespaceKind, Side>> => ({ network: side, pid: side, ipc: side });
/** Evidence from one reading of the node. */
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

/** Builds processes from `sandbox:own app:host,own`. `conmon` is a process of the Pod outside all of its parts. */
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
  /** With NS for the namespace: "network namespace (net:[…])". */
  readonly detail: string;
}

interface Case {
  readonly title: string;
  readonly pod?: Pod;
  readonly placed: string;
  readonly view?: Partial<NodeView>;
  /** Evidence, or the evidence for each wanted side: a part that is not as wanted decides. */
  readonly found: Finding | Readonly<Record<Side, Finding>>;
  /** Evidence about the PID namespace, if it differs. */
  readonly pid?: Partial<Readonly<Record<Side, Finding>>>;
}

const found = (observed: Observed, detail: string): Finding => ({ observed, detail });
const mixed = (detail: string): Readonly<Record<Side, Finding>> => ({
  host: found('own', detail),
  own: found('host', detail),
});
const NO_CONTAINER = found('unknown', 'no container of the Pod is running');
const NO_APP = found('unknown', 'the probe Pod found no process of the container app on the node');
const NO_POD = found('unknown', 'the probe Pod found no process of the Pod on the node');
const NO_NODE = found('unknown', "the probe Pod has no access to the node's namespaces");
const SANDBOX_IN = found('host', "the sandbox is in the node's NS");
const SANDBOX_OUT = found('own', "the sandbox is not in the node's NS");
const BOTH_OUT = found('own', "the sandbox and the container app are not in the node's NS");
const STARTING = found(
  'unknown',
  "the sandbox is in the node's NS, but so is every container for a moment while it starts",
);

const CASES: readonly Case[] = [
  {
    title: 'all processes in the node’s',
    placed: 'sandbox:host app:host,host',
    found: {
      host: found('host', "the sandbox and the container app are in the node's NS"),
      own: found('host', "the container app is in the node's NS"),
    },
  },
  { title: 'no process in the node’s', placed: 'sandbox:own app:own,own', found: BOTH_OUT },
  {
    title: 'no process in the node’s, with the sandbox listed last',
    placed: 'app:own sandbox:own',
    found: BOTH_OUT,
  },
  {
    title: 'the sandbox in the node’s, the container not',
    placed: 'sandbox:host app:own',
    found: {
      host: found('own', "the sandbox is in the node's NS, the container app is not"),
      own: STARTING,
    },
  },
  {
    title: 'the container in the node’s, the sandbox not',
    placed: 'sandbox:own app:host',
    found: mixed("the container app is in the node's NS, the sandbox is not"),
  },
  {
    title: 'one of two containers in the node’s',
    pod: BOTH,
    placed: 'sandbox:own app:own log:host',
    found: mixed("the container log is in the node's NS, the sandbox and the container app are not"),
  },
  {
    title: 'one of two containers not in the node’s',
    pod: BOTH,
    placed: 'sandbox:host app:host log:own',
    found: {
      host: found('own', "the sandbox and the container app are in the node's NS, the container log is not"),
      own: found('host', "the container app is in the node's NS, the container log is not"),
    },
  },
  {
    title: 'a runtime without sandbox processes, the container in the node’s',
    pod: BOTH,
    placed: 'app:host log:host',
    found: found('host', "the container app and the container log are in the node's NS"),
  },
  {
    title: 'a runtime without sandbox processes, the container not in the node’s',
    placed: 'app:own',
    found: found('own', "the container app is not in the node's NS"),
  },
  {
    title: 'one process of a container in the node’s (setns)',
    placed: 'sandbox:own app:own,own,host',
    found: mixed("the container app is in the node's NS, the sandbox is not"),
  },
  {
    title: 'one thread of a container in the node’s',
    placed: 'sandbox:own app:own,thread',
    found: mixed("the container app is in the node's NS, the sandbox is not"),
  },
  {
    title: 'one process in the node’s, without a sandbox process',
    placed: 'app:own,own,host',
    found: found('host', "1 of the 3 processes of the container app is in the node's NS"),
  },
  {
    title: 'Docker in the node’s, with nested containers that are not',
    placed: 'app:host,host,nested,nested,nested',
    found: found('host', "2 of the 5 processes of the container app are in the node's NS"),
  },
  {
    title: 'Docker not in the node’s, with nested containers',
    placed: 'sandbox:own app:own,nested',
    found: BOTH_OUT,
  },
  {
    title: 'some processes without readable namespaces',
    placed: 'sandbox:own,hidden app:hidden,own',
    found: BOTH_OUT,
  },
  {
    title: 'conmon in the Pod’s cgroup and in the node’s',
    placed: 'conmon:host sandbox:own app:own',
    found: BOTH_OUT,
  },
  { title: 'no process except conmon', placed: 'conmon:host', found: NO_POD },
  { title: 'no process', placed: '', found: NO_POD },
  {
    title: 'a running container without a process (a virtual machine), the sandbox in the node’s',
    placed: 'sandbox:host',
    found: { host: NO_APP, own: STARTING },
  },
  {
    title: 'a running container without a process (a virtual machine), the sandbox not in the node’s',
    placed: 'sandbox:own',
    found: { host: SANDBOX_OUT, own: NO_APP },
  },
  {
    title: 'one of two running containers without a process',
    pod: BOTH,
    placed: 'sandbox:own log:own',
    found: {
      host: found('own', "the sandbox and the container log are not in the node's NS"),
      own: NO_APP,
    },
  },
  {
    title: 'the sandbox in the node’s, the container waiting',
    pod: WAITING,
    placed: 'sandbox:host',
    found: { host: SANDBOX_IN, own: STARTING },
    pid: { host: NO_CONTAINER },
  },
  {
    title: 'the sandbox not in the node’s, the container terminated',
    pod: ENDED,
    placed: 'sandbox:own',
    found: SANDBOX_OUT,
    pid: { own: NO_CONTAINER },
  },
  {
    title: 'a restarted container whose new ID the API does not list yet',
    placed: 'sandbox:own new:own',
    found: {
      host: found('own', "the sandbox or a starting container is not in the node's NS"),
      own: NO_APP,
    },
  },
  {
    title: 'a starting container that is still in the node’s',
    pod: WAITING,
    placed: 'sandbox:own new:host',
    found: {
      host: found(
        'own',
        "the sandbox or a starting container is in the node's NS, the sandbox or a starting container is not",
      ),
      own: found(
        'unknown',
        "the sandbox or a starting container is in the node's NS, but so is every container for a moment while it starts",
      ),
    },
  },
  {
    title: 'a starting container whose ID the API lists already',
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
    placed: 'sandbox:own app:host',
    found: {
      host: found('own', "the container app is in the node's NS, the sandbox is not"),
      own: found(
        'unknown',
        "the container app is in the node's NS, but so is every container for a moment while it starts",
      ),
    },
  },
  {
    title: 'a probe Pod without access to the node’s namespaces',
    placed: 'sandbox:host app:host',
    view: { node: null },
    found: NO_NODE,
  },
  {
    title: 'a probe Pod that cannot read the node’s namespaces',
    placed: 'sandbox:host app:host',
    view: { node: { net: null, pid: null, ipc: null } },
    found: NO_NODE,
  },
  {
    title: 'a container whose namespaces the probe Pod cannot read',
    placed: 'sandbox:own app:hidden,hidden',
    found: {
      host: SANDBOX_OUT,
      own: found('unknown', 'the probe Pod could not read the namespaces of the container app'),
    },
  },
  {
    title: 'a Pod whose namespaces the probe Pod cannot read',
    placed: 'sandbox:hidden app:hidden',
    found: found('unknown', 'the probe Pod could not read the namespaces of the sandbox'),
  },
];

describe('evidence from one reading of the probe Pod', () => {
  describe.each(namespaceKinds)('about the %s namespace', (kind) => {
    const name = LINUX_NAME[kind];
    describe.each(['host', 'own'] as const)('with %s wanted', (wanted) => {
      test.each(CASES)('$title', ({ pod: own = APP, placed, view = {}, found: findings, pid }) => {
        const ofAll = 'observed' in findings ? findings : findings[wanted];
        const finding = kind === 'pid' ? (pid?.[wanted] ?? ofAll) : ofAll;
        expect(seenOnce(kind, own, nodeView(processes(placed), view), wanted)).toEqual({
          source: 'probe',
          trust: 'trusted',
          scope: 'pod',
          observed: finding.observed,
          detail: finding.detail.replace('NS', namespaceText(name, NODE[name])),
        });
      });
    });
  });

  test('is independent for each namespace of a process', () => {
    const namespaces: ProcessNamespaces = { net: [NODE.net], pid: OWN.pid, ipc: [] };
    const view = nodeView(processes('sandbox:own app:own').map((process) => ({ ...process, namespaces })));
    expect(namespaceKinds.map((kind) => seenOnce(kind, APP, view, 'own').observed)).toEqual([
      'host',
      'own',
      'unknown',
    ]);
  });

  test('is independent for each namespace of the node', () => {
    const view = nodeView(processes('sandbox:own app:own'), { node: { ...NODE, net: null } });
    expect(namespaceKinds.map((kind) => seenOnce(kind, APP, view, 'own').observed)).toEqual([
      'unknown',
      'own',
      'own',
    ]);
  });

  test('names at most four containers', () => {
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
        namespaces: PLACES.host,
      }));
    expect(seenOnce('network', many, nodeView(of(names)), 'host').detail).toBe(
      `the container c0, the container c1, the container c2, the container c3 and 5 more are in the node's network namespace (net:[${String(NODE.net)}])`,
    );
    expect(seenOnce('network', many, nodeView(of(names.slice(0, 3))), 'host').detail).toBe(
      'the probe Pod found no process of the container c3, the container c4, the container c5, the container c6 and 2 more on the node',
    );
  });
});

/** Number of process lists, and number of readings of each list. */
const ROUNDS = 4;
const READINGS = 4;

/**
 * Builds readings from `app:nnnn,o-oo`, one letter for each process list. n: in the node's network and IPC namespace,
 * o: in its own, ?: unread, -: not listed, s: in all of the node's namespaces because the runtime is starting it.
 */
function held(placed: string): HeldView {
  let pid = 100;
  const places: Readonly<Record<string, ProcessNamespaces>> = {
    n: { net: [NODE.net], pid: OWN.pid, ipc: [NODE.ipc] },
    o: OWN,
    '?': PLACES.hidden,
    s: PLACES.host,
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

/** Builds the first reading from one letter for each process. */
const firstOf = (view: HeldView, first: string): readonly PodProcess[] =>
  view.processes.map(({ pid, podUid, container: id }, index) => {
    const place = first.charAt(index);
    const namespaces = {
      n: { net: [NODE.net], pid: OWN.pid, ipc: [NODE.ipc] },
      s: PLACES.host,
      '?': PLACES.hidden,
    }[place];
    return { pid, podUid, container: id, namespaces: namespaces ?? OWN };
  });

describe('evidence from many readings of the probe Pod', () => {
  const PRIVILEGED = pod({
    spec: { containers: [container('app', { security: { ...NO_SECURITY, privileged: true } })] },
    status: APP.status,
  });
  const MOVED = 'processes that moved';
  const UNREAD = 'ended before their namespaces could be read';

  test.each([
    // Processes that do not move.
    ['a container that stays in its own network', 'oo', 'sandbox:oooo app:oooo', 'own', 'own'],
    ['a container that stays in the node’s network', 'on', 'sandbox:oooo app:nnnn', 'host', 'host'],
    [
      'a container in the node’s network with short-lived processes',
      'onn',
      'sandbox:oooo app:nn--,--nn',
      'host',
      'host',
    ],
    // Processes that move.
    ['a process that moves back and forth', 'oo', 'sandbox:oooo app:nono', MOVED, 'own'],
    [
      'a process that left the node’s network after the first reading',
      'on',
      'sandbox:oooo app:oooo',
      MOVED,
      'own',
    ],
    [
      'a process that entered the node’s network after the first reading',
      'oo',
      'sandbox:oooo app:nnnn',
      MOVED,
      MOVED,
    ],
    ['a process that does not move and one that does', 'ooo', 'sandbox:oooo app:oooo,onoo', MOVED, 'own'],
    // Short-lived processes.
    [
      'processes that end before they are read',
      'oo???',
      'sandbox:oooo app:oooo,?---,-?--,--??',
      UNREAD,
      'own',
    ],
    [
      'short-lived processes that are mostly read',
      'ooo?o',
      'sandbox:oooo app:oooo,o---,-?--,--oo',
      'own',
      'own',
    ],
    ['a long-lived process that cannot be read', 'oo?', 'sandbox:oooo app:oooo,????', UNREAD, 'own'],
    // Processes that the runtime starts.
    ['a process that an exec starts in the container', 'oos', 'sandbox:oooo app:oooo,s---', 'own', 'own'],
    ['an exec that ends its start during the readings', 'ooo', 'sandbox:oooo app:oooo,-so-', 'own', 'own'],
  ] as const)('%s', (_title, first, placed, ofPrivileged, ofOther) => {
    const view = held(placed);
    for (const [own, expected] of [
      [PRIVILEGED, ofPrivileged],
      [APP, ofOther],
    ] as const) {
      const readings = { view: nodeView(firstOf(view, first), { node: NODE }), held: view };
      const { observed, detail } = probeEvidence('network', own, readings, all('own'));
      expect([observed, detail]).toEqual(
        expected === 'own' || expected === 'host'
          ? [expected, expect.any(String)]
          : ['unknown', expect.stringContaining(expected)],
      );
    }
  });

  test.each([
    ['stays in the node’s network', 'nn', 'sandbox:nnnn app:nnnn', 'host'],
    ['has processes in and outside the node’s network', 'nno', 'sandbox:nnnn app:nnnn,oooo', 'host'],
    ['left the node’s network before the first reading', 'no', 'sandbox:nnnn app:oooo', 'own'],
    ['moves back and forth', 'nn', 'sandbox:nnnn app:nono', 'unknown'],
    ['leaves the node’s network after the first reading', 'nn', 'sandbox:nnnn app:oooo', 'unknown'],
    [
      'left the node’s network, with one process that was not read',
      'no?',
      'sandbox:nnnn app:oooo,?---',
      'unknown',
    ],
  ] as const)('a hostNetwork container that %s', (_title, first, placed, expected) => {
    const view = held(placed);
    const readings = { view: nodeView(firstOf(view, first), { node: NODE }), held: view };
    for (const own of [APP, PRIVILEGED]) {
      expect(probeEvidence('network', own, readings, { ...all('own'), network: 'host' }).observed).toBe(
        expected,
      );
    }
  });

  test('a process that changes its IPC namespace has not left the node’s network', () => {
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
    const readings = {
      view: nodeView(firstOf(view, 'ono'), { node: NODE }),
      held: { ...view, processes: changing },
    };
    expect(probeEvidence('network', APP, readings, all('own')).observed).toBe('host');
    expect(probeEvidence('pid', APP, readings, all('own')).observed).toBe('own');
  });

  test('a process that a slow runtime is still starting proves nothing', () => {
    const view = held('sandbox:oooo app:oooo,ssss');
    const readings = { view: nodeView(firstOf(view, 'oos'), { node: NODE }), held: view };
    for (const kind of namespaceKinds) {
      expect(probeEvidence(kind, APP, readings, all('own')).observed).toBe('unknown');
    }
  });
});

describe('evidence for any placement of the processes', () => {
  const place = fc.constantFrom<Place>('host', 'own', 'nested', 'thread', 'hidden');
  const isInNode = (one: Place): boolean => one === 'host' || one === 'thread';
  const part = fc.array(place, { minLength: 1, maxLength: 5 });
  const side = fc.constantFrom<Side>('host', 'own');
  const kind = fc.constantFrom(...namespaceKinds);
  const view = (sandbox: readonly Place[], app: readonly Place[], log: readonly Place[]): NodeView =>
    nodeView(processes(`sandbox:${sandbox.join(',')} app:${app.join(',')} log:${log.join(',')}`));

  test('a Pod with a process in the node’s never matches its own namespace', () => {
    fc.assert(
      fc.property(part, part, part, kind, (sandbox, app, log, which) => {
        fc.pre([sandbox, app, log].flat().some(isInNode));
        expect(seenOnce(which, BOTH, view(sandbox, app, log), 'own').observed).not.toBe('own');
      }),
    );
  });

  test('a Pod with a part outside the node’s never matches the node’s namespace', () => {
    fc.assert(
      fc.property(part, part, part, kind, (sandbox, app, log, which) => {
        fc.pre([sandbox, app, log].some((places) => !places.some(isInNode)));
        expect(seenOnce(which, BOTH, view(sandbox, app, log), 'host').observed).not.toBe('host');
      }),
    );
  });

  test('one part that is not as wanted decides, and a match needs all parts', () => {
    fc.assert(
      fc.property(part, part, part, kind, side, (sandbox, app, log, which, wanted) => {
        const { observed } = seenOnce(which, BOTH, view(sandbox, app, log), wanted);
        const seen = [sandbox, app, log].map((places) =>
          places.some(isInNode) ? 'host' : places.every((one) => one === 'hidden') ? 'unknown' : 'own',
        );
        // A sandbox in the node's may be a starting container, so it does not prove a mismatch.
        const proven = seen.map((place, index) =>
          index === 0 && place === 'host' && wanted === 'own' ? 'unknown' : place,
        );
        const other = wanted === 'host' ? 'own' : 'host';
        const whole = proven.includes('unknown') ? 'unknown' : wanted;
        expect(observed).toBe(proven.includes(other) ? other : whole);
      }),
      { numRuns: 500 },
    );
  });

  test('processes of other Pods and processes outside all containers are ignored', () => {
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
