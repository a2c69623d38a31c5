import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Certificate } from '../api-server/certificate.ts';
import { base64, kubeconfig } from '../api-server/kubeconfig.ts';
import { tokenOf } from '../api-server/users.ts';
import { testCluster } from './cluster.ts';
import { inProcessTest, run } from './run.ts';

const cluster = testCluster();
const DEFAULT_PODS = {
  code: 0,
  stdout: 'pod/distroless-net-2\npod/pod-use-hostnetwork-2\npod/stubborn-2\n',
  stderr: '',
};

describe('the kubeconfig', () => {
  test('is the one in the home directory where none is named', async () => {
    const homeDirectory = join(cluster.folder, 'home');
    await mkdir(join(homeDirectory, '.kube'), { recursive: true });
    await writeFile(
      join(homeDirectory, '.kube', 'config'),
      kubeconfig({ cluster: cluster.entry, user: { token: tokenOf('admin') } }),
    );
    expect(await run(['list', '-oname'], {}, { homeDirectory })).toEqual(DEFAULT_PODS);
  });

  test.each(['..', 'a/b', 'a%2fb'])('may not have %j for a namespace', async (namespace) => {
    const { code, stderr } = await run(['list'], { KUBECONFIG: await cluster.kubeconfig({ namespace }) });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: invalid namespace ".*": it must not be /);
    expect(cluster.server.requests).toEqual([]);
  });

  test('may be several files: the first that names something wins', async () => {
    const first = await cluster.file(
      kubeconfig({ cluster: cluster.entry, user: { token: tokenOf('admin') } }),
    );
    const second = await cluster.file(
      kubeconfig({ cluster: { server: 'https://127.0.0.1:1' }, user: { token: 'other' }, namespace: 'shop' }),
    );
    const missing = join(cluster.folder, 'not-there');
    const KUBECONFIG = [missing, first, second].join(delimiter);
    expect(await run(['list', '-oname'], { KUBECONFIG })).toEqual(DEFAULT_PODS);
  });

  test('may have its parts in several files', async () => {
    const entry = (list: string, name: string, value: object): string =>
      JSON.stringify({ [list]: [{ name: 'a', [name]: value }] });
    const files = await Promise.all([
      cluster.file('current-context: a\n'),
      cluster.file(entry('contexts', 'context', { cluster: 'a', user: 'a', namespace: 'ci' })),
      cluster.file(entry('clusters', 'cluster', cluster.entry)),
      cluster.file(entry('users', 'user', { token: tokenOf('admin') })),
    ]);
    const { code, stdout } = await run(['list', '-oname', '-lapp=builder'], {
      KUBECONFIG: files.join(delimiter),
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'pod/image-builder\n' });
  });

  test('--kubeconfig is the only one, whatever KUBECONFIG says', async () => {
    const other = await cluster.kubeconfig({ cluster: { server: 'https://127.0.0.1:1' } });
    const path = await cluster.kubeconfig();
    expect(await run(['list', '-oname', '--kubeconfig', path], { KUBECONFIG: other })).toEqual(DEFAULT_PODS);
  });

  test('names files relative to its own folder', async () => {
    const { certificate, key } = await cluster.issue('admin');
    const folder = join(cluster.folder, 'deep', 'down');
    await mkdir(join(folder, 'pki'), { recursive: true });
    await Promise.all([
      writeFile(join(folder, 'pki', 'ca.crt'), cluster.authority.certificate),
      writeFile(join(folder, 'pki', 'admin.crt'), certificate),
      writeFile(join(folder, 'pki', 'admin.key'), key),
      writeFile(
        join(folder, 'config'),
        kubeconfig({
          cluster: { server: cluster.server.url, 'certificate-authority': 'pki/ca.crt' },
          user: { 'client-certificate': './pki/admin.crt', 'client-key': 'pki/admin.key' },
        }),
      ),
    ]);
    expect(await run(['list', '-oname'], { KUBECONFIG: join(folder, 'config') })).toEqual(DEFAULT_PODS);
    expect(cluster.server.requests[0]?.headers.authorization).toBeUndefined();
  });

  test('may hold the client certificate itself', async () => {
    const { certificate, key } = await cluster.issue('admin');
    const user = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };
    const KUBECONFIG = await cluster.kubeconfig({ user });
    expect(await run(['list', '-oname'], { KUBECONFIG })).toEqual(DEFAULT_PODS);
  });

  test('may name a file with the token, which wins over a token beside it', async () => {
    await cluster.file(`${tokenOf('admin')}\n`, 'token');
    const KUBECONFIG = await cluster.kubeconfig({ user: { tokenFile: 'token', token: 'old' } });
    expect(await run(['list', '-oname'], { KUBECONFIG })).toEqual(DEFAULT_PODS);
  });

  test('a token file that has just changed is read again when the server refuses the old one', async () => {
    const path = await cluster.file('old\n', 'rotating-token');
    const KUBECONFIG = await cluster.kubeconfig({ user: { tokenFile: path } });
    const podRequests = () => cluster.server.requests.filter((request) => request.path.endsWith('/pods'));
    let isRotated = false;
    cluster.server.respond = () => {
      if (podRequests().length > 0 && !isRotated) {
        isRotated = true;
        writeFileSync(path, tokenOf('admin'));
      }
      return null;
    };
    const screen = await run(['list', '-oname'], { KUBECONFIG });
    expect(screen).toEqual(DEFAULT_PODS);
    expect(podRequests().map(({ headers }) => headers.authorization)).toEqual([
      'Bearer old',
      `Bearer ${tokenOf('admin')}`,
    ]);
  });

  test('may hold a name and a password', async () => {
    const KUBECONFIG = await cluster.kubeconfig({ user: { username: 'ann', password: 'pass:word' } });
    const { code } = await run(['list'], { KUBECONFIG });
    expect(code).toBe(3);
    expect(cluster.server.requests[0]?.headers.authorization).toBe(`Basic ${base64('ann:pass:word')}`);
  });

  test('a certificate without its key is an error', async () => {
    const { certificate } = await cluster.issue('admin');
    const KUBECONFIG = await cluster.kubeconfig({ user: { 'client-certificate-data': base64(certificate) } });
    expect(await run(['list'], { KUBECONFIG })).toEqual({
      code: 3,
      stdout: '',
      stderr: 'error: A client certificate is given without its key.\n',
    });
  });

  const pair = async (): Promise<Certificate> => cluster.issue('admin');
  const ofKind = (type: 'ec' | 'rsa', modulusLength = 2048): string =>
    (type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength })
    ).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const encrypted = (type: 'pkcs8' | 'sec1') =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type,
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'secret',
    });

  test.each<[string, () => Partial<Certificate>, string]>([
    [
      'that is not PEM',
      () => ({ certificate: 'garbage' }),
      'the certificate is not in PEM format. Check client-certificate.',
    ],
    ['whose key is not PEM', () => ({ key: 'garbage' }), 'the key is not in PEM format. Check client-key.'],
    [
      "with another's key",
      () => ({ key: ofKind('ec') }),
      'the key does not belong to the certificate. Check client-certificate and client-key.',
    ],
    [
      'with a key of another kind',
      () => ({ key: ofKind('rsa') }),
      'the key does not belong to the certificate. Check client-certificate and client-key.',
    ],
    ...(['pkcs8', 'sec1'] as const).map((type): [string, () => Partial<Certificate>, string] => [
      `with an encrypted key (${type})`,
      () => ({ key: encrypted(type) }),
      'the key is encrypted. Decrypt it, for example with `openssl pkey -in KEY -out KEY.pem`.',
    ]),
  ])('a certificate %s is an error before anything is sent', async (_name, change, reason) => {
    const { certificate, key } = { ...(await pair()), ...change() };
    const user = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };
    expect(await run(['list'], { KUBECONFIG: await cluster.kubeconfig({ user }) })).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: The client certificate cannot be used: ${reason}\n`,
    });
    expect(cluster.server.requests).toEqual([]);
  });

  test.each<[string, (pem: string) => string]>([
    ['blank lines', (pem) => `\n${pem.replaceAll('\n', '\n\n')}`],
    ['a blank line before END', (pem) => pem.replace('\n-----END', '\n\n-----END')],
    ['Windows line ends', (pem) => pem.replaceAll('\n', '\r\n')],
    ['spaces at line ends', (pem) => pem.replaceAll('\n', ' \t\n')],
    ['one long line', (pem) => pem.replaceAll(/(?<!-)\n(?!-)/g, '')],
    ['text around it', (pem) => `subject=/CN=a-b\n${pem}end`],
    ['no line end', (pem) => pem.trimEnd()],
    [
      'something else before it',
      (pem) => `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${pem}`,
    ],
  ])('PEM may have %s, as in kubectl', async (_name, change) => {
    const { certificate, key } = await pair();
    const KUBECONFIG = await cluster.kubeconfig({
      cluster: { 'certificate-authority-data': base64(change(cluster.authority.certificate)) },
      user: {
        'client-certificate-data': base64(change(certificate)),
        'client-key-data': base64(change(key)),
      },
    });
    expect(await run(['list', '-oname'], { KUBECONFIG })).toEqual(DEFAULT_PODS);
  });
});

describe('the connection flags', () => {
  test('--token replaces the credentials of the kubeconfig', async () => {
    const KUBECONFIG = await cluster.kubeconfig({ user: { token: 'expired' } });
    expect(await run(['list', '-oname', `--token=${tokenOf('admin')}`], { KUBECONFIG })).toEqual(
      DEFAULT_PODS,
    );
  });

  test('--client-certificate and --client-key do, too', async () => {
    const { certificate, key } = await cluster.issue('admin');
    const KUBECONFIG = await cluster.kubeconfig({ user: {} });
    const flags = [
      `--client-certificate=${await cluster.file(certificate)}`,
      `--client-key=${await cluster.file(key)}`,
    ];
    expect(await run(['list', '-oname', ...flags], { KUBECONFIG })).toEqual(DEFAULT_PODS);
  });

  test.each(['--server', '-s'])('%s and --certificate-authority need no kubeconfig at all', async (flag) => {
    const ca = await cluster.file(cluster.authority.certificate);
    const flags = [flag, cluster.server.url, '--certificate-authority', ca, '--token', tokenOf('admin')];
    expect(await run(['list', '-oname', ...flags])).toEqual(DEFAULT_PODS);
  });

  test('--server without a scheme is https', async () => {
    const KUBECONFIG = await cluster.kubeconfig();
    const server = `127.0.0.1:${String(cluster.server.port)}`;
    expect(await run(['list', '-oname', '--server', server], { KUBECONFIG })).toEqual(DEFAULT_PODS);
  });

  test('--insecure-skip-tls-verify trusts any certificate', async () => {
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { 'certificate-authority-data': '' } });
    expect(await run(['list', '-oname', '--insecure-skip-tls-verify'], { KUBECONFIG })).toEqual(DEFAULT_PODS);
    const { code } = await run(['list', '--insecure-skip-tls-verify=false'], { KUBECONFIG });
    expect(code).toBe(3);
  });

  test('a certificate authority beside --insecure-skip-tls-verify contradicts it', async () => {
    const ca = await cluster.file(cluster.authority.certificate);
    const flags = ['--insecure-skip-tls-verify', '--certificate-authority', ca];
    expect(await cluster.run(['list', ...flags])).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: A certificate authority and insecure-skip-tls-verify cannot both be set: choose one of them.\n',
    });
  });

  test('--context, --cluster and --user choose from the kubeconfig', async () => {
    const good = kubeconfig({ cluster: cluster.entry, user: { token: tokenOf('admin') }, namespace: 'ci' });
    const bad = kubeconfig({
      cluster: { server: 'https://127.0.0.1:1' },
      user: { token: 'bad' },
      name: 'bad',
    });
    const KUBECONFIG = [await cluster.file(bad), await cluster.file(good)].join(delimiter);
    const byContext = await run(['list', '-oname', '-lapp=builder', '--context', 'recorded'], { KUBECONFIG });
    expect(byContext).toEqual({ code: 0, stdout: 'pod/image-builder\n', stderr: '' });
    const byParts = await run(['list', '-oname', '--cluster', 'recorded', '--user', 'recorded'], {
      KUBECONFIG,
    });
    expect(byParts).toEqual(DEFAULT_PODS);
  });

  test('--as, --as-group and --as-uid impersonate', async () => {
    const flags = ['--as', 'admin', '--as-group', 'a', '--as-group', 'b', '--as-uid', '17'];
    expect(await cluster.run(['list', '-oname', ...flags])).toEqual(DEFAULT_PODS);
    expect(cluster.server.requests[0]?.headers).toMatchObject({
      'impersonate-user': 'admin',
      'impersonate-group': 'a, b',
      'impersonate-uid': '17',
    });
  });

  test('the kubeconfig may impersonate, too', async () => {
    const user = {
      token: tokenOf('admin'),
      as: 'admin',
      'as-user-extra': { 'example.com/Reason': ['x', 'y'] },
    };
    const KUBECONFIG = await cluster.kubeconfig({ user });
    expect(await run(['list', '-oname'], { KUBECONFIG })).toEqual(DEFAULT_PODS);
    expect(cluster.server.requests[0]?.headers).toMatchObject({
      'impersonate-user': 'admin',
      'impersonate-extra-example.com%2freason': 'x, y',
    });
  });

  test('what the kubeconfig impersonates is escaped as client-go escapes it', async () => {
    const user = {
      token: tokenOf('admin'),
      as: 'Jürgen',
      'as-uid': 'ü',
      'as-groups': ['a', '', 'b, c'],
      'as-user-extra': { '(Ünï %': ['x', 'ÿ\u0100'], empty: [] },
    };
    const KUBECONFIG = await cluster.kubeconfig({ user });
    await run(['list', '-oname'], { KUBECONFIG });
    const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
    const { headers } = cluster.server.requests[0] ?? {};
    expect(
      Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => name.startsWith('impersonate'))),
    ).toEqual({
      'impersonate-user': latin1('Jürgen'),
      'impersonate-uid': latin1('ü'),
      'impersonate-group': 'a, , b, c',
      'impersonate-extra-%28%c3%9cn%c3%af%20%25': latin1('x, ÿ\u0100'),
    });
  });

  test('--as-user-extra replaces the values of its key and keeps other keys, as in kubectl', async () => {
    const user = { token: tokenOf('admin'), as: 'admin', 'as-user-extra': { k: ['old'], z: ['z'] } };
    const KUBECONFIG = await cluster.kubeconfig({ user });
    await run(['list', '--as-user-extra', 'k=a', '--as-user-extra=k=b=c,d'], { KUBECONFIG });
    expect(cluster.server.requests[0]?.headers).toMatchObject({
      'impersonate-extra-k': 'a, b=c,d',
      'impersonate-extra-z': 'z',
    });
  });

  test('--as-user-extra without a value is refused: kubectl would impersonate without it', async () => {
    expect(await cluster.run(['list', '--as=admin', '--as-user-extra', 'k'])).toEqual({
      code: 4,
      stdout: '',
      stderr: expect.stringContaining('invalid value "k" for --as-user-extra. Use KEY=VALUE.'),
    });
  });

  test.each([
    ['--username and --password', ['--username=ann', '--password=p:w'], 'ann:p:w'],
    ['a user and a password in the URL', ['--server=https://ann:p%40w@HOST'], 'ann:p@w'],
    ['a user alone in the URL', ['--server=https://ann@HOST'], 'ann:'],
  ])('%s are basic authentication', async (_, flags, sent) => {
    const KUBECONFIG = await cluster.kubeconfig({ user: {} });
    const host = new URL(cluster.server.url).host;
    const { code, stdout, stderr } = await run(['list', ...flags.map((flag) => flag.replace('HOST', host))], {
      KUBECONFIG,
    });
    expect(cluster.server.requests[0]?.headers.authorization).toBe(`Basic ${base64(sent)}`);
    expect({ code, stdout, stderr }).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: Cannot list Pods in the namespace default: the server does not accept the credentials (401 Unauthorized). Check the user name and the password; Kubernetes itself has no basic authentication since 1.19.\n',
    });
  });

  test('--username besides a token is an error, as in kubectl', async () => {
    expect(await cluster.run(['list', '--username=ann'])).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: A user name or password is given besides a token: remove --username and --password, or the token.\n',
    });
  });

  test.each([
    ['user', () => [`--token=${tokenOf('admin')}`]],
    ['cluster', () => [`--server=${cluster.server.url}`, '--insecure-skip-tls-verify']],
  ])(
    'flags may replace a %s that the context names and the kubeconfig does not have',
    async (what, flags) => {
      const whole = JSON.parse(await readFile(await cluster.kubeconfig(), 'utf8')) as object;
      const KUBECONFIG = await cluster.file(JSON.stringify({ ...whole, [`${what}s`]: [] }));
      expect(await run(['list', '-oname', ...flags()], { KUBECONFIG })).toEqual(DEFAULT_PODS);
      const { stderr } = await run(['list'], { KUBECONFIG });
      expect(stderr).toBe(`error: There is no ${what} "recorded" in the kubeconfig. It has no ${what}s.\n`);
    },
  );

  test.each([
    'ftp://host',
    'http:/host',
    'https:host:6443',
    '//host',
    'http:///host',
    'unix:///x',
    'http:\\\\host',
    'https://a:%zz@host',
  ])('the server %s is refused', async (server) => {
    expect(await cluster.run(['list', '--server', server])).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: The server "${server.replace('a:%zz@', '')}" is not a URL such as https://host:6443.\n`,
    });
  });

  test('--as wins over the kubeconfig, and what stands beside it there stays, as in kubectl', async () => {
    const user = { token: tokenOf('admin'), as: 'ann', 'as-uid': '1', 'as-groups': ['a', 'b'] };
    const KUBECONFIG = await cluster.kubeconfig({ user });
    await run(['list', '--as', 'admin', '--as-group=c'], { KUBECONFIG });
    expect(cluster.server.requests[0]?.headers).toMatchObject({
      'impersonate-user': 'admin',
      'impersonate-uid': '1',
      'impersonate-group': 'c',
    });
  });

  async function expectRefusedHeader(flag: string): Promise<void> {
    const { code, stderr } = await cluster.run(['list', '--as=admin', flag]);
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^error: .* cannot be sent: there is a control character, such as a line break, in it\.\n$/,
    );
    expect(cluster.server.requests).toEqual([]);
  }

  test.each(['--as=a\nb', '--token=a\nb', '--as-group=\u007f'])(
    'what no header can carry is refused: %j',
    expectRefusedHeader,
  );

  // No process has a NUL in its arguments.
  inProcessTest.each(['--as-uid=\u0000'])('what no header can carry is refused: %j', expectRefusedHeader);

  test('a group without a user is an error', async () => {
    const { code, stderr } = await cluster.run(['list', '--as-group', 'a']);
    expect(code).toBe(3);
    expect(stderr).toBe(
      'error: A group, uid or extra field is impersonated without a user: name one with --as.\n',
    );
  });

  test('a flag that is given as empty counts as not given', async () => {
    expect(await cluster.run(['list', '-oname', '--token=', '--context=', '--server', ''])).toEqual(
      DEFAULT_PODS,
    );
  });
});

describe('a server without TLS', () => {
  test('may have a certificate authority besides insecure-skip-tls-verify, which then mean nothing', async () => {
    const { url } = await cluster.startServer({ plain: true });
    const KUBECONFIG = await cluster.kubeconfig({
      cluster: { server: url, 'insecure-skip-tls-verify': true },
    });
    expect(await run(['list', '-oname'], { KUBECONFIG })).toEqual(DEFAULT_PODS);
  });

  test('is sent no credentials, and is what a bare address means where nothing says TLS', async () => {
    const server = await cluster.startServer({ plain: true });
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { server: server.url } });
    for (const flags of [[], ['--token', 'secret'], ['--server', server.url.replace('http://', '')]]) {
      const { code, stdout } = await run(['list', '-oname', ...flags], {
        KUBECONFIG: flags[0] === '--server' ? '/none' : KUBECONFIG,
      });
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: 'pod/distroless-net-2\npod/pod-use-hostnetwork-2\npod/stubborn-2\n',
      });
    }
    expect(server.requests.length).toBeGreaterThan(0);
    expect(server.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });
});
