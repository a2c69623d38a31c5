import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { mapInOrder } from '../../src/commands/shared/map-in-order.ts';
import { parseKubeconfig } from '../../src/kube/config/kubeconfig.ts';
import { kubeconfig } from '../api-server/kubeconfig.ts';
import {
  adminKubeconfig,
  apply,
  ask,
  createNamespace,
  describeOnOwnCluster,
  eventually,
  kubectl,
  hostns,
  lines,
  PROBE,
  probes,
  randomName,
  removeNamespace,
  type Result,
  type Running,
  startKubectl,
} from './cluster.ts';
import {
  type ClusterRole,
  documentedRoles,
  nameOf,
  rbacFolder,
  type Right,
  rightsOfRequest,
  rightsOfRole,
  ruleOf,
  type Scope,
} from './rights.ts';
import { startTappingProxy } from './tapping-proxy.ts';

/** One way of use: a command line, and by which files of docs/rbac somebody may type it. */
interface Way {
  readonly uses: readonly string[];
  readonly words: readonly string[];
  /** Where the first role is bound in the whole cluster. */
  readonly isEverywhere?: boolean;
  /** With more nodes than are read at once. */
  readonly hasManyNodes?: boolean;
  /** What it ends with and what it says, with all rights; by default 0 and nothing. */
  readonly code?: number;
  readonly stderr?: RegExp;
}

/** Page that HOSTNS_RECORD=1 writes again. */
const MISSING_PERMISSIONS = join(import.meta.dirname, '../../docs/generated/missing-permissions.md');

/** What takes a right away does not change by the name of the namespace. */
const [namespace, probeNamespace] = [randomName('rights'), randomName('rights-probe')];
const IMAGE = 'e2e.local/busybox:1';
const KINDS = ['deployment', 'daemonset', 'statefulset', 'replicaset', 'replicationcontroller', 'job'];
const WITH_PROBE = [...PROBE, '--probe-namespace', probeNamespace];

function way(use: string, line: string, more: Partial<Way> = {}): Way {
  return { uses: use.split(' + '), words: line.split(' '), ...more };
}

const everywhere = { isEverywhere: true };
const hasManyNodes = { hasManyNodes: true };
const noSuchNode = {
  code: 3,
  stderr:
    /^error: There is no node "no-such-node" in the cluster; `kubectl get nodes` names those that there are\.\n$/,
};
const interrupted = { code: 130 };
/** What is not as expected is read again, for it may have changed. */
const surprising = { code: 1 };
/** PID and IPC are seen from inside alone. */
const unproved = { code: 2 };
const ways: readonly Way[] = [
  { uses: [], words: ['version'] },
  { uses: [], words: ['version', '--client'] },
  { uses: [], words: ['completion'], stderr: /^To install it/ },
  { uses: [], words: ['list', '-f', join(import.meta.dirname, 'pods.yaml')] },
  way('list', 'list'),
  way('list', 'list -A', everywhere),
  way('list-watch', 'list --watch', interrupted),
  way('list-watch', 'list -A --watch', { ...everywhere, ...interrupted }),
  way('list-node', 'list --node kube-node-1'),
  way('list-node', 'list --node no-such-node', noSuchNode),
  way('verify', 'verify web'),
  way('verify', 'verify web', hasManyNodes),
  way('verify', 'verify web --reach'),
  way('verify-no-exec', 'verify web --no-exec', unproved),
  way('verify-no-exec', 'verify web --no-exec', { ...hasManyNodes, ...unproved }),
  ...KINDS.map((kind) => way('verify + selected', `verify ${kind}/${kind}`)),
  way('verify + selected', 'verify -l app=web'),
  way('verify + selected', 'verify -l app=web', hasManyNodes),
  way('verify-no-exec + selected', 'verify deployment/deployment --no-exec', unproved),
  way('verify-no-exec + selected', 'verify -l app=web --no-exec', unproved),
  way('verify-all', 'verify --all'),
  way('verify-all', `verify --all -A -l test=${namespace}`, everywhere),
  way('verify-all', 'verify --all --node no-such-node', noSuchNode),
  way('verify-all-no-exec', 'verify --all --no-exec'),
  way('verify-all-no-exec', 'verify --all --no-exec --node no-such-node', noSuchNode),
  way('verify-all-no-exec + probe', `verify --all ${WITH_PROBE.join(' ')}`),
  way('verify-all-no-exec + probe', `verify --all --expect network=own ${WITH_PROBE.join(' ')}`, surprising),
  way('verify-probe + probe', `verify web ${WITH_PROBE.join(' ')}`),
  way('verify-probe + probe', `verify web ${WITH_PROBE.join(' ')} --dry-run=server`),
  way('verify-probe + probe + selected', `verify deployment/deployment ${WITH_PROBE.join(' ')}`),
  way('verify-probe + probe + selected', `verify -l app=web ${WITH_PROBE.join(' ')}`),
  way('ifconfig', 'ifconfig web'),
  way('ifconfig + selected', 'ifconfig deployment/deployment'),
  way('ifconfig-probe + probe', `ifconfig web ${WITH_PROBE.join(' ')}`),
  way('ifconfig-probe + probe + selected', `ifconfig deployment/deployment ${WITH_PROBE.join(' ')}`),
  way('completion', '__complete verify w'),
  way('completion', '__complete verify web -c w'),
  way('completion', '__complete list --node kube'),
  way('completion', `__complete list -n ${namespace}`),
  ...KINDS.flatMap((kind) => [
    way('completion', `__complete verify ${kind}/`),
    way('completion', `__complete verify ${kind}/${kind} -c w`),
  ]),
];

