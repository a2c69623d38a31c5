import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { load } from 'js-yaml';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { schemaErrors, validator } from '../support/schemas.ts';
import { UNSAFE_TEXT } from '../support/unsafe-text.ts';
import { cellsOf } from './expected.ts';
import { inProcessTest, run, type Screen } from './run.ts';

const DAEMON_SET = `# The exporter of every node.
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: node-exporter, namespace: monitoring, labels: {of: the-daemon-set}}
spec:
  template:
    metadata: {labels: {tier: node, app: exporter}}
    spec:
      hostNetwork: yes
      hostPID: true
      runtimeClassName: runc
      containers:
        - {name: c, ports: [{containerPort: 9100}]}
---
apiVersion: v1
kind: Service
metadata: {name: node-exporter}
---
apiVersion: v1
kind: Pod
metadata: {generateName: debug-}
spec: {hostIPC: true}
`;
const LIST = JSON.stringify({
  kind: 'List',
  items: [
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'plain' } },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'net' }, spec: { hostNetwork: true } },
  ],
});

let folder = '';
let home = '';
beforeAll(() => {
  home = process.cwd();
});
beforeEach(async () => {
  if (folder !== '') await rm(folder, { recursive: true, force: true });
  folder = await mkdtemp(join(tmpdir(), 'hostns-manifests-'));
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true, force: true });
});

async function write(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** Whoever connected, or read a kubeconfig, would fail. */
function list(...argv: string[]): Promise<Screen> {
  return run(['list', ...argv], { KUBECONFIG: '/nowhere/at/all', KUBERNETES_SERVICE_HOST: '192.0.2.1' });
}

function listFrom(stdin: AsyncIterable<Buffer>, ...argv: string[]): Promise<Screen> {
  return run(['list', '-f', '-', ...argv], {}, { stdin });
}

const bytes = (...texts: string[]): Readable => Readable.from(texts.map((text) => Buffer.from(text)));

describe('a table of manifests', () => {
  beforeEach(() => write({ 'app.yaml': DAEMON_SET, 'list.json': LIST }));

  test('names file, document and item', async () => {
    expect(await list('-f', 'app.yaml', '-f', 'list.json')).toEqual({
      code: 0,
      stdout: [
        'FILE        DOCUMENT     KIND        NAMESPACE    NAME            NETWORK   PID    IPC\n',
        'app.yaml    1            DaemonSet   monitoring   node-exporter   host      host   -\n',
        'app.yaml    3            Pod         <none>       debug-*         -         -      host\n',
        'list.json   1.items[1]   Pod         <none>       net             host      -      -\n',
      ].join(''),
      stderr: '',
    });
  });

  test('has ports, RuntimeClass and the labels of the Pods', async () => {
    const { stdout } = await list('-f', 'app.yaml', '-owide', '--show-labels');
    expect(cellsOf(stdout).map((cells) => cells.slice(8))).toEqual([
      ['HOST-PORTS', 'RUNTIMECLASS', 'LABELS'],
      ['9100/TCP', 'runc', 'app=exporter,tier=node'],
      ['<none>', '<none>', '<none>'],
    ]);
  });

  test('keeps what --shares names, and has no titles with --no-headers', async () => {
    const { stdout } = await list('-f', 'app.yaml', '--shares', 'ipc', '--no-headers');
    expect(stdout).toBe('app.yaml   3   Pod   <none>   debug-*   -   -   host\n');
  });

  test('-o name is what kubectl calls them', async () => {
    const { code, stdout } = await list('-f', 'app.yaml', '-o', 'name');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'daemonset.apps/node-exporter\npod/debug-*\n' });
  });

  test('-o json is as its schema says, and -o yaml the same', async () => {
    const { code, stdout } = await list('-f', 'app.yaml', '-f', 'list.json', '-o', 'json');
    const document = JSON.parse(stdout) as unknown;
    expect(code).toBe(0);
    expect(schemaErrors(validator('sharing-manifest-list'), document)).toEqual([]);
    expect(document).toEqual({
      apiVersion: 'kubectl-hostns/v1',
      kind: 'SharingManifestList',
      items: [
        {
          file: 'app.yaml',
          document: 1,
          path: null,
          kind: 'DaemonSet',
          apiVersion: 'apps/v1',
          namespace: 'monitoring',
          name: 'node-exporter',
          shares: ['network', 'pid'],
          runtimeClass: 'runc',
          hostPorts: [{ port: 9100, protocol: 'TCP', container: 'c' }],
          labels: { app: 'exporter', tier: 'node' },
        },
        expect.objectContaining({ document: 3, namespace: null, name: 'debug-*', runtimeClass: null }),
        expect.objectContaining({ file: 'list.json', document: 1, path: 'items[1]' }),
      ],
    });
    const { stdout: yaml } = await list('-f', 'app.yaml', '-f', 'list.json', '-o', 'yaml');
    expect(load(yaml)).toEqual(document);
  });
});

