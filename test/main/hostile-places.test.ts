import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { createServer, type TLSSocket } from 'node:tls';
import { commands } from '../../src/cli/parse.ts';
import { recordedExec, recordedSummary } from '../api-server/kubelet.ts';
import { type PodJson, recordedNodes, recordedPods, recordedServerVersion } from '../api-server/recorded.ts';
import type { KubeconfigOptions } from '../api-server/kubeconfig.ts';
import type { ApiServer } from '../api-server/server.ts';
import { tokenOf } from '../api-server/users.ts';
import { HOSTILE, UNSAFE_TEXT } from '../support/unsafe-text.ts';
import { testCluster } from './cluster.ts';
import { hasty } from './probing.ts';
import { type Environment, inProcessTest, isInProcess, run, sampled, type Screen } from './run.ts';
import { recordedPod, reporting, withSection } from './verifying.ts';
import { endWatching, until, watching } from './watching.ts';

/*
 * Text of strangers, of each dangerous kind, in each place that it can come from, one place at a time: whatever is
 * printed of it, in whatever format, does nothing to a terminal and stays on its line; and documents say what was there.
 */

// Thousands of handshakes of TLS would take a quarter of the time.
const cluster = testCluster({ plain: true });
/** For what is read or checked only where there is TLS. */
let tlsServer: ApiServer;
beforeAll(async () => {
  tlsServer = await cluster.startServer({});
  // Few, for they are listed often, and each is inspected: one with the text, one beside it, one on another node.
  const names = ['pod-use-hostnetwork-2', 'plain-2', 'plain-1'];
  cluster.server.store.change(recordedPods.filter(({ json }) => names.includes(json.metadata.name)));
});
afterEach(endWatching);

/** Stands behind the hostile text: where it begins a line, the hostile text has begun that line. */
const MARK = 'MARK';
const kinds = Object.entries(HOSTILE).map(([kind, text], nth) => [kind, text + MARK, nth] as const);
const IS_HALF = 'is half a character';
/** YAML says the same as JSON, for which the formats have tests of their own. */
const FORMATS = ['table', 'wide', 'json', 'yaml'] as const;

/** Which has its turn at a place: in each kind another one, so that all come by. */
function turn<T>(of: readonly T[], place: number, kind: number): T {
  const chosen = of[(place + kind) % of.length];
  if (chosen === undefined) throw new Error('There is nothing to choose from.');
  return chosen;
}

/** @param what what is told where it is not harmless */
function expectHarmless(what: unknown, { code, stdout, stderr }: Screen): void {
  const written = stdout + stderr;
  expect({
    what,
    unsafe: UNSAFE_TEXT.exec(written)?.[0].codePointAt(0)?.toString(16),
    // Half a character would have become this on its way. Bun writes it in the path of a file, where it is harmless.
    replaced: isInProcess && written.includes('\ufffd'),
    newLine: /^\s*MARK.*/m.exec(written)?.[0],
    defect: /.*Internal error: .*Please report.*/.exec(written)?.[0],
    code: [0, 1, 2, 3, 4].includes(code),
  }).toEqual({ what, replaced: false, code: true });
}

/** What the administrator sees, who need not wait long for anything. */
const seen = (argv: readonly string[], environment: Environment = {}): Promise<Screen> =>
  cluster.run(argv, environment, hasty);

/** A kubeconfig for the server with TLS. */
const overTls = ({ cluster: entry, ...rest }: Partial<KubeconfigOptions> = {}): Promise<string> =>
  cluster.kubeconfig({ ...rest, cluster: { server: tlsServer.url, ...entry } });

type Path = readonly (string | number)[];

/** Where the texts are in a value; of several elements of an array in the first. */
function textsIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value === 'string') return [path];
  if (Array.isArray(value)) return value.length === 0 ? [] : textsIn(value[0], [...path, 0]);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => textsIn(each, [...path, key]));
}

/** The value with another text at a path. */
function changed<T>(value: T, path: Path, change: (text: string) => string): T {
  const [key, ...rest] = path;
  if (key === undefined) return change(value as string) as T;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<
    string | number,
    unknown
  >;
  copy[key] = changed(copy[key], rest, change);
  return copy as T;
}

/** Whether a document has a text in it, as a value or as a key. */
function holds(document: unknown, text: string): boolean {
  if (typeof document === 'string') return document.includes(text);
  if (typeof document !== 'object' || document === null) return false;
  return Object.entries(document).some(([key, value]) => key.includes(text) || holds(value, text));
}