/** Somebody with a service account. */
interface User {
  readonly name: string;
  readonly rights: readonly Right[];
  readonly isEverywhere: boolean;
}

/** What became of a way of use without some right. */
interface Outcome {
  readonly way: Way;
  readonly missing: readonly Right[];
  readonly user: User;
  readonly answer: Result;
  /** What it does with all rights. */
  readonly usual: Result;
}

/** How many commands run at a time. */
const AT_A_TIME = 4;
/** Milliseconds; none takes as long. */
const LONGEST = 120_000;
/** How often a command is run at most whose answer the kubelet's samples have left open. */
const ATTEMPTS = 8;
/** Milliseconds. */
const BETWEEN_ATTEMPTS = 3000;

const ours = describeOnOwnCluster(
  'the rights of each way of use, for they are tried with Pods and nodes of ours.',
);
ours('the rights that docs/rbac gives', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'hostns-rights-'));
  const users = new Map<string, User>();
  const tokens = new Map<string, string>();
  /** By the files of docs/rbac. */
  const used = new Map<string, Set<string>>();
  const outcomes: Outcome[] = [];
  const refused = new Set<string>();
  let forEverybody: ReadonlySet<string>;

  beforeAll(async () => {
    await createNamespace(namespace);
    await createNamespace(probeNamespace);
    apply(...subjects());
    ask('apply', '-f', rbacFolder);
    const objects: object[] = [];
    for (const one of ways) {
      const given = givenTo(one);
      for (const missing of [[], ...given.map((right) => [right]), ...togetherOf(one)]) {
        const name = userOf(one, missing);
        if (users.has(name)) continue;
        const user = { name, rights: without(given, missing), isEverywhere: one.isEverywhere ?? false };
        users.set(name, user);
        // Who has all of them has them by the very files.
        const roles = missing.length === 0 ? bindingsOf(one, user) : rolesOf(user);
        objects.push(...accountOf(user), ...roles);
      }
    }
    apply(...objects);
    await knowsAll();
    await eventually('they have tokens', () => {
      const line = '{.metadata.name} {.data.token}{"\\n"}';
      const each = `jsonpath={range .items[*]}${line}{end}`;
      for (const secret of lines(ask('get', 'secrets', '-n', namespace, '-o', each))) {
        const [name = '', token = ''] = secret.split(' ');
        if (token !== '') tokens.set(name, Buffer.from(token, 'base64').toString());
      }
      return [...users.keys()].every((name) => tokens.has(name));
    });
    forEverybody = rightsOfEverybody();
    await eventually(
      'the kubelets have sampled all Pods',
      () => hostns('verify', '--all', '--no-exec', '-n', namespace).code === 0,
    );
  }, 600_000);

  afterAll(async () => {
    const ofCluster = ['clusterrolebinding,clusterrole', '-l', `test=${namespace}`];
    const left: string[] = [];
    try {
      rmSync(scratch, { recursive: true, force: true });
      left.push(...probes('-n', probeNamespace));
      ask('delete', ...ofCluster);
      ask('delete', '-f', rbacFolder, '--ignore-not-found');
      left.push(...lines(ask('get', ...ofCluster, '-o', 'name')));
    } finally {
      try {
        await removeNamespace(probeNamespace);
      } finally {
        await removeNamespace(namespace);
      }
    }
    expect(left).toEqual([]);
  }, 600_000);

  test.each(ways.map((one, index) => [lineOf(one), index, one] as const))(
    'are enough for %s (%#), and without each it is said which',
    async (_, _index, one) => {
      const { answer: usual, rights } = await observe(one, []);
      expect(usual).toMatchObject({
        code: one.code ?? 0,
        stderr: expect.stringMatching(one.stderr ?? /^$/),
      });
      const given = givenTo(one);
      expect(given.map(nameOf)).toEqual(expect.arrayContaining(rights.map(nameOf)));
      for (const use of one.uses) {
        const own = new Set(givenTo({ ...one, uses: [use] }).map(nameOf));
        const names = rights.map(nameOf).filter((name) => own.has(name));
        used.set(use, new Set([...(used.get(use) ?? []), ...names]));
      }
      const without = mapInOrder(
        [...rights.map((right) => [right]), ...togetherOf(one)],
        AT_A_TIME,
        async (missing) => {
          const { answer } = await observe(one, missing);
          const outcome = { way: one, missing, user: userNamed(userOf(one, missing)), answer, usual };
          await checkWhatIsSaid(outcome);
          return outcome;
        },
      );
      for await (const outcome of without) outcomes.push(outcome);
    },
  );

  test.each([...documentedRoles.keys()])('%s.yaml gives no right that nothing uses', (use) => {
    const given = givenTo({ uses: [use], words: [] }).map(nameOf);
    expect([...(used.get(use) ?? [])].sort()).toEqual(given.sort());
  });

  test('the commands that are proposed say yes once the right is given back', async () => {
    const back = new Map(
      outcomes.map(({ user, missing }) => [user.name, { ...user, rights: missing }] as const),
    );
    apply(...[...back.values()].flatMap((user) => rolesOf(user, 'back')));
    await knowsAll();
    const checks = new Map(
      outcomes.flatMap(({ user, missing, answer }) =>
        checksOf(answer)
          .filter((check) => missing.some((right) => isOf(check, right)))
          .map((check) => [[user.name, ...check].join(' '), { check, user }] as const),
      ),
    );
    const asked = mapInOrder([...checks], AT_A_TIME, async ([key, { check, user }]) => [
      key,
      await can(check, user),
    ]);
    for await (const [key, answer] of asked) expect([key, answer]).toEqual([key, 'yes']);
    expect(checks.size).toBeGreaterThan(50);
  }, 600_000);

  test('docs/generated/missing-permissions.md has the output without each permission', () => {
    const rows = [...new Set(outcomes.flatMap(rowOf))];
    const table = ['| command | without | exit code | output |', '| --- | --- | --- | --- |', ...rows];
    const page = readFileSync(MISSING_PERMISSIONS, 'utf8');
    if (process.env['HOSTNS_RECORD'] === '1') {
      writeFileSync(
        MISSING_PERMISSIONS,
        page.replace(/^\|(?:.*\n)*/m, () => `${table.join('\n')}\n`),
      );
      return;
    }
    const shown = lines(page).filter((line) => line.startsWith('|'));
    // Requests that are sent at the same time arrive in any order.
    const isShown = isDeepStrictEqual(shown.map(plain).sort(), table.map(plain).sort());
    if (!isShown) process.stderr.write(`The table should be:\n\n${table.join('\n')}\n`);
    expect(isShown).toBe(true);
  });

  /** Either the right is named, and the command that checks it is right; or there is nothing to miss. */
  async function checkWhatIsSaid({ way: one, missing, user, answer, usual }: Outcome): Promise<void> {
    const said = { line: lineOf(one), missing: missing.map(nameOf), ...answer };
    const checks = checksOf(answer);
    for (const check of checks) expect([said, check, await mayNot(check, user)]).toEqual([said, check, true]);
    if (one.uses.includes('completion')) {
      expect(said).toMatchObject({ code: 0, stdout: ':4\n', stderr: '' });
      return;
    }
    const named = missing.filter((right) => `${answer.stdout}${answer.stderr}`.includes(needOf(right)));
    if (named.length > 0) {
      expect([said, checks.some((check) => named.some((right) => isOf(check, right)))]).toEqual([said, true]);
      return;
    }
    // The evidence names the right, and no command: it knows of no connection.
    if (answer.stdout.includes(NODE_NEEDED)) {
      expect(missing.map(nameOf)).toContain(GET_NODES);
      expect(said).toMatchObject({ code: unproved.code, stderr: usual.stderr });
      return;
    }
    // Which nodes run Windows, and what has changed since it was read, is not known then.
    const isExtra = missing.every(
      (right) => right.resource === 'nodes' || (one.code === surprising.code && nameOf(right) === READ_AGAIN),
    );
    expect({ ...said, isExtra, stdout: lasting(answer) }).toMatchObject({
      isExtra: true,
      code: usual.code,
      stdout: lasting(usual),
      stderr: usual.stderr,
    });
  }

  /** As `kubectl auth can-i` answers the user, who is asked once for all ways of use. */
  async function mayNot(words: readonly string[], user: User): Promise<boolean> {
    const key = [user.name, ...words].join(' ');
    if (refused.has(key)) return true;
    const isRefused = (await can(words, user)) === 'no';
    if (isRefused) refused.add(key);
    return isRefused;
  }

  async function can(words: readonly string[], user: User): Promise<string> {
    const path = file(kubeconfigOf(tokens.get(user.name) ?? ''));
    const { stdout } = await startKubectl(['auth', 'can-i', ...words], path, LONGEST).ended;
    return stdout.trim();
  }

  function userNamed(name: string): User {
    const user = users.get(name);
    if (user === undefined) throw new Error(`There is no user ${name}.`);
    return user;
  }

  /**
   * Runs it as a user who has all rights but these, and notes which of them its requests took; again where the
   * kubelet's samples did not tell, and newer ones will.
   */
  async function observe(
    one: Way,
    missing: readonly Right[],
  ): Promise<{ readonly answer: Result; readonly rights: readonly Right[] }> {
    const proxy = await startTappingProxy(adminKubeconfig, tokens.get(userOf(one, missing)) ?? '');
    try {
      const rights = new Map<string, Right>();
      const path = file(withNamespace(proxy.kubeconfig));
      let running: Running | null = null;
      const mayWatch = missing.every(({ verb }) => verb !== 'watch');
      proxy.tap = (when, { method, url }) => {
        const taken = rightsOfRequest(method, url, probeNamespace);
        for (const right of taken) if (!forEverybody.has(nameOf(right))) rights.set(nameOf(right), right);
        if (when === 'after' && mayWatch && taken.some(({ verb }) => verb === 'watch')) {
          void running?.end('SIGINT');
        }
        return Promise.resolve();
      };
      if (one.hasManyNodes === true) {
        const other = 'labelSelector=kubernetes.io/hostname%3Dkube-node-2';
        proxy.rewrite = (url) => url.replace(/^\/api\/v1\/nodes\?limit=100$/, `$&&${other}`);
      }
      const mayAskKubelets = missing.every(({ resource }) => resource !== 'nodes/proxy');
      for (let attempt = 1; ; attempt += 1) {
        running = startKubectl(['hostns', ...one.words], path, LONGEST);
        const answer = await running.ended;
        if (attempt === ATTEMPTS || !mayAskKubelets || !isOpen(answer)) {
          return { answer, rights: [...rights.values()] };
        }
        await sleep(BETWEEN_ATTEMPTS);
      }
    } finally {
      await proxy.close();
    }
  }

  /** Makes sure that what was applied last is in effect, and so all that was before. */
  async function knowsAll(): Promise<void> {
    const name = randomName('last');
    const right: Right = { verb: 'get', resource: 'pods', scope: 'Pods' };
    for (const isEverywhere of [false, true]) {
      const user = { name: `${name}-${String(isEverywhere)}`, rights: [right], isEverywhere };
      apply(...rolesOf(user));
      const as = `system:serviceaccount:${namespace}:${user.name}`;
      await eventually(
        'the API server knows who may do what',
        () => kubectl(['auth', 'can-i', 'get', 'pods', '-n', namespace, '--as', as]).code === 0,
      );
    }
  }

  let files = 0;
  function file(content: string): string {
    const path = join(scratch, `kubeconfig-${String((files += 1))}`);
    writeFileSync(path, content);
    return path;
  }
});

