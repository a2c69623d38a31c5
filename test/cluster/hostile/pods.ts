import type { Random } from '../../fuzz/random.ts';
import * as scripts from './scripts.ts';

export type Kind = 'network' | 'pid' | 'ipc';
export const KINDS: readonly Kind[] = ['network', 'pid', 'ipc'];
export type Declared = Readonly<Record<Kind, boolean>>;

/**
 * What the verdicts on a Pod must be, beyond never being wrong and trusted:
 *
 * honest   a trusted match by --probe, and never a mismatch
 * steady   trusted and right by --probe, as nothing in it moves
 * evader   never a match by --probe, but it may be left undecided
 * mover    nothing more, as it is privileged
 * starting never a mismatch: it is honest, but may not have entered its namespaces yet
 */
export type Rule = 'honest' | 'steady' | 'evader' | 'mover' | 'starting';

export interface HostilePod {
  /** The row in the table of outcomes. */
  readonly kind: string;
  readonly rule: Rule;
  /** What was chosen at random of it. */
  readonly note: string;
  readonly name: string;
  readonly node: string;
  readonly declared: Declared;
  readonly manifest: object;
  /** Is added once the Pod runs. */
  readonly ephemeral: object | null;
}

interface Part {
  readonly program?: scripts.Program;
  readonly image?: string;
  readonly securityContext?: object;
  /** As of the annotation of the misreporting runtime. */
  readonly setting?: string;
  readonly role?: 'container' | 'sidecar' | 'ephemeral';
  readonly extra?: object;
}

interface Design {
  readonly kind: string;
  readonly rule: Rule;
  readonly note?: string;
  readonly declared: Declared;
  /** As of the annotation of the misreporting runtime. */
  readonly sandbox?: string;
  readonly parts: readonly Part[];
}

export interface Place {
  readonly namespace: string;
  readonly node: string;
}

const NOTHING: Declared = { network: false, pid: false, ipc: false };
const NETWORK: Declared = { ...NOTHING, network: true };
/** A user that nothing is granted. */
const UNPRIVILEGED = {
  runAsUser: 1000,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
};
/** Fails a Pod whose container has stalled, and starts processes in it. */
const LIVENESS = {
  livenessProbe: { exec: { command: ['/bin/true'] }, periodSeconds: 1, timeoutSeconds: 20 },
};

/** One Pod of each kind. */
export function hostilePods(random: Random, place: Place): readonly HostilePod[] {
  return [
    ...misplaced(random),
    ...privileged(random),
    ...evaders(),
    ...movers(random),
    ...honest(random),
  ].map((design) => podOf(random, place, design));
}

/** Pods that are what they declare, and that do nothing. */
export function plainPod(random: Random, place: Place, declared: Declared, kind: string): HostilePod {
  return podOf(random, place, { kind, rule: 'honest', declared, parts: [{}] });
}

/** @param place of the one container, by the misreporting runtime, and of the sandbox if it is given */
export function placedPod(
  random: Random,
  place: Place,
  {
    kind,
    declared,
    setting,
  }: { readonly kind: string; readonly declared: Declared; readonly setting: string },
): HostilePod {
  return podOf(random, place, { kind, rule: 'steady', declared, sandbox: setting, parts: [{ setting }] });
}

/** Honest, but its second container takes so many seconds from its cgroup to its namespaces. */
export function slowPod(random: Random, place: Place, declared: Declared, seconds: number): HostilePod {
  const slow: Part = { setting: `pause=${String(seconds)}`, role: 'ephemeral' };
  return podOf(random, place, { kind: 'starts slowly', rule: 'starting', declared, parts: [{}, slow] });
}

export function podRunning(
  random: Random,
  place: Place,
  design: Pick<Design, 'kind' | 'rule' | 'declared'> & {
    readonly program: scripts.Program;
    readonly securityContext: object;
    readonly setting?: string;
  },
): HostilePod {
  const { program, securityContext, setting, ...rest } = design;
  return podOf(random, place, {
    ...rest,
    parts: [{ program, securityContext, ...(setting === undefined ? {} : { setting }) }],
  });
}

/** A part is elsewhere than declared in one namespace or more, by a misreporting runtime. */
function misplaced(random: Random): readonly Design[] {
  const design = (kind: string, parts: (misplacing: Part) => readonly Part[]): Design => {
    const declared = randomlyDeclared(random);
    return { kind, rule: 'steady', declared, parts: parts({ setting: misplacement(random, declared) }) };
  };
  const sandboxDeclares = randomlyDeclared(random);
  const chosen = someKinds(random);
  return [
    design('misplaced: the only container', (one) => [one]),
    design('misplaced: one container of three', (one) => shuffled(random, [one, {}, {}])),
    design('misplaced: a sidecar', (one) => [{ ...one, role: 'sidecar' }, {}]),
    design('misplaced: an ephemeral container', (one) => [{}, { ...one, role: 'ephemeral' }]),
    {
      kind: 'misplaced: the sandbox alone',
      // A sandbox has no name in the API: it may also be a container that is about to start.
      rule: 'evader',
      declared: sandboxDeclares,
      sandbox: settingOf(chosen, (kind) => !sandboxDeclares[kind]),
      // Or the container would join what the sandbox has.
      parts: [{ setting: settingOf(chosen, (kind) => sandboxDeclares[kind]) }],
    },
  ];
}