describe('files', () => {
  const NET = 'kind: Pod\nmetadata: {name: net}\nspec: {hostNetwork: true}\n';
  const files = (stdout: string): readonly (string | undefined)[] =>
    cellsOf(stdout)
      .slice(1)
      .map(([file]) => file);

  test('of a folder are its manifests, by name; -R takes those of its folders', async () => {
    await write({
      'd/b.yml': NET,
      'd/a.json': LIST,
      'd/c.yaml': NET,
      'd/README.md': 'no',
      'd/b/x.yaml': NET,
      'd/b/y.txt': NET,
    });
    await symlink(join(folder, 'd'), join(folder, 'd/loop'));
    expect(files((await list('-f', 'd')).stdout)).toEqual(['d/a.json', 'd/b.yml', 'd/c.yaml']);
    const { code, stdout, stderr } = await list('-Rf', './d/');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(files(stdout)).toEqual(['d/a.json', 'd/b/x.yaml', 'd/b.yml', 'd/c.yaml']);
  });

  test('that are named may have any ending, and be a pipe', async () => {
    await write({ 'd/net.tpl': NET });
    expect(files((await list('-f', 'd/net.tpl')).stdout)).toEqual(['d/net.tpl']);
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const listed = list('-f', 'pipe');
    const written = writeFile(join(folder, 'pipe'), NET);
    expect(files((await listed).stdout)).toEqual(['pipe']);
    await written;
  });

  test('- is standard input, in whatever pieces it comes', async () => {
    const pieces = Array.from(DAEMON_SET.replace('exporter', 'expörter'), (character) => character);
    const { code, stdout } = await listFrom(bytes(...pieces), '-o', 'name');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'daemonset.apps/node-exporter\npod/debug-*\n' });
    expect(files((await listFrom(bytes(NET))).stdout)).toEqual(['-']);
  });

  test.each([
    ['\uFEFF', NET],
    ['', NET.replaceAll('\n', '\r\n')],
    ['\uFEFF---\r\n', NET],
    ['\uFEFF', JSON.stringify(load(NET))],
  ])('may begin with %j and end their lines as they like', async (before, text) => {
    await write({ 'net.yaml': before + text });
    expect((await list('-f', 'net.yaml', '-o', 'name')).stdout).toBe('pod/net\n');
  });
});