const READ_AGAIN = nameOf({ verb: 'get', resource: 'pods', scope: 'Pods' });
const GET_NODES = nameOf({ verb: 'get', resource: 'nodes', scope: 'cluster' });
const NODE_NEEDED = 'reading the node needs the permission to get nodes';

/** Whether the kubelet's samples, some of which are 10 s old, have left a Pod's network to others, or to nobody. */
function isOpen({ stdout }: Result): boolean {
  const all = lines(stdout);
  const at = all.find((line) => line.includes('EVIDENCE'))?.indexOf(' NETWORK ') ?? -1;
  const isLeft = at >= 0 && all.some((line) => /^[a-z]+(?:, not [a-z]+)?\*/.test(line.slice(at + 1)));
  return isLeft || /the samples are inconclusive|did not report the interfaces of this Pod/.test(stdout);
}

/** What it says, without what changes all the time: ages, counters, and how wide they make a column. */
function lasting({ stdout }: Result): string {
  return stdout
    .replaceAll('yes, same counters', 'yes')
    .replaceAll(/\b(?:[0-9]+[smhd])+$/gm, 'AGE')
    .replaceAll(/\b(packets|bytes):[0-9]+(?: \([^)]*\))?/g, '$1:N')
    .replaceAll(/ {2,}/g, '  ');
}

