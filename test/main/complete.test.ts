import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { tokenOf } from '../api-server/users.ts';
import { testCluster } from './cluster.ts';
import { inProcessTest, run, type Screen } from './run.ts';
import { recordedPod } from './verifying.ts';

const API_VERSION = 'client.authentication.k8s.io/v1';

const cluster = testCluster();

const complete = (...argv: readonly string[]): Promise<Screen> => cluster.run(['__complete', ...argv]);

/** What is seen where nothing can be offered: nothing, and no files instead. */
const SILENCE = { code: 0, stdout: ':4\n', stderr: '' };

const shown = (...lines: readonly string[]): Screen => ({
  code: 0,
  stdout: lines.map((line) => `${line}\n`).join(''),
  stderr: '',
});

describe('what kubectl reads', () => {
  test('is one candidate a line, what it means behind a tab, and at last what the shell is to do', async () => {
    expect(await complete('ver')).toEqual(
      shown(
        'verify\tCheck whether Pods share the namespaces of their node as they declare',
        'version\tShow the version of this plugin and of the cluster',
        ':4',
      ),
    );
    expect(await complete('list', '-o', 'ya')).toEqual(shown('yaml', ':4'));
    expect(await complete('list', '--kubeconfig', '')).toEqual(shown(':0'));
    expect(cluster.server.requests).toEqual([]);
  });

  test('holds no control character of what was typed', async () => {
    const { stdout } = await complete('list', '--shares', 'a\n\t\u001b[2J,n');
    expect(stdout).toBe('a\\u000a\\u0009\\u001b[2J,network\n:4\n');
  });
});

describe('names of the cluster', () => {
  test('are the running Pods of the namespace, and the types that may stand for them', async () => {
    expect(await complete('verify', 'p')).toEqual(
      shown('plain-1', 'plain-2', 'pod-use-hostnetwork-2', 'pod/', ':4'),
    );
    expect(await complete('verify', '-n', 'shop', 'e')).toEqual(SILENCE);
    expect(await complete('verify', '-nshop', 'i')).toEqual(
      shown('iis-by-node', 'iis-by-os', 'iis-by-selector', recordedPod('ingress').metadata.name, ':4'),
    );
  });

  test('are had by one request, for names of Pods that run', async () => {
    await complete('verify', 'p');
    expect(
      cluster.server.requests.map(({ path, query, headers }) => [path, [...query], headers.accept]),
    ).toEqual([
      [
        '/api/v1/namespaces/default/pods',
        [
          ['includeObject', 'None'],
          ['resourceVersion', '0'],
          ['fieldSelector', 'status.phase=Running'],
        ],
        'application/json;as=Table;g=meta.k8s.io;v=v1, application/json',
      ],
    ]);
  });

  test('are not those that are on the line already', async () => {
    expect(await complete('verify', 'plain-1', 'pod/pod-use-hostnetwork-2', 'p')).toEqual(
      shown('plain-2', 'pod/', ':4'),
    );
    expect(await complete('verify', 'plain-1', 'pod/p')).toEqual(
      shown('pod/plain-2', 'pod/pod-use-hostnetwork-2', ':4'),
    );
  });

  test('may go on, where only a type is left, behind which no space comes', async () => {
    expect(await complete('verify', 'dep')).toEqual(shown('deployment/', ':6'));
  });

  test.each([
    [
      ['verify', '-n', 'shop', 'deploy/'],
      ['deploy/ingress', 'deploy/web'],
    ],
    [['verify', '-n', 'shop', 'deploy/web', 'deploy/'], ['deploy/ingress']],
    [['verify', '-n', 'shop', 'sts/d'], ['sts/db']],
    [['ifconfig', '-n', 'shop', 'job/n'], ['job/nightly-backup']],
    [
      ['list', '--node', ''],
      ['kube-node-1', 'kube-node-2', 'kube-node-3'],
    ],
    [
      ['list', '-n', ''],
      ['ci', 'default', 'kube-system', 'monitoring', 'shop'],
    ],
    [['list', '-nku'], ['-nkube-system']],
    [['list', '--namespace=ku'], ['kube-system']],
    [['verify', 'pod-use-hostnetwork-2', '-c', ''], ['myapp']],
    [['verify', '-n', 'shop', 'deploy/web', '-c', 'w'], ['web']],
    [['verify', 'pod-use-hostnetwork-2', '-c', 'x'], []],
  ])('are offered for %j', async (argv, expected) => {
    expect(await complete(...argv)).toEqual(shown(...expected, ':4'));
    expect(cluster.server.requests).toHaveLength(1);
  });

  test('are had from a server that knows no Tables, too', async () => {
    const items = [{ metadata: { name: 'one' } }, { metadata: {} }, { metadata: { name: 'other' } }];
    cluster.server.respond = () => ({
      kind: 'other',
      contentType: 'application/json',
      body: JSON.stringify({ kind: 'PodList', items }),
    });
    expect(await complete('verify', 'o')).toEqual(shown('one', 'other', ':4'));
  });

  test('are asked for as the user and in the cluster that the line names', async () => {
    const KUBECONFIG = await cluster.kubeconfig({ namespace: 'ci' });
    const other = await cluster.startServer({});
    expect(await run(['__complete', 'verify', 'image'], { KUBECONFIG })).toEqual(
      shown('image-builder', ':4'),
    );
    const elsewhere = await cluster.kubeconfig({ cluster: { server: other.url } });
    await run(['__complete', '--kubeconfig', elsewhere, 'verify', '--as', 'viewer', ''], { KUBECONFIG });
    expect(cluster.server.requests).toHaveLength(1);
    expect(other.requests.map(({ headers }) => headers['impersonate-user'])).toEqual(['viewer']);
  });
});