describe('files are found as kubectl finds them', () => {
  const podOf = (name: string): string => `kind: Pod\nmetadata: {name: ${name}}\nspec: {hostNetwork: true}\n`;
  beforeEach(() =>
    write({
      'd/a.yaml': podOf('a'),
      'd/.b.yaml': podOf('b'),
      'd/c,d.yaml': podOf('c'),
      'd/kustomization.yaml': 'namePrefix: x-\nresources: [a.yaml]\n',
      'e/f.yml': podOf('f'),
      'e/[g].yml': podOf('g'),
    }),
  );

  test.each([
    ['d/a.yaml,e/f.yml', 'a f'],
    ['"d/c,d.yaml",d/a.yaml', 'c a'],
    ['d/*.yaml', 'b a c'],
    ['*/?.y*ml', 'a f'],
    ['[d-e]/[^a]*.y*', 'b c g f'],
    ['e/\\[g\\].yml', 'g'],
    ['e/[g].yml', 'g'],
    ['d', 'b a c'],
    ['?', 'b a c g f'],
  ])('-f %s', async (name, pods) => {
    expect(await list('-f', name, '-o', 'name')).toEqual({
      code: 0,
      stdout: pods
        .split(' ')
        .map((pod) => `pod/${pod}\n`)
        .join(''),
      stderr: '',
    });
  });

  test.each([
    ['d/x*', 'd/x*: it cannot be read: there is no such file'],
    ['d/[', 'd/[: this pattern is not valid'],
    ['d/kustomization.yaml', 'd/kustomization.yaml:1: the document has no kind'],
  ])('-f %s is an error', async (name, message) => {
    expect(await list('-f', name)).toEqual({ code: 3, stdout: '', stderr: `error: ${message}\n` });
  });

  test('in UTF-16 with a byte order mark, and with bytes that are not UTF-8', async () => {
    const swapped = Buffer.from(`\uFEFF${podOf('big')}`, 'utf16le').swap16();
    await write({
      'u/1.yaml': Buffer.from(`\uFEFF${podOf('little')}`, 'utf16le'),
      'u/2.yaml': swapped,
      'u/3.yaml': Buffer.from(`# f\xfcr\n${podOf('latin')}`, 'latin1'),
    });
    const { code, stdout } = await list('-f', 'u', '-o', 'name');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'pod/little\npod/big\npod/latin\n' });
  });

  test('with a warning for a key that is there twice', async () => {
    await write({ 'w.yaml': `${podOf('w')}spec: {hostPID: true}\n` });
    expect(await list('-f', 'w.yaml', '--no-headers')).toEqual({
      code: 0,
      stdout: 'w.yaml   1   Pod   <none>   w   -   host   -\n',
      stderr: 'warning: w.yaml:4: the key "spec" is there twice; kubectl takes the last one\n',
    });
  });

  test('a chart of Helm is reported once, with the command that renders it', async () => {
    const template = '{{- if .Values.agent }}\nkind: Pod\nspec: {hostPID: {{ .Values.pid }}}\n{{- end }}\n';
    await write({
      'chart/Chart.yaml': 'apiVersion: v2\nname: x\nversion: 1.0.0\n',
      'chart/values.yaml': 'agent: {enabled: true}\n',
      'chart/templates/a.yaml': template,
      'chart/templates/b.yaml': `${template}---\n${template}`,
      'chart/templates/c.yaml': template,
    });
    expect(await list('-Rf', 'chart')).toEqual({
      code: 3,
      stdout: '',
      stderr:
        "error: chart/templates/a.yaml:1: this is a template, such as Helm's, and not a manifest, and so are 2 other files. " +
        'Run: helm template . | kubectl hostns list -f -\n',
    });
  });
});

describe('what is wrong is said with its place, and hides nothing else', () => {
  test('in a file', async () => {
    await write({
      'bad.yaml':
        'kind: Pod\nspec: {hostNetwork: "true"}\n---\nkind: Pod\nmetadata: {name: a\n---\nhello\n---\nkind: Pod\nspec: {hostPID: true}\n',
    });
    expect(await list('-f', 'bad.yaml', '-o', 'name')).toEqual({
      code: 3,
      stdout: 'pod/\n',
      stderr:
        'error: bad.yaml:2: spec.hostNetwork is the text "true"; it takes true or false\n' +
        "error: bad.yaml:5: it is not valid YAML: did not find expected ',' or '}'\n" +
        'error: bad.yaml:7: the document is the text "hello", not an object\n',
    });
  });

  test('with files', async () => {
    await write({ 'app.yaml': DAEMON_SET, 'd/e/x.yaml': DAEMON_SET });
    execFileSync('mkfifo', [join(folder, 'd/pipe.yaml')]);
    const names = ['none.yaml', 'd/e/x.yaml', 'd'];
    await mkdir(join(folder, 'f/g'), { recursive: true });
    const { code, stdout, stderr } = await list(
      ...[...names, 'f'].flatMap((name) => ['-f', name]),
      '-o',
      'name',
    );
    expect({ code, stdout }).toEqual({ code: 3, stdout: 'daemonset.apps/node-exporter\npod/debug-*\n' });
    expect(stderr).toBe(
      'error: none.yaml: it cannot be read: there is no such file\n' +
        'error: d/pipe.yaml: it is not a file\n' +
        'error: f: there is no file in this folder that ends with .json, .yaml or .yml; -R looks into the folders in it, too\n',
    );
  });

  test('on standard input', async () => {
    const { code, stderr } = await listFrom(bytes('a: 1\n'));
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: 'error: standard input:1: the document has no kind\n',
    });
  });

  inProcessTest('on standard input that fails', async () => {
    const broken = Readable.from(
      (function* () {
        yield Buffer.from('kind: Pod');
        throw Object.assign(new Error('broken'), { code: 'EIO' });
      })(),
    );
    expect((await listFrom(broken)).stderr).toBe(
      'error: standard input: it cannot be read: input/output error\n',
    );
  });
});

