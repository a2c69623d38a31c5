import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ExplainedError } from '../../../src/errors.ts';
import { parseKubeconfig, readKubeconfig } from '../../../src/kube/config/kubeconfig.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostns-kubeconfig-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
  return path;
}

const cluster = (name: string, server: string): string =>
  `clusters: [{name: ${name}, cluster: {server: "${server}"}}]\n`;

describe('several kubeconfigs', () => {
  test('are merged, the first to name a thing wins, and one that is missing is no error', async () => {
    const first = await file('first', `current-context: ""\n${cluster('a', 'https://first')}`);
    const second = await file('second', `current-context: two\n${cluster('a', 'https://second')}`);
    const third = await file('third', `current-context: three\n${cluster('b', 'https://third')}`);
    const KUBECONFIG = ['', first, join(folder, 'none'), second, third, first].join(delimiter);
    const config = await readKubeconfig(undefined, { KUBECONFIG }, folder);
    expect(config.currentContext).toBe('two');
    expect([...config.clusters].map(([name, { server }]) => [name, server]).sort()).toEqual([
      ['a', 'https://first'],
      ['b', 'https://third'],
    ]);
  });

  test('do not count where one is named on the command line', async () => {
    const named = await file('named', cluster('a', 'https://named'));
    const other = await file('other', cluster('b', 'https://other'));
    const config = await readKubeconfig(named, { KUBECONFIG: other }, folder);
    expect([...config.clusters.keys()]).toEqual(['a']);
  });

  test('are not needed: ~/.kube/config is read where none is named, and may be missing', async () => {
    expect((await readKubeconfig(undefined, {}, folder)).clusters.size).toBe(0);
    await file('.kube/config', cluster('home', 'https://home'));
    expect([...(await readKubeconfig(undefined, {}, folder)).clusters.keys()]).toEqual(['home']);
  });
});

test('a kubeconfig is read in UTF-16, and of a key that is there twice the last one counts', async () => {
  const text = `\uFEFFcurrent-context: a\n${cluster('a', 'https://a')}\ncurrent-context: b\n`;
  const path = await file('utf16', '');
  await writeFile(path, Buffer.from(text, 'utf16le'));
  const config = await readKubeconfig(path, {}, folder);
  expect([config.currentContext, ...config.clusters.keys()]).toEqual(['b', 'a']);
});

describe('a kubeconfig that is of no use is named with its reason', () => {
  test('where it was asked for and is not there', async () => {
    await expect(readKubeconfig(join(folder, 'none'), {}, folder)).rejects.toThrow(
      `The kubeconfig ${join(folder, 'none')} cannot be read: there is no such file.`,
    );
  });

  test('where it is a directory', async () => {
    await expect(readKubeconfig(undefined, { KUBECONFIG: folder }, folder)).rejects.toThrow(
      'it is a directory.',
    );
  });

  test.each([
    ['a: [1\nb: 2', 'cannot be read, line 2: it is not valid YAML.'],
    [`${'['.repeat(300)}${']'.repeat(300)}`, 'cannot be read, line 1: it is nested deeper than 200.'],
    [`a: ${'x'.repeat(16 << 20)}`, 'is not a kubeconfig: it has more than 16 MiB.'],
    ['just text', 'is not a kubeconfig: it is not a mapping.'],
    ['- a', 'is not a kubeconfig: it is not a mapping.'],
    ['kind: Pod\napiVersion: v1', 'is not a kubeconfig: it is a Pod of v1, and not a Config of v1.'],
    ['kind: Config\napiVersion: v2', 'is not a kubeconfig: it is a Config of v2, and not a Config of v1.'],
    [cluster('a', 'x').replace('[', '[{name: a}, '), 'two of its clusters have the name "a".'],
    ['current-context: no', 'its "current-context" is not text.'],
    ['contexts: 5', 'its "contexts" is not a list.'],
    ['contexts: [5]', 'its "contexts" is not a mapping.'],
    ['users: [{name: a, user: {token: 12345}}]', 'its "token" is not text.'],
    ['users: [{name: a, user: {exec: {command: a, args: [1]}}}]', 'its "args" is not text.'],
    ['users: [{name: a, user: {exec: {provideClusterInfo: "true"}}}]', 'is not true or false.'],
    ['users: [{name: a, user: {exec: aws}}]', 'its "exec" is not a mapping.'],
    ['users: [{name: a, user: {client-key-data: "YWJj!"}}]', 'its "client-key-data" is not base64.'],
    ['users: [{name: a, user: {client-certificate-data: YWI}}]', 'is not base64.'],
    ['clusters: [{name: a, cluster: {certificate-authority-data: "Y=Jj"}}]', 'is not base64.'],
  ])('where it is %j', (content, message) => {
    expect(() => parseKubeconfig(content, '/home/me/config')).toThrow(ExplainedError);
    expect(() => parseKubeconfig(content, '/home/me/config')).toThrow(message);
  });
});