/** A Pod with a text wherever the program looks for one, and not only where Pods mostly have them. */
function fullPod(): PodJson {
  const pod = recordedPod('pod-use-hostnetwork-2');
  const [first] = pod.spec.containers;
  if (first === undefined) throw new Error('The recorded Pod has a container.');
  const waiting = { name: 'i', state: { waiting: { reason: 'CrashLoopBackOff' } } };
  return {
    metadata: {
      ...pod.metadata,
      labels: { 'example.com/app': 'web' },
      ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }],
    },
    spec: {
      ...pod.spec,
      runtimeClassName: 'runc',
      initContainers: [
        { name: 'i', image: 'i', restartPolicy: 'Always', ports: [{ hostPort: 1, protocol: 'TCP' }] },
      ],
      containers: [{ ...first, ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }] }],
    },
    status: {
      ...pod.status,
      reason: 'Evicted',
      nominatedNodeName: 'kube-node-2',
      conditions: [{ type: 'PodScheduled', status: 'True', reason: 'Reason' }],
      initContainerStatuses: [waiting],
      containerStatuses: [
        { name: first.name, state: { waiting: { reason: 'ImagePullBackOff' } } },
        { name: first.name, state: { terminated: { exitCode: 1, reason: 'OOMKilled' } } },
      ],
    },
  };
}

/** A time that is none is no text, which other tests are about. */
const placesIn = (pod: PodJson): readonly Path[] =>
  textsIn(pod).filter((path) => !/Time(?:stamp)?$/.test(String(path.at(-1))));

/** What of a Pod stands in the documents of `list`. */
const LISTED = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'metadata.labels.example.com/app',
  'metadata.ownerReferences.0.kind',
  'metadata.ownerReferences.0.name',
  'spec.nodeName',
  'spec.runtimeClassName',
  'spec.initContainers.0.name',
  'spec.initContainers.0.ports.0.protocol',
  'spec.containers.0.name',
  'spec.containers.0.ports.0.protocol',
  'status.phase',
  'status.hostIP',
  'status.podIP',
];