describe('where nothing is found', () => {
  test('it is said how much was looked at', async () => {
    await write({ 'plain.yaml': 'kind: Pod\n---\nkind: Pod\n', 'app.yaml': DAEMON_SET, 'none.yaml': '' });
    expect(await list('-f', 'plain.yaml', '-f', 'none.yaml')).toEqual({
      code: 0,
      stdout: '',
      stderr:
        'No resources found. None of 2 Pods and Pod templates in 2 files shares a namespace with its node.\n',
    });
    expect((await list('-f', 'plain.yaml', '--shares', 'ipc', '-o', 'name')).stderr).toBe(
      'No resources found. None of 2 Pods and Pod templates in 1 file shares the ipc namespace with its node.\n',
    );
    expect((await list('-f', 'none.yaml')).stderr).toBe(
      'No resources found. There is neither a Pod nor a Pod template in 1 file.\n',
    );
    const { code, stdout, stderr } = await list('-f', 'none.yaml', '-o', 'json');
    expect({ code, stderr, document: JSON.parse(stdout) as unknown }).toEqual({
      code: 0,
      stderr: '',
      document: { apiVersion: 'kubectl-hostns/v1', kind: 'SharingManifestList', items: [] },
    });
  });
});

describe('flags that go with a cluster', () => {
  test.each([
    ['-A', ['-A']],
    ['-n', ['-n', 'shop']],
    ['-l', ['-l', 'app=web']],
    ['--field-selector', ['--field-selector', 'a=b']],
    ['--node', ['--node', 'kube-node-1']],
    ['--show-completed', ['--show-completed']],
    ['--sort-by', ['--sort-by', '.metadata.name']],
    ['--watch', ['-w']],
    ['--watch-only', ['--watch-only']],
  ])('%s', async (flag, argv) => {
    expect(await list('-f', 'x.yaml', ...argv)).toEqual({
      code: 4,
      stdout: '',
      stderr: `error: The flag ${flag} needs a cluster and cannot be combined with -f, which reads manifests.\n`,
    });
  });

  test('how to connect is of no interest', async () => {
    await write({ 'app.yaml': DAEMON_SET });
    expect((await list('-f', 'app.yaml', '--context', 'none', '--token', 'x', '-oname')).code).toBe(0);
  });

  test.each([
    [['-R'], 'The flag -R needs -f DIRECTORY.'],
    [['-f', ''], 'The value of -f is empty. Give a file, a directory, a pattern or -.'],
    [
      ['-f', 'a"b'],
      'invalid value "a"b" for -f: a name with quotes or commas takes the form \'"NAME"\', with each quote in it doubled',
    ],
    [['-f', '-,-'], '-f - was given twice, but standard input can be read only once.'],
    [['-f', '-', '-f', '-'], '-f - was given twice, but standard input can be read only once.'],
    [
      ['-f', 'a.yaml', 'b.yaml'],
      'unexpected argument "b.yaml". Repeat -f for each file, or quote the pattern: -f \'*.yaml\'.',
    ],
    [
      ['-f', 'https://example.com/a.yaml'],
      "-f does not read URLs, unlike kubectl. Run: curl -L 'https://example.com/a.yaml' | kubectl hostns list -f -",
    ],
  ])('%j is refused', async (argv, message) => {
    expect(await list(...argv)).toEqual({ code: 4, stdout: '', stderr: `error: ${message}\n` });
  });
});

