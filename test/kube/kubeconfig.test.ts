import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ExplainedError } from '../../src/errors.ts';
import { parseKubeconfig, readKubeconfig } from '../../src/kube/kubeconfig.ts';

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

describe('a kubeconfig that is of no use is named with its reason', () => {
  test('where it was asked for and is not there', async () => {
    await expect(readKubeconfig(join(folder, 'none'), {}, folder)).rejects.toThrow(
      `The kubeconfig ${join(folder, 'none')} cannot be read: there is no such file.`,
    );
  });

  test('where it is a folder', async () => {
    await expect(readKubeconfig(undefined, { KUBECONFIG: folder }, folder)).rejects.toThrow(
      'it is a folder.',
    );
  });

  test.each([
    ['a: [1\nb: 2', /is not valid YAML, line 2: /],
    ['just text', 'is not a kubeconfig: it is no mapping.'],
    ['- a', 'is not a kubeconfig: it is no mapping.'],
  ])('where it is %j', (content, message) => {
    expect(() => parseKubeconfig(content, '/home/me/config')).toThrow(ExplainedError);
    expect(() => parseKubeconfig(content, '/home/me/config')).toThrow(message);
  });
});

test('an empty kubeconfig names nothing', () => {
  expect(parseKubeconfig('\n', '/x').clusters.size).toBe(0);
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