test('names of the kubeconfig are offered without a request', async () => {
  const KUBECONFIG = await cluster.file(
    JSON.stringify({
      contexts: [
        { name: 'arn:aws:eks:eu-west-1:1:cluster/a', context: {} },
        { name: 'admin@prod', context: {} },
        { name: '--token=x', context: {} },
        { name: '$(reboot)', context: {} },
        { name: 'two words', context: {} },
      ],
      clusters: [{ name: 'prod', cluster: {} }],
      users: [{ name: 'admin', user: {} }],
    }),
  );
  const of = async (flag: string): Promise<Screen> => run(['__complete', 'list', flag, ''], { KUBECONFIG });
  expect(await of('--context')).toEqual(shown('arn:aws:eks:eu-west-1:1:cluster/a', 'admin@prod', ':4'));
  expect(await of('--cluster')).toEqual(shown('prod', ':4'));
  expect(await of('--user')).toEqual(shown('admin', ':4'));
});

describe('a name that is none', () => {
  test.each([
    ['a line break', 'a\nb'],
    ['a tab', 'a\tb'],
    ['an escape sequence', 'a\u001b[2Jb'],
    ['a direction that changes', 'a\u202eb'],
    ['a command for the shell', 'a$(reboot)'],
    ['another command behind it', 'a;reboot'],
    ['a quote', "a'"],
    ['a space', '_activeHelp_ Run this'],
    ['the look of a flag', '--server=https://evil'],
    ['the look of a directive', ':0'],
    ['no end', 'a'.repeat(300)],
    ['nothing in it', ''],
  ])('has %s, and is dropped', async (_what, name) => {
    cluster.server.respond = () => ({
      kind: 'other',
      contentType: 'application/json',
      body: JSON.stringify({ items: [{ metadata: { name } }, { metadata: { name: 'good' } }] }),
    });
    expect(await complete('list', '--node', '')).toEqual(shown('good', ':4'));
  });
});