describe.each(sampled(kinds, 4))('what %s', (kind, hostile, nth) => {
  const poison = (text: string): string => text + hostile;

  // In protobuf there are none.
  const encodings = kind === IS_HALF ? ['json'] : ['json', 'protobuf'];
  describe.each(encodings)('in any text of a Pod of a list in %s', (encoding) => {
    const pod = fullPod();

    function list(...argv: readonly string[]): Promise<Screen> {
      if (encoding === 'json') cluster.server.respond = () => ({ kind: 'json' });
      return seen(['list', '-A', '--show-completed', ...argv]);
    }

    test('is harmless, and documents are faithful', async () => {
      const listed: string[] = [];
      for (const [index, path] of placesIn(pod).entries()) {
        cluster.server.store.restore();
        cluster.server.store.apply(changed(pod, path, poison));
        expectHarmless(path, await list('-owide', '--show-labels'));
        const json = await list('-ojson');
        expectHarmless(path, json);
        const format = turn(['-oname', '-oyaml'], index, nth);
        const other = await list(format);
        expectHarmless(path, other);
        if (format === '-oyaml') expect(load(other.stdout)).toEqual(JSON.parse(json.stdout));
        if (holds(JSON.parse(json.stdout), hostile)) listed.push(path.join('.'));
      }
      expect(listed).toEqual(expect.arrayContaining(LISTED));
    });

    test('is harmless in a label’s name, and in a watch', async () => {
      const labelled = { ...pod, metadata: { ...pod.metadata, labels: { [poison('a')]: poison('b') } } };
      cluster.server.store.apply(labelled);
      expectHarmless('a label', await list('-owide', '--show-labels'));
      const json = await list('-ojson', '--field-selector', `metadata.name=${pod.metadata.name}`);
      expect(JSON.parse(json.stdout)).toMatchObject({ items: [{ labels: { [poison('a')]: poison('b') } }] });
      for (const format of ['wide', 'json', 'yaml', 'name']) {
        const watch = watching(cluster, ['-A', '-w', '--show-completed', '-o', format]);
        await until('it is watched', () => cluster.server.watches === 1);
        const before = watch.stdout().split('\n').length - 1;
        const renamed = changed(labelled, ['metadata', 'name'], (name) => poison(name + format));
        cluster.server.store.apply(renamed);
        await watch.lines(before + 1);
        const { stdout, stderr } = await watch.end();
        await until('the server has seen the end of it', () => cluster.server.watches === 0);
        cluster.server.store.remove(renamed.metadata.namespace, renamed.metadata.name);
        if (format === 'json') {
          const told = stdout
            .split('\n')
            .slice(before, -1)
            .map((line) => JSON.parse(line) as unknown);
          expect(holds(told, renamed.metadata.name)).toBe(true);
        }
        expectHarmless(['a watch', format], { code: 0, stdout, stderr });
      }
    });
  });

  test('in any text of a Pod, a node, or a kubelet’s summary is harmless in a verdict', async () => {
    cluster.server.respond = () => ({ kind: 'json' });
    const argv = (format: string): readonly string[] => ['verify', '--all', '-n', 'default', '-o', format];
    const pod = fullPod();
    for (const [index, path] of placesIn(pod).entries()) {
      cluster.server.store.restore();
      cluster.server.store.apply(changed(pod, path, poison));
      expectHarmless(path, await seen(argv(turn(FORMATS, index, nth))));
    }
    cluster.server.store.restore();
    const node = recordedNodes.find(({ metadata }) => metadata.name === 'kube-node-2');
    if (node === undefined) throw new Error('The recording has this node.');
    for (const [index, path] of textsIn(node).entries()) {
      const poisoned = changed(node, path, poison);
      cluster.server.nodes = [...recordedNodes.filter((other) => other !== node), poisoned];
      expectHarmless(path, await seen(argv(turn(FORMATS, index, nth))));
      expectHarmless(path, await seen(['list', '-A', '-owide']));
    }
    cluster.server.nodes = recordedNodes;
    const summaryOf = (name: string): ReturnType<typeof recordedSummary> => {
      const summary = recordedSummary(name);
      // The first Pod is the one that is changed: it must be one that is verified.
      return { ...summary, pods: summary.pods.filter(({ podRef }) => podRef.name === 'plain-2') };
    };
    for (const path of textsIn(summaryOf('kube-node-2'))) {
      cluster.server.summary = (name) => changed(summaryOf(name), path, poison);
      for (const format of FORMATS) {
        const screen = await seen(argv(format));
        expectHarmless(path, screen);
        if (path.at(-1) === 'name' && path.includes('interfaces') && format === 'json') {
          expect(holds(JSON.parse(screen.stdout), hostile)).toBe(true);
        }
      }
    }
  });

  test('in any part of a container’s report, in its errors, and in those of its runtime', async () => {
    const [container] = recordedPod('plain-2').spec.containers;
    const call = { namespace: 'default', pod: 'plain-2', container: container?.name ?? '' };
    let sections: readonly string[] = [];
    cluster.server.exec = (asked) =>
      reporting(asked, (report, marker) => {
        sections = [...report.matchAll(new RegExp(`^${marker} begin (.*)$`, 'gm'))].map(
          ([, name = '']) => name,
        );
        return report;
      });
    await seen(['verify', call.pod]);
    expect(sections.length).toBeGreaterThan(8);
    const commandLines = [
      ...FORMATS.map((format) => ['verify', call.pod, '-o', format]),
      ['ifconfig', call.pod, '-a'],
      ['ifconfig', call.pod, '-ojson'],
    ];
    for (const [index, section] of sections.entries()) {
      for (const change of [
        (text: string) => text.replaceAll(/\S+/g, (word) => word + hostile),
        () => hostile,
      ]) {
        cluster.server.exec = (asked) =>
          reporting(asked, (report, marker) => {
            // Not every script asks for each of them.
            const begin = report.indexOf(`${marker} begin ${section}\n`);
            if (begin === -1) return report;
            const from = report.indexOf('\n', begin) + 1;
            const to = report.indexOf(`\n${marker} end `, from);
            return withSection(report, marker, section, change(report.slice(from, to)));
          });
        for (const one of [index, index + 3]) {
          const argv = turn(commandLines, one, nth);
          expectOfUtf8([section, argv], await seen(argv));
        }
      }
    }
    for (const answer of [
      { stderr: hostile, exit: 1 },
      { stderr: `\n${hostile}\n${hostile}`, exit: 2 },
      { exit: hostile },
    ]) {
      cluster.server.exec = () => answer;
      for (const argv of commandLines) expectOfUtf8(answer, await seen(argv));
    }
    cluster.server.exec = recordedExec;
  });

  /** What comes as UTF-8 can hold no half of a character: it has become another one before. */
  function expectOfUtf8(what: unknown, screen: Screen): void {
    const { stdout, stderr } = screen;
    if (kind !== IS_HALF) expectHarmless(what, screen);
    else expect({ what, unsafe: UNSAFE_TEXT.exec(stdout + stderr) }).toEqual({ what, unsafe: null });
  }

  test('in an answer that refuses', async () => {
    const message = poison('no');
    const commandLines = [
      ['list', '-v9'],
      ['list', '-A', '--node', 'kube-node-2'],
      ['verify', 'plain-2'],
      ['verify', 'deployment/web'],
      ['verify', 'plain-2', '--probe'],
      ['ifconfig', 'plain-2'],
      ['version'],
      ['__complete', 'verify', ''],
    ];
    for (const code of [400, 401, 403, 404, 422, 500, 503]) {
      const status = { code, reason: poison('Forbidden'), message };
      cluster.server.respond = () => ({ kind: 'status', status });
      for (const argv of commandLines) expectOfUtf8([code, argv], await seen(argv));
    }
    // Of what is asked in between.
    const status = { code: 403, reason: poison('Forbidden'), message };
    for (const where of [/nodes$/, /\/proxy\//, /\/exec$/, /^POST/, /\/pods\/[^/]+$/]) {
      cluster.server.respond = ({ path, method }) =>
        where.test(path) || where.test(method) ? { kind: 'status', status } : { kind: 'json' };
      for (const argv of commandLines.slice(1, 6)) {
        expectOfUtf8([String(where), argv], await seen(argv));
      }
    }
  });

  test('in what the server says of itself', async () => {
    for (const path of textsIn(recordedServerVersion)) {
      const body = JSON.stringify(changed(recordedServerVersion, path, poison));
      cluster.server.respond = () => ({ kind: 'other', contentType: 'application/json', body });
      for (const format of [[], ['-ojson'], ['-oyaml']]) {
        expectHarmless(path, await seen(['version', ...format]));
      }
    }
    const body = JSON.stringify({ gitVersion: poison('v1.35.4'), platform: poison('linux/amd64') });
    cluster.server.respond = () => ({ kind: 'other', contentType: 'application/json', body });
    expect(holds(JSON.parse((await seen(['version', '-ojson'])).stdout), hostile)).toBe(true);
  });

  test('in the lines and headers of an answer', async () => {
    const { certificate: cert, key } = await cluster.issue('kube-apiserver');
    let head = '';
    const server = createServer({ cert, key }, (socket: TLSSocket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(head));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const url = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
      const KUBECONFIG = await cluster.kubeconfig({ cluster: { server: url } });
      for (const encoded of [hostile, Buffer.from(hostile).toString('latin1')]) {
        for (const lines of [
          `HTTP/1.1 500 ${encoded}\r\n\r\n`,
          `HTTP/1.1 200 OK\r\nContent-Type: text/${encoded}\r\n\r\n${encoded}`,
          `HTTP/1.1 500 OK\r\nContent-Type: application/json\r\nWarning: 299 - "${encoded}"\r\nRetry-After: ${encoded}\r\n\r\n{}`,
          `HTTP/1.1 302 Found\r\nLocation: https://${encoded}/\r\n\r\n`,
          `HTTP/1.1 200 OK\r\nContent-Encoding: ${encoded}\r\n\r\n`,
          `${encoded}\r\n\r\n`,
        ]) {
          head = lines;
          for (const argv of [
            ['list', '-v9', '--insecure-skip-tls-verify'],
            ['ifconfig', 'plain-2', '-v9', '--insecure-skip-tls-verify'],
          ]) {
            const { stdout, stderr } = await run(argv, { KUBECONFIG });
            expect(UNSAFE_TEXT.exec(stdout + stderr)).toBeNull();
          }
        }
      }
    } finally {
      server.close();
    }
  });

  // No process has a NUL in its arguments.
  inProcessTest('in names that are completed is never in a candidate', async () => {
    const pod = recordedPod('pod-use-hostnetwork-2');
    const evil = [
      '$(id)',
      '`id`',
      'a b',
      "a'b",
      'a"b',
      'a;b',
      'a\\b',
      '-oyaml',
      '--server=x',
      '~',
      '*',
      '{a,b}',
      '#',
      '!!',
      '',
    ];
    for (const name of [...evil, hostile, `plain${hostile}`]) {
      cluster.server.store.apply({ ...pod, metadata: { ...pod.metadata, name } });
    }
    const config = {
      'current-context': 'recorded',
      contexts: evil.map((name) => ({ name: name + hostile })),
    };
    const other = await cluster.file(JSON.stringify(config));
    const KUBECONFIG = [await cluster.kubeconfig(), other].join(delimiter);
    for (const argv of [
      ['verify', ''],
      ['verify', 'p'],
      ['list', '--context', ''],
      ['list', '-n', hostile],
      [hostile],
    ]) {
      const { stdout, stderr } = await seen(['__complete', ...argv], { KUBECONFIG });
      expect(stderr).toBe('');
      const [directive, ...candidates] = stdout.trimEnd().split('\n').toReversed();
      expect(directive).toMatch(/^:\d+$/);
      expect(candidates.map((candidate) => candidate.replace(/\t[\w ,./()'-]+$/, '')).join(' ')).toMatch(
        /^[\w@%+=:,./ -]*$/,
      );
    }
  });

  test('on the command line, in any word and in the value of any flag', async () => {
    // No system gives a program an argument with a NUL in it.
    const given = hostile.replaceAll('\0', '');
    const KUBECONFIG = await overTls();
    const seenOverTls = (argv: readonly string[]): Promise<Screen> => seen(argv, { KUBECONFIG });
    for (const command of commands) {
      expectOfUtf8(command.name, await seenOverTls([command.name, given]));
      expectOfUtf8(command.name, await seenOverTls([command.name, `-${given}`]));
      expectOfUtf8(command.name, await seenOverTls([command.name, `--${given}=1`]));
      expectOfUtf8(command.name, await seenOverTls(['help', command.name, given]));
      for (const [name, { type }] of Object.entries(command.flags)) {
        const value = name === 'server' ? `https://127.0.0.1:1/${given}` : given;
        const words = ['verify', 'ifconfig'].includes(command.name) ? ['plain-2'] : [];
        const flags = type === 'boolean' ? [`--${name}=${given}`] : [`--${name}=${value}`, '-v9'];
        expectOfUtf8([command.name, flags], await seenOverTls([command.name, ...words, ...flags]));
      }
    }
    expectOfUtf8('no command', await seenOverTls([given]));
  });

  describe('in a kubeconfig', () => {
    const secret = { token: tokenOf('admin') };
    const plugin = { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', args: [] };

    test.each<[string, Partial<KubeconfigOptions>]>([
      ['the namespace', { namespace: hostile }],
      ['the server', { cluster: { server: `https://127.0.0.1:1/${hostile}` } }],
      ['the server’s name', { cluster: { 'tls-server-name': hostile } }],
      ['the authority', { cluster: { 'certificate-authority-data': '', 'certificate-authority': hostile } }],
      ['the proxy', { cluster: { 'proxy-url': `http://127.0.0.1:1/${hostile}` } }],
      ['the proxy that is none', { cluster: { 'proxy-url': hostile } }],
      ['the token', { user: { token: hostile } }],
      ['the token’s file', { user: { tokenFile: hostile } }],
      ['the certificate', { user: { 'client-certificate': hostile, 'client-key': hostile } }],
      ['the name', { user: { username: hostile, password: hostile } }],
      ['whom to impersonate', { user: { ...secret, as: hostile, 'as-groups': [hostile] } }],
      [
        'a field to impersonate',
        { user: { ...secret, as: 'admin', 'as-user-extra': { [hostile]: [hostile] } } },
      ],
      ['a provider', { user: { 'auth-provider': { name: hostile } } }],
      [
        'an issuer',
        {
          user: {
            'auth-provider': { name: 'oidc', config: { 'id-token': hostile, 'idp-issuer-url': hostile } },
          },
        },
      ],
      ['a plugin', { user: { exec: { ...plugin, command: hostile, installHint: hostile } } }],
      [
        'a plugin that is there',
        {
          user: {
            exec: {
              ...plugin,
              command: '/bin/false',
              args: [hostile],
              env: [{ name: hostile, value: hostile }],
            },
          },
        },
      ],
      ['a plugin’s version', { user: { exec: { ...plugin, command: 'a', apiVersion: hostile } } }],
      ['a plugin’s mode', { user: { exec: { ...plugin, command: 'a', interactiveMode: hostile } } }],
    ])('as %s', async (_, options) => {
      const KUBECONFIG = await overTls(options);
      for (const argv of [['list', '-v9'], ['verify', 'plain-2'], ['version']]) {
        expectHarmless(options, await run(argv, { KUBECONFIG }, hasty));
      }
    });

    test('as a name, which an error tells', async () => {
      const named = (list: string, key: string): object => ({ [list]: [{ name: hostile, [key]: {} }] });
      const all = {
        ...named('contexts', 'context'),
        ...named('clusters', 'cluster'),
        ...named('users', 'user'),
      };
      for (const config of [
        all,
        { ...all, 'current-context': hostile },
        { ...all, 'current-context': `${hostile}!` },
        {
          ...all,
          'current-context': hostile,
          contexts: [{ name: hostile, context: { cluster: hostile, user: `${hostile}!` } }],
        },
        { ...all, users: [{ name: hostile }, { name: hostile }] },
        { kind: hostile },
        { [hostile]: hostile, contexts: hostile },
      ]) {
        const KUBECONFIG = await cluster.file(JSON.stringify(config));
        for (const flags of [[], ['--context=x'], ['--cluster=x'], ['--user=x']]) {
          expectHarmless(config, await run(['list', ...flags, '-v1'], { KUBECONFIG }));
        }
      }
      for (const broken of [
        `${hostile}: [`,
        `a: &b\n${hostile} *c`,
        `"${hostile}`,
        `a: {"${hostile}": 1, "${hostile}": 2}`,
      ]) {
        expectOfUtf8(broken, await run(['list', '-v1'], { KUBECONFIG: await cluster.file(broken) }));
      }
    });

    // No process has a NUL or half a character in its environment.
    inProcessTest('as its path, or another of the environment', async () => {
      const path = `/nowhere/${hostile.replaceAll('\0', '')}`;
      expectHarmless('missing', await run(['list', '--kubeconfig', path]));
      expectHarmless('missing', await run(['list'], { KUBECONFIG: path }));
      expectHarmless('no path', await run(['list'], { KUBECONFIG: hostile }));
      expectHarmless('home', await run(['list'], {}, { homeDirectory: path }));
      const KUBECONFIG = await cluster.kubeconfig({ cluster: { server: 'https://192.0.2.1:1' } });
      for (const HTTPS_PROXY of [hostile, `http://127.0.0.1:1/${hostile}`, `http://${hostile}@127.0.0.1:1`]) {
        expectHarmless(
          HTTPS_PROXY,
          await run(['list', '-v9'], { KUBECONFIG, HTTPS_PROXY, NO_PROXY: hostile }),
        );
      }
    });
  });

  test('in manifests, their names and what is wrong with them', async () => {
    const folder = join(cluster.folder, `manifests-${kind.replaceAll(/[ ,]/g, '-')}`);
    const name = `a${hostile.replaceAll(/[\0/]/g, '')}.yaml`;
    await mkdir(folder, { recursive: true });
    const pod = (text: string): object => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: text, namespace: text, labels: { [text]: text } },
      spec: {
        hostNetwork: true,
        nodeName: text,
        runtimeClassName: text,
        containers: [{ name: text, ports: [{ hostPort: 1, protocol: text }] }],
      },
    });
    const texts = [
      JSON.stringify(pod(hostile)),
      `a: 1\n---\n${JSON.stringify(pod(hostile))}`,
      JSON.stringify({ ...pod('a'), kind: hostile }),
      JSON.stringify({ ...pod('a'), apiVersion: hostile }),
      JSON.stringify({ ...pod('a'), spec: { hostNetwork: hostile } }),
      JSON.stringify({ ...pod('a'), spec: hostile }),
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [pod(hostile), { kind: hostile }] }),
      `kind: Pod\n${hostile}: [`,
      `{"kind": "${hostile}`,
      `kind: *${hostile}`,
      hostile,
    ];
    const formats = [['-owide', '--show-labels'], ['-ojson'], ['-oyaml'], ['-oname']];
    for (const [index, text] of texts.entries()) {
      await writeFile(join(folder, `${String(index)}${name}`), text);
      for (const format of formats) {
        const stdin = Readable.from([Buffer.from(text)]);
        expectOfUtf8(text, await run(['list', '-f', '-', ...format], {}, { stdin }));
      }
    }
    for (const format of formats) {
      expectOfUtf8('a folder', await run(['list', '-f', folder, ...format]));
      expectOfUtf8('no file', await run(['list', '-f', join(folder, 'none', name), ...format]));
    }
    const { stdout } = await run(['list', '-f', join(folder, `0${name}`), '-ojson']);
    if (kind !== IS_HALF) expect(holds(JSON.parse(stdout), hostile)).toBe(true);
  });
});