/** The words behind `kubectl auth can-i` of each command that is proposed. */
function checksOf({ stdout, stderr }: Result): readonly (readonly string[])[] {
  const commands = `${stdout}${stderr}`.matchAll(
    /kubectl auth can-i (\w+ [\w./]+(?: --subresource=\w+)?(?: -n [\w-]+| -A)?)/g,
  );
  return [...new Set([...commands].map(([, words = '']) => words))].map((words) => words.split(' '));
}

/** Whether it checks this very right. */
function isOf(check: readonly string[], right: Right): boolean {
  const [verb, resource, ...rest] = check;
  const [plural = '', subresource] = bareOf(right).split('/');
  const where = { Pods: namespace, probe: probeNamespace, cluster: null }[right.scope];
  const isThere = where === null || rest.includes(where) || (right.scope === 'Pods' && rest.includes('-A'));
  const isPart = subresource === undefined || rest.includes(`--subresource=${subresource}`);
  return verb === right.verb && resource === plural && isThere && isPart;
}

/** As it stands in a message. */
function needOf(right: Right): string {
  return `permission to ${right.verb} ${bareOf(right)} in the `;
}

function bareOf({ resource }: Right): string {
  return resource.replace(/\..*$/, '');
}

function without(rights: readonly Right[], missing: readonly Right[]): readonly Right[] {
  const names = missing.map(nameOf);
  return rights.filter((right) => !names.includes(nameOf(right)));
}