describe('silence, and no error, is what follows', () => {
  const LINES = [
    ['verify', ''],
    ['verify', 'deploy/'],
    ['list', '-n', ''],
    ['list', '--node', ''],
    ['verify', 'a', '-c', ''],
  ];

  test.each(LINES)('where the user is unknown: %s %s', async (...argv) => {
    const KUBECONFIG = await cluster.kubeconfig({ user: { token: 'nobody' } });
    expect(await run(['__complete', ...argv], { KUBECONFIG })).toEqual(SILENCE);
  });

  test('where the right is missing', async () => {
    const KUBECONFIG = await cluster.kubeconfigOf('developer');
    expect(await run(['__complete', 'list', '-n', ''], { KUBECONFIG })).toEqual(SILENCE);
    expect(cluster.server.requests[0]?.path).toBe('/api/v1/namespaces');
  });

  test.each(LINES)('where the server fails: %s %s', async (...argv) => {
    const status = { code: 500, reason: 'InternalError', message: 'etcd is down' };
    cluster.server.respond = () => ({ kind: 'status', status, headers: { 'Retry-After': '60' } });
    expect(await complete(...argv)).toEqual(SILENCE);
  });

  test.each([
    ['no JSON', 'null and void'],
    ['no object', '[]'],
    ['a Table of nothing', '{"kind":"Table","rows":[{"cells":[{}]},{},1]}'],
    ['a list of nothing', '{"items":[1,{"metadata":{"name":7}}]}'],
  ])('where the answer is %s', async (_what, body) => {
    cluster.server.respond = () => ({ kind: 'other', contentType: 'application/json', body });
    expect(await complete('list', '--node', '')).toEqual(SILENCE);
  });

  test('where the connection is closed or refused', async () => {
    cluster.server.respond = () => ({ kind: 'closed' });
    expect(await complete('verify', '')).toEqual(SILENCE);
    expect(await complete('--server', 'https://127.0.0.1:1', 'verify', '')).toEqual(SILENCE);
  });

  test.each([
    ['says nothing', { kind: 'unanswered' } as const],
    ['stops in the middle', { kind: 'stalled', at: 20 } as const],
  ])('within two seconds where the server %s', async (_what, fault) => {
    cluster.server.respond = () => fault;
    const started = performance.now();
    expect(await complete('verify', '')).toEqual(SILENCE);
    expect(performance.now() - started).toBeLessThan(2500);
  });

  test('within two seconds where the server does not even speak TLS', async () => {
    const mute = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    cluster.closeAfterwards({
      close: async () => {
        await once(mute.close(), 'close');
      },
    });
    const { port } = mute.address() as { readonly port: number };
    const started = performance.now();
    expect(await complete('--server', `https://127.0.0.1:${String(port)}`, 'verify', '')).toEqual(SILENCE);
    expect(performance.now() - started).toBeLessThan(2500);
  });

  test.each([
    ['is broken', async () => cluster.file('contexts: [')],
    ['is missing', () => Promise.resolve('/nowhere/config')],
    ['names no such context', async () => cluster.file('current-context: gone')],
  ])('where the kubeconfig %s', async (_what, kubeconfig) => {
    const KUBECONFIG = await kubeconfig();
    for (const argv of [...LINES, ['list', '--context', 'x']]) {
      expect(await run(['__complete', ...argv], { KUBECONFIG })).toEqual(SILENCE);
    }
  });

  inProcessTest('where the credential plugin would ask somebody, or fails, or never ends', async () => {
    const plugin = async (program: string, interactiveMode: string): Promise<Screen> => {
      const args = ['-e', program];
      const exec = {
        apiVersion: API_VERSION,
        command: process.execPath,
        args,
        interactiveMode,
      };
      const KUBECONFIG = await cluster.kubeconfig({ user: { exec } });
      return run(
        ['__complete', 'verify', ''],
        { KUBECONFIG },
        { stdin: Object.assign(Readable.from([]), { isTTY: true }) },
      );
    };
    const credential = {
      kind: 'ExecCredential',
      apiVersion: API_VERSION,
      status: { token: tokenOf('admin') },
    };
    const login = `process.stdout.write(${JSON.stringify(JSON.stringify(credential))})`;
    expect((await plugin(login, 'Never')).stdout).toContain('plain-1\n');
    cluster.server.requests.length = 0;
    expect(await plugin(login, 'Always')).toEqual(SILENCE);
    const ifAsked = `if (JSON.parse(process.env.KUBERNETES_EXEC_INFO).spec.interactive) ${login}; else process.exit(1)`;
    expect(await plugin(ifAsked, 'IfAvailable')).toEqual(SILENCE);
    expect(await plugin('process.exit(1)', 'IfAvailable')).toEqual(SILENCE);
    const started = performance.now();
    expect(await plugin('setInterval(() => undefined, 1000)', 'IfAvailable')).toEqual(SILENCE);
    expect(performance.now() - started).toBeLessThan(4000);
    expect(cluster.server.requests).toEqual([]);
  });
});

describe('the helper', () => {
  test('is a script on standard output; what to do with it is on standard error', async () => {
    const { code, stdout, stderr } = await run(['completion']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^#!\/bin\/sh\n/);
    expect(stdout).toContain('\n  exec kubectl-hostns __complete "$@"\n');
    expect(stdout).toMatch(/\nexec kubectl hostns __complete "\$@"\n$/);
    expect(stderr).toContain('  kubectl hostns completion > ~/.local/bin/kubectl_complete-hostns\n');
    expect(stderr).toContain('  complete -o default -F __start_kubectl k ');
  });

  test.each([
    [['kubectl', 'kubectl-hostns'], 'kubectl-hostns [__complete] [list] [a b] [$(c)] []'],
    [['kubectl'], 'kubectl [hostns] [__complete] [list] [a b] [$(c)] []'],
  ])('with %j on PATH passes all words on', async (programs, called) => {
    const folder = await mkdtemp(join(cluster.folder, 'path-'));
    const program = (name: string, script: string): Promise<void> =>
      writeFile(join(folder, name), script, { mode: 0o755 });
    for (const name of programs) {
      await program(name, `#!/bin/sh\nprintf %s ${name}; printf ' [%s]' "$@"; printf '\\n%s' "$RES_OPTIONS"`);
    }
    await program('kubectl_complete-hostns', (await run(['completion'])).stdout);
    const { stdout, stderr } = spawnSync(
      join(folder, 'kubectl_complete-hostns'),
      ['list', 'a b', '$(c)', ''],
      {
        env: { PATH: folder, RES_OPTIONS: 'rotate' },
        encoding: 'utf8',
      },
    );
    expect([stdout, stderr]).toEqual([`${called}\nrotate timeout:1 attempts:1`, '']);
  });

  test('is the same for every shell', async () => {
    expect(await run(['completion', 'bash'])).toEqual({
      code: 4,
      stdout: '',
      stderr: 'error: completion takes no arguments (got "bash"): the helper is the same for every shell.\n',
    });
  });
});