function privileged(random: Random): readonly Design[] {
  const flags = random.pick([['-n'], ['-i'], ['-n', '-i']]);
  const admin = { capabilities: { add: ['SYS_ADMIN'] } };
  return [
    {
      kind: 'nsenter into the node',
      rule: 'steady',
      declared: { ...NOTHING, pid: true },
      parts: [{ program: scripts.enters(flags), securityContext: { privileged: true } }],
    },
    {
      kind: 'unshare by CAP_SYS_ADMIN',
      rule: 'steady',
      declared: NETWORK,
      parts: [{ program: scripts.unshares(['-n']), securityContext: admin }],
    },
    {
      kind: 'unshare by a user namespace',
      rule: 'evader',
      declared: NETWORK,
      parts: [{ program: scripts.unshares(['-r', '-n']), securityContext: UNPRIVILEGED }],
    },
  ];
}

/** Without any privilege, in the node's network by a misreporting runtime. */
function evaders(): readonly Design[] {
  const design = (kind: string, program: scripts.Program): Design => ({
    kind: `evader: ${kind}`,
    rule: 'evader',
    declared: NOTHING,
    parts: [{ program, securityContext: UNPRIVILEGED, setting: 'network=node' }],
  });
  return [
    design('changes its IPC', scripts.changesIpc()),
    design('short-lived processes', scripts.chain()),
    design('a thread that stays', scripts.threadStays()),
    design('no first thread', scripts.leaderless()),
  ];
}

function movers(random: Random): readonly Design[] {
  const design = (kind: string, declared: Declared, setting: object): Design => {
    const period = 20 + random.below(481);
    const here = Math.round((period * (10 + random.below(81))) / 100);
    const program = scripts.mover(here, period - here);
    const securityContext = { capabilities: { add: ['SYS_ADMIN'] } };
    const note = `${String(here)} of ${String(period)} ms in its first network`;
    return { kind, rule: 'mover', note, declared, parts: [{ program, securityContext, ...setting }] };
  };
  return [
    ...[1, 2].flatMap(() => [
      design('mover, declared', NETWORK, {}),
      design('mover, misplaced', NOTHING, { setting: 'network=node' }),
    ]),
    {
      kind: 'follower of the counters',
      rule: 'steady',
      declared: { ...NETWORK, pid: true },
      sandbox: 'network=own',
      parts: [{ program: scripts.follower(), securityContext: { capabilities: { add: ['NET_ADMIN'] } } }],
    },
  ];
}

function honest(random: Random): readonly Design[] {
  const design = (kind: string, program: scripts.Program): Design => ({
    kind: `honest: ${kind}`,
    rule: 'honest',
    declared: randomlyDeclared(random),
    parts: [{ program, securityContext: random.pick([UNPRIVILEGED, {}]), extra: LIVENESS }],
  });
  return [
    design('500 processes', scripts.manyProcesses(500)),
    design('short-lived processes', scripts.shortLived(100)),
    design('zombies', scripts.zombies(100)),
    design('threads', scripts.manyThreads(200)),
  ];
}

function randomlyDeclared(random: Random): Declared {
  return { network: random.once(2), pid: random.once(2), ipc: random.once(2) };
}

/** One kind of namespace or more. */
function someKinds(random: Random): readonly Kind[] {
  const chosen = KINDS.filter(() => random.once(2));
  return chosen.length > 0 ? chosen : [random.pick(KINDS)];
}

function misplacement(random: Random, declared: Declared): string {
  return settingOf(someKinds(random), (kind) => !declared[kind]);
}

function settingOf(kinds: readonly Kind[], isInNode: (kind: Kind) => boolean): string {
  return kinds.map((kind) => `${kind}=${isInNode(kind) ? 'node' : 'own'}`).join(',');
}

function shuffled<T>(random: Random, items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function podOf(random: Random, { namespace, node }: Place, design: Design): HostilePod {
  const { kind, rule, note = '', declared, sandbox, parts } = design;
  const word = (): string => random.next().toString(36);
  const name = `pod-${word()}`;
  const named = parts.map((part) => ({ ...part, name: `c-${word()}` }));
  const containers = (role: Part['role']): readonly object[] =>
    named.filter((part) => (part.role ?? 'container') === role).map(containerOf);
  const annotations = Object.fromEntries([
    ...(sandbox === undefined ? [] : [['misreporting.test/sandbox', sandbox]]),
    ...named.flatMap(({ name: of, setting }) =>
      setting === undefined ? [] : [[`container.misreporting.test/${of}`, setting]],
    ),
  ]) as Record<string, string>;
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, annotations, labels: { kind: kind.replaceAll(/[^a-z0-9]+/gi, '-') } },
    spec: {
      nodeName: node,
      hostNetwork: declared.network,
      hostPID: declared.pid,
      hostIPC: declared.ipc,
      terminationGracePeriodSeconds: 0,
      ...(Object.keys(annotations).length > 0 ? { runtimeClassName: 'misreporting' } : {}),
      initContainers: containers('sidecar').map((one) => ({ ...one, restartPolicy: 'Always' })),
      containers: containers('container'),
    },
  };
  return {
    kind,
    rule,
    note: [note, ...Object.values(annotations)].filter((word) => word !== '').join('; '),
    name,
    node,
    declared,
    manifest,
    ephemeral: containers('ephemeral')[0] ?? null,
  };
}

function containerOf({ name, program, securityContext, extra }: Part & { readonly name: string }): object {
  return {
    name,
    image: 'e2e.local/hostile:1',
    imagePullPolicy: 'Never',
    ...(program ?? scripts.sleeps()),
    ...(securityContext === undefined ? {} : { securityContext }),
    ...extra,
  };
}