/** What is taken away at the same time, for one of it will do. */
function togetherOf({ hasManyNodes = false, uses, words }: Way): readonly (readonly Right[])[] {
  if (hasManyNodes || !uses.includes('verify') || words.join(' ') !== 'verify web') return [];
  return [['list', 'get'].map((verb) => ({ verb, resource: 'nodes', scope: 'cluster' as const }))];
}

/** Whoever has the rights of these files, but for some. */
function userOf({ uses, isEverywhere = false }: Way, missing: readonly Right[]): string {
  const rights = missing.length === 0 ? 'all' : ['not', ...missing.map(nameOf)].join('-');
  const text = `user-${uses.join('-')}-${isEverywhere ? 'everywhere' : 'here'}-${rights}`;
  return text
    .replaceAll(/[^a-z-]+/gi, '-')
    .replace(/-+$/, '')
    .toLowerCase();
}

/** A row of the table in docs/generated/missing-permissions.md: what is the same for each type of a workload stands there once. */
function rowOf({ way: one, missing, answer }: Outcome): readonly string[] {
  const { stdout, stderr } = answer;
  // What many nodes do not change is there already.
  if (one.hasManyNodes === true && missing.every(({ resource }) => resource !== 'nodes')) return [];
  const all = lines(stderr + stdout);
  const told =
    all.find((line) => line.includes('to check:') && missing.some((right) => line.includes(needOf(right)))) ??
    all.find((line) => line.includes(NODE_NEEDED));
  const silent = one.uses.includes('completion') ? 'offers nothing' : 'nothing: it answers as with it';
  const says =
    told
      ?.replace(/^(?:error|Note): /, '')
      .replace(/^.*?(?:\b(?:inconclusive|failed) +|(?=Nothing of the Pod))/, '')
      .replaceAll(/\[[0-9]+\]/g, '[…]')
      .replaceAll(/ \([a-z"][^()]*(?:\([^()]*\)[^()]*)*\)(?=\. (?:It needs|A WebSocket needs))/g, ' (…)') ??
    silent;
  const [line = '', many = ''] = lineOf(one).split(/(?=, of more)/);
  const cells = [`\`${line}\`${many}`, missing.map(nameOf).join(', '), String(answer.code), says];
  const typed = KINDS.reduce(
    (text, kind) =>
      text
        .replaceAll(`${kind}/${kind}`, 'TYPE/NAME')
        .replaceAll(`${kind}/`, 'TYPE/')
        .replaceAll(new RegExp(`\\b${kind}s\\b(?:\\.[a-z]+)?`, 'g'), 'TYPEs')
        .replaceAll(new RegExp(`\\b${kind} ${kind}\\b`, 'g'), 'TYPE NAME')
        .replaceAll(new RegExp(`\\b${kind}(?:-[0-9a-z]+)+`, 'g'), 'NAME-…'),
    cells.join(' | '),
  );
  return [
    `| ${typed
      .replaceAll(namespace, 'shop')
      .replaceAll(probeNamespace, 'tools')
      .replaceAll(/hostns-probe-[0-9a-f]+/g, 'hostns-probe-…')} |`,
  ];
}

/** A table without what only lays it out. */
function plain(text: string): string {
  return text.replaceAll(/ +\|/g, ' |').replaceAll(/-{3,}/g, '---').replaceAll('\\|', '|');
}

function lineOf({ words, hasManyNodes = false }: Way): string {
  const line = words
    .join(' ')
    .replace(`${import.meta.dirname}/`, '')
    .replace('__complete', 'completion of')
    .replace(PROBE.join(' '), '--probe');
  return `${line.replace(probeNamespace, 'tools').replace(namespace, 'shop')}${hasManyNodes ? ', of more than 100 nodes' : ''}`;
}

/** What its files give. */
function givenTo({ uses }: Way): readonly Right[] {
  return uses.flatMap((use) =>
    (documentedRoles.get(use) ?? []).flatMap((role) => rightsOfRole(role, scopeOf(role, use))),
  );
}

function scopeOf({ metadata: { name } }: ClusterRole, use: string): Scope {
  if (use === 'probe') return 'probe';
  return name.endsWith('-cluster') ? 'cluster' : 'Pods';
}

/** What everybody may who is known to the server, by the ClusterRoles that Kubernetes itself makes. */
function rightsOfEverybody(): ReadonlySet<string> {
  return new Set(
    ['system:basic-user', 'system:public-info-viewer'].flatMap((name) => {
      const role = JSON.parse(ask('get', 'clusterrole', name, '-o', 'json')) as ClusterRole;
      return rightsOfRole(role, 'cluster').map(nameOf);
    }),
  );
}

function kubeconfigOf(token: string): string {
  const [cluster] = parseKubeconfig(readFileSync(adminKubeconfig, 'utf8'), adminKubeconfig).clusters.values();
  if (cluster === undefined) throw new Error('The kubeconfig names no cluster.');
  const { server, certificateAuthorityData } = cluster;
  return kubeconfig({
    cluster: { server, 'certificate-authority-data': certificateAuthorityData },
    user: { token },
    namespace,
  });
}

function withNamespace(text: string): string {
  return text.replace(/"context": \{/, `$&"namespace": "${namespace}",`);
}

function accountOf({ name }: User): readonly object[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { name, namespace, annotations: { 'kubernetes.io/service-account.name': name } },
    },
  ];
}

const RBAC = 'rbac.authorization.k8s.io';

/** Roles of their own, which give them their rights. */
function rolesOf(user: User, suffix = 'own'): readonly object[] {
  return [...Map.groupBy(user.rights, ({ scope }) => scope)].flatMap(([scope, own]) => {
    const roleName = `${namespace}-${user.name}-${scope.toLowerCase()}-${suffix}`;
    const metadata = { name: roleName, labels: { test: namespace } };
    return [
      { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata, rules: own.map(ruleOf) },
      bindingOf(roleName, scope, user),
    ];
  });
}

/** What binds them to the roles of docs/rbac. */
function bindingsOf({ uses }: Way, user: User): readonly object[] {
  return uses.flatMap((use) =>
    (documentedRoles.get(use) ?? []).map((role) => bindingOf(role.metadata.name, scopeOf(role, use), user)),
  );
}

function bindingOf(roleName: string, scope: Scope, { name, isEverywhere }: User): object {
  const binding = {
    apiVersion: `${RBAC}/v1`,
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: roleName },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  };
  const metadata = { name: `${roleName}-of-${name}`, labels: { test: namespace } };
  return scope === 'cluster' || (scope === 'Pods' && isEverywhere)
    ? {
        ...binding,
        kind: 'ClusterRoleBinding',
        metadata: { ...metadata, name: `${namespace}-${metadata.name}` },
      }
    : {
        ...binding,
        kind: 'RoleBinding',
        metadata: { ...metadata, namespace: scope === 'probe' ? probeNamespace : namespace },
      };
}

/** A Pod that is asked about, and one of each kind of workload. */
function subjects(): readonly object[] {
  const spec = (more: object = {}): object => ({
    hostNetwork: true,
    hostPID: true,
    terminationGracePeriodSeconds: 0,
    nodeName: 'kube-node-1',
    containers: [{ name: 'web', image: IMAGE, imagePullPolicy: 'Never' }],
    ...more,
  });
  const workload = (apiVersion: string, kind: string, more: object = {}, pod: object = {}): object => ({
    apiVersion,
    kind,
    metadata: { name: kind.toLowerCase(), namespace },
    spec: {
      ...more,
      template: { metadata: { labels: { of: kind.toLowerCase(), test: namespace } }, spec: spec(pod) },
    },
  });
  const selector = (kind: string): object => ({ selector: { matchLabels: { of: kind } } });
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace, labels: { app: 'web', test: namespace } },
      spec: spec(),
    },
    workload('apps/v1', 'Deployment', selector('deployment')),
    workload('apps/v1', 'DaemonSet', selector('daemonset'), {
      nodeName: undefined,
      nodeSelector: { 'kubernetes.io/hostname': 'kube-node-1' },
    }),
    workload('apps/v1', 'StatefulSet', { ...selector('statefulset'), serviceName: 'none' }),
    workload('apps/v1', 'ReplicaSet', selector('replicaset')),
    workload('v1', 'ReplicationController', { selector: { of: 'replicationcontroller' } }),
    workload('batch/v1', 'Job', {}, { restartPolicy: 'Never' }),
  ];
}