describe('hostile input', () => {
  const HOSTILE = '\u001b[31m\u009b\u202e\n\u0007\u200b';
  const pod = JSON.stringify({
    apiVersion: `${HOSTILE}/v1`,
    kind: `Pod${HOSTILE}`,
    metadata: { name: HOSTILE, namespace: HOSTILE },
    spec: {
      template: {
        metadata: { labels: { [HOSTILE]: HOSTILE } },
        spec: { hostNetwork: true, runtimeClassName: HOSTILE, containers: [] },
      },
    },
  });

  test.each(['table', 'wide', 'name', 'json', 'yaml'])('shows nothing raw with -o %s', async (format) => {
    const name = `${HOSTILE.replace('\n', '')}.yaml`;
    await write({ [name]: `${pod}\n---\n${HOSTILE}\n---\nkind: Pod\nspec: {hostPID: "\\e[2J"}\n` });
    const { code, stdout, stderr } = await list('-f', '.', '-o', format, '--show-labels');
    expect(code).toBe(3);
    expect(stdout + stderr).not.toMatch(UNSAFE_TEXT);
    expect(stdout).toContain('\\u001b[31m\\u009b\\u202e');
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
    expect(stderr).toContain('spec.hostPID is the text "\\u001b[2J"');
  });

  test.each([
    ['zeros', '\0', '16 MiB; JSON is read up to 256 MiB'],
    ['spaces', ' ', '16 MiB; JSON is read up to 256 MiB'],
  ])('an endless stream of %s is read to a limit', async (_, byte, limit) => {
    let chunks = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          chunks += 1;
          yield Buffer.alloc(1 << 20, byte);
        }
      })(),
    );
    expect(await listFrom(endless)).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: standard input: it has more than ${limit}\n`,
    });
    expect(chunks).toBeLessThan(64);
  });

  test('one long name makes no table of spaces', async () => {
    const long = `kind: Pod\nmetadata: {name: ${'n'.repeat(1 << 20)}}\nspec: {hostPID: true}\n---\n`;
    await write({ 'long.yaml': long + 'kind: Pod\nspec: {hostPID: true}\n---\n'.repeat(1000) });
    const { stdout } = await list('-f', 'long.yaml');
    expect(stdout.length).toBeLessThan(1 << 20);
    expect(stdout).toContain(`${'n'.repeat(252)}…`);
  });

  test('bombs end with a sentence', async () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from('bcdefghij')
      .map(
        (name, at) =>
          `${name}: &${name} [${Array(9)
            .fill(`*${'abcdefghij'.charAt(at)}`)
            .join()}]\n`,
      )
      .join('')}kind: List\nitems: *j\n`;
    await write({
      'bomb.yaml': bomb,
      'deep.yaml': '['.repeat(100_000),
      'deep.json': `{"a":${'['.repeat(100_000)}`,
    });
    expect((await list('-f', '.')).stderr.replaceAll(/:\d+:/g, ':')).toBe(
      'error: bomb.yaml: with its aliases written out it has more than 16 MiB\n' +
        'error: deep.json: it is nested deeper than 200\n' +
        'error: deep.yaml: it is nested deeper than 200\n',
    );
  });
});

test('Ctrl-C ends it, even where nobody writes into the pipe', async () => {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const never = new Readable({ read: () => undefined });
  for (const [name, stdin] of [
    ['pipe', bytes()],
    ['-', never],
  ] as const) {
    const controller = new AbortController();
    const running = run(['list', '-f', name], {}, { stdin, signal: controller.signal });
    setTimeout(() => {
      controller.abort();
    }, 50);
    expect(await running).toEqual({ code: 130, stdout: '', stderr: 'error: Interrupted.\n' });
  }
});