test.each([
  '*hunter2',
  '!hunter2!x',
  '!%zzhunter2',
  '&hunter2 *hunter2',
  '{hunter2: a, hunter2: b}',
  '{[hunter2]: a}',
  '[hunter2',
  '@hunter2',
  '%hunter2',
  '"hunter2\\q"',
  '|hunter2',
  '- hunter2: - x',
  '{<<: hunter2}',
])('of a password that is not quoted an error shows nothing: %s', (password) => {
  let error: unknown;
  try {
    parseKubeconfig(`users:\n- name: a\n  user:\n    password: ${password}\n`, '/x');
  } catch (thrown) {
    error = thrown;
  }
  expect(String(error)).not.toContain('hunter2');
  expect(String(error)).toMatch(/: The kubeconfig \/x (?:cannot be read, line [45]: |is not a kubeconfig: )/);
});

test('a kubeconfig may be of thousands of clusters, and data may have line breaks', () => {
  const data = 'QUJD\n'.repeat(1200);
  const clusters = Array.from({ length: 800 }, (_, index) => ({
    name: String(index),
    cluster: { server: 'https://example.com', 'certificate-authority-data': data },
  }));
  const content = JSON.stringify({ clusters });
  expect(content.length).toBeGreaterThan(5 << 20);
  const config = parseKubeconfig(content, '/x');
  expect(config.clusters.size).toBe(800);
  expect(config.clusters.get('799')?.certificateAuthorityData).toBe('QUJD'.repeat(1200));
});

test.each(['', '\n', '# nothing yet\n', 'null', 'clusters: null', '---\n---\nclusters: 5'])(
  'an empty kubeconfig names nothing: %j',
  (content) => {
    expect(parseKubeconfig(content, '/x').clusters.size).toBe(0);
  },
);

test('a kubeconfig is read as kubectl reads it, in YAML 1.1 and its first document alone', () => {
  const config = parseKubeconfig(
    'a: &a {server: x, insecure-skip-tls-verify: yes}\nclusters: [{name: "no", cluster: {<<: *a}}]\n---\nb: c\n',
    '/x',
  );
  expect(config.clusters.get('no')).toMatchObject({ server: 'x', insecureSkipTlsVerify: true });
});

test('a list of kubeconfigs that names none is no reason to read the one of the home directory', async () => {
  await file('.kube/config', cluster('home', 'https://home'));
  expect((await readKubeconfig(undefined, { KUBECONFIG: delimiter }, folder)).clusters.size).toBe(0);
});

test('relative paths start at the folder of their file, but a bare command is looked up in PATH', () => {
  const config = parseKubeconfig(
    `
clusters: [{name: a, cluster: {certificate-authority: pki/ca.crt}}]
users:
- {name: u, user: {client-certificate: pki/me.crt, client-key: /abs/me.key, tokenFile: token, exec: {command: ./bin/login}}}
- {name: v, user: {exec: {command: aws, args: [eks, get-token], env: [{name: A, value: b}], apiVersion: client.authentication.k8s.io/v1}}}
`,
    '/home/me/.kube/config',
  );
  expect(config.clusters.get('a')?.certificateAuthority).toBe('/home/me/.kube/pki/ca.crt');
  expect(config.users.get('u')).toMatchObject({
    clientCertificate: '/home/me/.kube/pki/me.crt',
    clientKey: '/abs/me.key',
    tokenFile: '/home/me/.kube/token',
    exec: { command: '/home/me/.kube/bin/login' },
  });
  expect(config.users.get('v')?.exec).toMatchObject({
    command: 'aws',
    args: ['eks', 'get-token'],
    env: [{ name: 'A', value: 'b' }],
  });
});
