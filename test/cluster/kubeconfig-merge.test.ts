import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Cluster, type Context, readKubeconfig, type User } from '../../src/kube/config/kubeconfig.ts';
import { base64 } from '../api-server/kubeconfig.ts';
import { run } from '../main/run.ts';
import { kubectlPath } from './cluster.ts';

/*
 * kubectl itself says what several kubeconfigs mean, and what a credential plugin is told. Where a test fails,
 * fast-check prints the seed, by which it fails again: fc.assert(…, { seed: … }).
 */

const EXEC_EXTENSION = 'client.authentication.k8s.io/exec';
const scratch = mkdtempSync(join(tmpdir(), 'hostns-kubeconfig-merge-'));
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

type Entries = Readonly<Record<string, unknown>>;

/** Of some keys; what is not drawn is not there. */
const some = (model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Entries> =>
  fc.record(model, { requiredKeys: [] });
const word = fc.constantFrom('a', 'b', 'no', '1', 'Ünï', 'with space', '~', 'x: y', '#');
const name = fc.constantFrom('a', 'b', 'c', 'no', '0x1');
/** Each folder has these files, with contents of its own. */
const path = fc.constantFrom('pki/one', 'pki/two', './pki/../pki/one', join(scratch, 'shared'));
const data = fc.constantFrom('one', 'two\n', 'ünï').map(base64);
const json = fc.oneof(
  word,
  fc.integer(),
  fc.boolean(),
  fc.array(fc.oneof(word, fc.constant(null)), { maxLength: 3 }),
  fc.dictionary(word, fc.oneof(word, fc.array(word, { maxLength: 2 })), { maxKeys: 3 }),
);

const context = some({ cluster: name, user: name, namespace: word });
const cluster = some({
  server: fc.constantFrom('https://one', 'two:6443', ''),
  'tls-server-name': word,
  'insecure-skip-tls-verify': fc.boolean(),
  'certificate-authority': path,
  'proxy-url': fc.constantFrom('http://proxy:1', 'socks5://proxy'),
  'disable-compression': fc.boolean(),
  extensions: fc.uniqueArray(fc.record({ name: fc.constantFrom(EXEC_EXTENSION, 'other'), extension: json }), {
    selector: (entry) => entry.name,
    maxLength: 2,
  }),
}).chain((entry) =>
  // kubectl flattens no entry that has both.
  'certificate-authority' in entry
    ? fc.constant(entry)
    : some({ 'certificate-authority-data': data }).map((more) => ({ ...entry, ...more })),
);
const exec = some({
  apiVersion: fc.constantFrom('client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'),
  command: fc.constantFrom('aws', 'a b'),
  args: fc.array(word, { maxLength: 3 }),
  env: fc.array(fc.record({ name: word, value: word }), { maxLength: 2 }),
  installHint: word,
  provideClusterInfo: fc.boolean(),
  interactiveMode: fc.constantFrom('Never', 'IfAvailable', 'Always'),
});
const user = some({
  token: word,
  username: word,
  password: word,
  as: word,
  'as-uid': word,
  'as-groups': fc.array(word, { maxLength: 3 }),
  'as-user-extra': fc.dictionary(word, fc.array(word, { maxLength: 2 }), { maxKeys: 2 }),
  exec,
  'auth-provider': fc.record({ name: word, config: fc.dictionary(word, word, { maxKeys: 2 }) }),
  'client-certificate': path,
  'client-key': path,
});

const named = (key: string, value: fc.Arbitrary<Entries>): fc.Arbitrary<readonly Entries[]> =>
  fc.uniqueArray(fc.record({ name, [key]: value }), { selector: (entry) => entry.name, maxLength: 3 });
const kubeconfig = some({
  kind: fc.constant('Config'),
  apiVersion: fc.constant('v1'),
  'current-context': fc.oneof(fc.constant(''), name),
  contexts: named('context', context),
  clusters: named('cluster', cluster),
  users: named('user', user),
  preferences: fc.constant({ colors: true }),
});
/** Up to four files, each in a folder of its own, and the list that names them, some never, some twice. */
const kubeconfigs = fc.record({
  files: fc.array(kubeconfig, { minLength: 1, maxLength: 4 }),
  list: fc.array(fc.constantFrom('0', '1', '2', '3', ''), { minLength: 1, maxLength: 6 }),
});

function write(files: readonly Entries[]): void {
  writeFileSync(join(scratch, 'shared'), 'shared');
  files.forEach((file, index) => {
    const folder = join(scratch, String(index));
    mkdirSync(join(folder, 'pki'), { recursive: true });
    for (const which of ['one', 'two']) writeFileSync(join(folder, 'pki', which), `${which} of ${folder}`);
    writeFileSync(join(folder, 'config'), JSON.stringify(file, null, 2));
  });
}

/** The list of KUBECONFIG. */
function listOf(files: readonly Entries[], list: readonly string[]): string {
  return list
    .map((entry) =>
      entry === '' ? '' : join(scratch, Number(entry) < files.length ? entry : 'missing', 'config'),
    )
    .join(delimiter);
}

/** `[{name, KEY}]` as kubectl prints it, by name. */
function byName(list: unknown, key: string): Readonly<Record<string, unknown>> {
  const entries = (list ?? []) as readonly (Entries & { readonly name: string })[];
  return Object.fromEntries(entries.map((entry) => [entry.name, entry[key]]));
}

/** As kubectl prints one: without what is empty, and files as what they hold. */
function dense(entries: Entries): Entries {
  return Object.fromEntries(
    Object.entries(entries).filter(
      ([, value]) =>
        value !== '' && value !== false && value !== null && !(Array.isArray(value) && value.length === 0),
    ),
  );
}

const contents = (file: string, inline: string): string =>
  file === '' ? inline : base64(readFileSync(file, 'utf8'));

function shownContext({ cluster: ofCluster, user: ofUser, namespace }: Context): Entries {
  return { cluster: ofCluster, user: ofUser, ...dense({ namespace }) };
}

function shownCluster(ours: Cluster): Entries {
  return {
    server: ours.server,
    ...dense({
      'tls-server-name': ours.tlsServerName,
      'insecure-skip-tls-verify': ours.insecureSkipTlsVerify,
      'certificate-authority-data': contents(ours.certificateAuthority, ours.certificateAuthorityData),
      'proxy-url': ours.proxyUrl,
      'disable-compression': ours.disableCompression,
    }),
    ...(ours.execConfig === null ? {} : { execConfig: ours.execConfig }),
  };
}

function shownUser(ours: User): Entries {
  const { exec: plugin, impersonate, authProvider } = ours;
  return dense({
    token: ours.token,
    username: ours.username,
    password: ours.password,
    'client-certificate-data': contents(ours.clientCertificate, ours.clientCertificateData),
    'client-key-data': contents(ours.clientKey, ours.clientKeyData),
    as: impersonate.user,
    'as-uid': impersonate.uid,
    'as-groups': impersonate.groups,
    'as-user-extra': impersonate.extra.size === 0 ? '' : Object.fromEntries(impersonate.extra),
    exec: plugin === null ? null : dense({ ...plugin }),
    'auth-provider': authProvider === null ? null : { ...authProvider },
  });
}

/** What kubectl prints of a cluster and of a user, but for what we have no use for. */
function ofKubectl(entry: Entries): Entries {
  const { extensions, exec: plugin, 'auth-provider': provider, ...rest } = entry;
  const execConfig = byName(extensions, 'extension')[EXEC_EXTENSION];
  return {
    ...rest,
    ...(execConfig === undefined ? {} : { execConfig }),
    ...(plugin === undefined ? {} : { exec: dense(plugin as Entries) }),
    ...(provider === undefined ? {} : { 'auth-provider': { config: {}, ...dense(provider as Entries) } }),
  };
}

const mapValues = (of: Entries, map: (value: Entries) => Entries): Entries =>
  Object.fromEntries(Object.entries(of).map(([key, value]) => [key, map(value as Entries)]));

test('several kubeconfigs are merged as kubectl merges them', async () => {
  await fc.assert(
    fc.asyncProperty(kubeconfigs, async ({ files, list }) => {
      write(files);
      const KUBECONFIG = listOf(files, list);
      const shown = execFileSync(kubectlPath, ['config', 'view', '--raw', '--flatten', '-o', 'json'], {
        env: { KUBECONFIG, HOME: scratch },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const theirs = JSON.parse(shown) as Entries;
      const ours = await readKubeconfig(undefined, { KUBECONFIG }, scratch);
      expect(ours.currentContext).toBe(theirs['current-context']);
      expect(mapValues(Object.fromEntries(ours.contexts), (value) => shownContext(value as never))).toEqual(
        byName(theirs['contexts'], 'context'),
      );
      expect(mapValues(Object.fromEntries(ours.clusters), (value) => shownCluster(value as never))).toEqual(
        mapValues(byName(theirs['clusters'], 'cluster'), ofKubectl),
      );
      expect(mapValues(Object.fromEntries(ours.users), (value) => shownUser(value as never))).toEqual(
        mapValues(byName(theirs['users'], 'user'), ofKubectl),
      );
    }),
    { numRuns: 60 },
  );
});

test('a kubeconfig that kubectl does not read is none', async () => {
  const broken = fc.constantFrom(
    { clusters: [{ name: 'a' }, { name: 'a' }] },
    { users: [{ name: 'b' }, { name: 'b' }] },
    { contexts: [{}, {}] },
    { contexts: 'none' },
    { contexts: [5] },
    { 'current-context': 5 },
    { clusters: [{ name: true }] },
    { clusters: [{ name: 'a', cluster: 'https://one' }] },
    { clusters: [{ name: 'a', cluster: { 'insecure-skip-tls-verify': 'true' } }] },
    { users: [{ name: 'a', user: { token: 12345 } }] },
    { users: [{ name: 'a', user: { 'as-groups': 'a' } }] },
    { users: [{ name: 'a', user: { 'as-user-extra': { a: 'b' } } }] },
    { users: [{ name: 'a', user: { exec: { args: [1] } } }] },
    { kind: 'Pod', apiVersion: 'v1' },
    { kind: 'Config', apiVersion: 'v2' },
  );
  await fc.assert(
    fc.asyncProperty(broken, kubeconfig, async (one, other) => {
      write([{ ...other, ...one }]);
      const KUBECONFIG = listOf([one], ['0']);
      const { status } = spawnSync(kubectlPath, ['config', 'view'], { env: { KUBECONFIG, HOME: scratch } });
      expect(status).toBe(1);
      await expect(readKubeconfig(undefined, { KUBECONFIG }, scratch)).rejects.toThrow(
        `The kubeconfig ${KUBECONFIG} is not a kubeconfig: `,
      );
    }),
    { numRuns: 30 },
  );
});

test('a credential plugin is told what kubectl tells it', async () => {
  const told = join(scratch, 'told');
  const plugin = {
    command: '/bin/sh',
    args: ['-c', `printf %s "$KUBERNETES_EXEC_INFO" > ${told}; exit 1`],
    env: [{ name: 'KUBERNETES_EXEC_INFO', value: 'overwritten' }],
  };
  const model = fc.record({
    ofCluster: some({
      'tls-server-name': fc.constant('other.example'),
      'insecure-skip-tls-verify': fc.boolean(),
      'proxy-url': fc.constantFrom('http://proxy:1', 'https://ann:secret@proxy.example', 'socks5://proxy'),
      'disable-compression': fc.boolean(),
      extensions: json.map((extension) => [{ name: EXEC_EXTENSION, extension }]),
    }),
    server: fc.constantFrom(
      'https://127.0.0.1:1',
      'https://127.0.0.1:1/prefix',
      'https://kubernetes.example',
    ),
    apiVersion: fc.constantFrom('v1', 'v1beta1'),
    provideClusterInfo: fc.boolean(),
    interactiveMode: fc.constantFrom('Never', 'IfAvailable'),
    authority: fc.constantFrom('none', 'file', 'data'),
    flags: fc.subarray(['--server=https://127.0.0.2:1', '--tls-server-name=flag.example']),
  });
  const pem = readFileSync(join(kubectlPath, '../../pki/ca.crt'), 'utf8');
  writeFileSync(join(scratch, 'ca.crt'), pem);
  await fc.assert(
    fc.asyncProperty(model, async ({ ofCluster, server, authority, apiVersion, flags, ...more }) => {
      const insecure = ofCluster['insecure-skip-tls-verify'] === true;
      const ca = {
        none: {},
        file: { 'certificate-authority': 'ca.crt' },
        data: { 'certificate-authority-data': base64(pem) },
      }[insecure ? 'none' : authority];
      const execEntry = { ...plugin, ...more, apiVersion: `client.authentication.k8s.io/${apiVersion}` };
      const KUBECONFIG = join(scratch, 'told-config');
      writeFileSync(
        KUBECONFIG,
        JSON.stringify({
          'current-context': 'c',
          contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
          clusters: [{ name: 'c', cluster: { ...ofCluster, ...ca, server } }],
          users: [{ name: 'u', user: { exec: execEntry } }],
        }),
      );
      spawnSync(kubectlPath, ['get', '--raw', '/', ...flags], {
        env: { KUBECONFIG, HOME: scratch },
        stdio: 'ignore',
      });
      const theirs = readFileSync(told, 'utf8');
      rmSync(told);
      const { code } = await run(['list', ...flags], { KUBECONFIG });
      expect(code).toBe(3);
      expect(JSON.parse(readFileSync(told, 'utf8'))).toEqual(JSON.parse(theirs));
      rmSync(told);
    }),
    { numRuns: 40 },
  );
});
