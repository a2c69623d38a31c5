import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Certificate } from '../api-server/certificate.ts';
import { base64 } from '../api-server/kubeconfig.ts';
import { tokenOf } from '../api-server/users.ts';
import { testCluster } from './cluster.ts';
import { inProcessTest, run } from './run.ts';

const cluster = testCluster();
const DEFAULT_PODS = {
  code: 0,
  stdout: 'pod/distroless-net-2\npod/pod-use-hostnetwork-2\npod/stubborn-2\n',
  stderr: '',
};
const API_VERSION = 'client.authentication.k8s.io/v1';

/** A kubeconfig whose user is whoever the plugin, a Node.js program, says. */
async function kubeconfigWithPlugin(program: string, exec: object = {}): Promise<string> {
  const script = await cluster.file(program, `plugin-${String(Math.random()).slice(2)}.cjs`);
  return cluster.kubeconfig({
    user: {
      exec: {
        apiVersion: API_VERSION,
        command: process.execPath,
        args: [script],
        interactiveMode: 'Never',
        ...exec,
      },
    },
  });
}

function printing(status: object): string {
  const credential = { kind: 'ExecCredential', apiVersion: API_VERSION, status };
  return `process.stdout.write(${JSON.stringify(JSON.stringify(credential))});`;
}

/** A line for each run of the plugin. */
const countingIn = (path: string): string =>
  `require('node:fs').appendFileSync(${JSON.stringify(path)}, 'run\\n');`;

const podRequests = () => cluster.server.requests.filter(({ path }) => path.endsWith('/pods'));

describe('a credential plugin', () => {
  test('for another machine is named as such, not by the exit code of a shell', async () => {
    const header = Buffer.alloc(64, '\0');
    header.write('\u007fELF\u0002\u0001', 'latin1');
    // No machine has this number.
    header.writeUInt16LE(0xff_ff, 18);
    const command = await cluster.file(header.toString('latin1'), 'foreign-plugin');
    await writeFile(command, header);
    await chmod(command, 0o755);
    const exec = { apiVersion: API_VERSION, command, interactiveMode: 'Never' };
    const KUBECONFIG = await cluster.kubeconfig({ user: { exec } });
    expect(await cluster.run(['list'], { KUBECONFIG })).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: The credential plugin "${command}" of the kubeconfig's user cannot be started: it is not a program for this machine (exec format error). Install the one for this operating system and architecture.\n`,
    });
  });

  test('gives the token', async () => {
    const KUBECONFIG = await kubeconfigWithPlugin(printing({ token: tokenOf('admin') }));
    expect(await run(['list', '-oname'], { KUBECONFIG })).toEqual(DEFAULT_PODS);
  });

  test('gives a client certificate', async () => {
    const { certificate, key } = await cluster.issue('admin');
    const status = { clientCertificateData: certificate, clientKeyData: key };
    const KUBECONFIG = await kubeconfigWithPlugin(printing(status));
    expect(await run(['list', '-oname'], { KUBECONFIG })).toEqual(DEFAULT_PODS);
  });

  const CREDENTIAL = `apiVersion: ${API_VERSION}\nkind: ExecCredential\nstatus: {token: ${tokenOf('admin')}}\n`;
  test.each([
    ['YAML', CREDENTIAL],
    ['YAML with a byte order mark', `\ufeff${CREDENTIAL}`],
    ['an object without a kind', CREDENTIAL.replace(/kind: .*\n/, '')],
    [
      'JSON with a byte order mark',
      `\ufeff{"kind":"ExecCredential","apiVersion":"${API_VERSION}","status":{"token":"${tokenOf('admin')}"}}`,
    ],
  ])('may print %s, as in kubectl', async (_, output) => {
    const KUBECONFIG = await kubeconfigWithPlugin(`process.stdout.write(${JSON.stringify(output)});`);
    expect(await run(['list', '-oname'], { KUBECONFIG })).toEqual(DEFAULT_PODS);
  });

  test('is run once, however many requests there are', async () => {
    const runs = join(cluster.folder, 'runs-once');
    const program = countingIn(runs) + printing({ token: tokenOf('admin') });
    const KUBECONFIG = await kubeconfigWithPlugin(program);
    cluster.server.largestPage = 1;
    await run(['list', '-A'], { KUBECONFIG });
    expect(cluster.server.requests.length).toBeGreaterThan(20);
    expect(await readFile(runs, 'utf8')).toBe('run\n');
  });

  test('may give another client certificate, by which the next request is made', async () => {
    const runs = join(cluster.folder, 'runs-other-certificate');
    const expirationTimestamp = new Date(Date.now() - 1000).toISOString();
    const printings = await Promise.all(
      ['admin', 'viewer'].map(async (user) => {
        const { certificate, key } = await cluster.issue(user);
        return printing({ clientCertificateData: certificate, clientKeyData: key, expirationTimestamp });
      }),
    );
    const isFirst = `require('node:fs').readFileSync(${JSON.stringify(runs)}, 'utf8') === 'run\\n'`;
    const KUBECONFIG = await kubeconfigWithPlugin(
      `${countingIn(runs)} if (${isFirst}) { ${printings.join(' } else { ')} }`,
    );
    cluster.server.largestPage = 1;
    const { code, stderr } = await run(['list', '-A'], { KUBECONFIG });
    expect(podRequests()).toHaveLength(2);
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('User "viewer"') });
  });

  test('is run again where its credential has expired', async () => {
    const runs = join(cluster.folder, 'runs-expired');
    const expirationTimestamp = new Date(Date.now() - 1000).toISOString();
    const program = countingIn(runs) + printing({ token: tokenOf('admin'), expirationTimestamp });
    const KUBECONFIG = await kubeconfigWithPlugin(program);
    cluster.server.largestPage = 1;
    expect(await run(['list', '-oname'], { KUBECONFIG })).toEqual(DEFAULT_PODS);
    expect(podRequests().length).toBeGreaterThan(1);
    // The request for the Windows nodes shares the run of the first page.
    expect(await readFile(runs, 'utf8')).toBe('run\n'.repeat(podRequests().length));
  });

  test('is run once more where the server refuses its token', async () => {
    const runs = join(cluster.folder, 'runs-refused');
    const KUBECONFIG = await kubeconfigWithPlugin(countingIn(runs) + printing({ token: 'revoked' }));
    const { code, stdout, stderr } = await run(['list'], { KUBECONFIG });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/the server does not accept the credentials \(401 Unauthorized\)\. .*\n$/);
    expect(podRequests()).toHaveLength(2);
    expect(await readFile(runs, 'utf8')).toBe('run\nrun\n');
  });

  const INTERACTIVE_TITLE =
    'of interactiveMode %s is told, where a terminal is there: %s, that it may ask: %s';

  async function expectInteractive(
    interactiveMode: string,
    isTTY: boolean,
    interactive: boolean,
  ): Promise<void> {
    const seen = join(cluster.folder, `interactive-${interactiveMode}-${String(isTTY)}`);
    const program =
      `require('node:fs').writeFileSync(${JSON.stringify(seen)}, process.env.KUBERNETES_EXEC_INFO);` +
      printing({ token: tokenOf('admin') });
    const KUBECONFIG = await kubeconfigWithPlugin(program, { interactiveMode });
    const stdin = Object.assign(Readable.from([]), { isTTY });
    expect((await run(['list'], { KUBECONFIG }, { stdin })).code).toBe(0);
    expect(JSON.parse(await readFile(seen, 'utf8'))).toMatchObject({ spec: { interactive } });
  }

  test.each([
    ['Never', false, false],
    ['IfAvailable', false, false],
  ])(INTERACTIVE_TITLE, expectInteractive);

  inProcessTest.each([
    ['Never', true, false],
    ['IfAvailable', true, true],
    ['Always', true, true],
  ])(INTERACTIVE_TITLE, expectInteractive);

  test('of v1beta1 need not say whether it is interactive', async () => {
    const apiVersion = 'client.authentication.k8s.io/v1beta1';
    const program = printing({ token: tokenOf('admin') }).replace(API_VERSION, apiVersion);
    const exec = { apiVersion, interactiveMode: undefined };
    expect(await run(['list', '-oname'], { KUBECONFIG: await kubeconfigWithPlugin(program, exec) })).toEqual(
      DEFAULT_PODS,
    );
  });

  test('is told about the cluster where it asks for that', async () => {
    const seen = join(cluster.folder, 'seen');
    const program =
      `require('node:fs').writeFileSync(${JSON.stringify(seen)}, JSON.stringify([process.env.KUBERNETES_EXEC_INFO, process.env.REGION, process.env.INHERITED]));` +
      printing({ token: tokenOf('admin') });
    const KUBECONFIG = await kubeconfigWithPlugin(program, {
      provideClusterInfo: true,
      env: [{ name: 'REGION', value: 'north' }],
    });
    expect(await run(['list', '-oname'], { KUBECONFIG, INHERITED: 'yes' })).toEqual(DEFAULT_PODS);
    const [info = '', ...variables] = JSON.parse(await readFile(seen, 'utf8')) as string[];
    expect(variables).toEqual(['north', 'yes']);
    expect(JSON.parse(info)).toEqual({
      kind: 'ExecCredential',
      apiVersion: API_VERSION,
      spec: {
        interactive: false,
        cluster: {
          server: cluster.server.url,
          'certificate-authority-data': base64(cluster.authority.certificate),
          config: null,
        },
      },
    });
  });

  test('is told nothing of the cluster where it does not', async () => {
    const seen = join(cluster.folder, 'seen-little');
    const program =
      `require('node:fs').writeFileSync(${JSON.stringify(seen)}, process.env.KUBERNETES_EXEC_INFO);` +
      printing({ token: tokenOf('admin') });
    const KUBECONFIG = await kubeconfigWithPlugin(program);
    await run(['list'], { KUBECONFIG });
    expect(JSON.parse(await readFile(seen, 'utf8'))).toEqual({
      kind: 'ExecCredential',
      apiVersion: API_VERSION,
      spec: { interactive: false },
    });
  });
});

describe('a credential plugin that fails is explained, and what it printed is not shown', () => {
  const SECRET = 'secret-12345';
  const named = `The credential plugin "${process.execPath}" of the kubeconfig's user`;

  test.each([
    [
      'an exit code',
      `console.log('${SECRET}'); process.exit(7);`,
      `${named} failed with exit code 7. Run it by itself to see why.`,
    ],
    [
      'neither JSON nor YAML',
      `console.log('{${SECRET}');`,
      `${named} printed something that is neither JSON nor YAML instead of an ExecCredential.`,
    ],
    [
      'another version',
      `console.log('{"kind":"ExecCredential","apiVersion":"v9","status":{"token":"${SECRET}"}}');`,
      `${named} printed no ExecCredential of ${API_VERSION}, which the kubeconfig asks for.`,
    ],
    ['no token', printing({}), `${named} printed an ExecCredential without a token or a certificate.`],
    [
      'a certificate without a key',
      printing({ clientCertificateData: SECRET }),
      `${named} printed a client certificate without its key, or a key alone.`,
    ],
    [
      'too much',
      `process.stdout.write('x'.repeat(3_000_000)); setInterval(() => {}, 1000);`,
      `${named} printed more than 1048576 bytes and was stopped.`,
    ],
  ])('%s', async (_, program, message) => {
    const KUBECONFIG = await kubeconfigWithPlugin(program);
    const { code, stdout, stderr } = await run(['list', '-v9'], { KUBECONFIG });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr.split('\n')[0]).toBe(`error: ${message}`);
    expect(stderr).not.toContain(SECRET);
    expect(cluster.server.requests).toEqual([]);
  });

  test.each<[string, (own: Certificate, other: Certificate) => Partial<Certificate>, string]>([
    [
      'for another key',
      (_, { certificate }) => ({ certificate }),
      'the key does not belong to the certificate',
    ],
    [
      'with a key of another type',
      () => ({
        key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
          type: 'pkcs8',
          format: 'pem',
        }),
      }),
      'the key does not belong to the certificate',
    ],
    ['that is not PEM', () => ({ certificate: SECRET }), 'the certificate is not in PEM format'],
    ['whose key is not PEM', () => ({ key: SECRET }), 'the key is not in PEM format'],
  ])('a certificate %s', async (_, change, why) => {
    const own = await cluster.issue('admin');
    const { certificate, key } = { ...own, ...change(own, await cluster.issue('viewer')) };
    const status = { token: SECRET, clientCertificateData: certificate, clientKeyData: key };
    const KUBECONFIG = await kubeconfigWithPlugin(printing(status));
    expect(await run(['list'], { KUBECONFIG })).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: ${named} printed a client certificate that cannot be used: ${why}.\n`,
    });
    expect(cluster.server.requests).toEqual([]);
  });

  test('but a certificate authority that cannot be used is an error before it runs', async () => {
    const runs = join(cluster.folder, 'runs-broken-authority');
    const script = await cluster.file(countingIn(runs) + printing({ token: SECRET }), 'broken-authority.cjs');
    const exec = {
      apiVersion: API_VERSION,
      command: process.execPath,
      args: [script],
      interactiveMode: 'Never',
    };
    const broken = { 'certificate-authority-data': base64('garbage') };
    const KUBECONFIG = await cluster.kubeconfig({ cluster: broken, user: { exec } });
    expect((await run(['list'], { KUBECONFIG })).stderr).toContain('contains no certificate in PEM format');
    expect(existsSync(runs)).toBe(false);
  });

  test('a program that is not there, with the hint of the kubeconfig', async () => {
    const exec = { command: 'no-such-plugin', installHint: 'Install it from example.com.' };
    const KUBECONFIG = await kubeconfigWithPlugin('', exec);
    expect(await run(['list'], { KUBECONFIG, PATH: '/usr/bin' })).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: The credential plugin "no-such-plugin" of the kubeconfig\'s user is not installed or not on PATH. Install it from example.com.\n',
    });
  });

  test('a hint of several lines is printed as lines', async () => {
    const exec = { command: 'no-such-plugin', installHint: '\nInstall it:\n\n  brew install x\n' };
    expect(
      await run(['list'], { KUBECONFIG: await kubeconfigWithPlugin('', exec), PATH: '/usr/bin' }),
    ).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: The credential plugin "no-such-plugin" of the kubeconfig\'s user is not installed or not on PATH.\nInstall it:\n\n  brew install x\n',
    });
  });

  test('one that must ask a person where there is none', async () => {
    const KUBECONFIG = await kubeconfigWithPlugin('', { interactiveMode: 'Always' });
    const { code, stderr } = await run(['list'], { KUBECONFIG });
    expect(code).toBe(3);
    expect(stderr).toMatch(/ must ask on a terminal, and standard input is none\.\n$/);
  });

  test.each([
    [{ command: '' }, "error: The credential plugin of the kubeconfig's user has no command.\n"],
    [
      { interactiveMode: undefined },
      `error: The credential plugin "${process.execPath}" is configured with no interactiveMode; it is Never, IfAvailable or Always.\n`,
    ],
    [
      { interactiveMode: 'Sometimes' },
      `error: The credential plugin "${process.execPath}" is configured with the interactiveMode "Sometimes"; it is Never, IfAvailable or Always.\n`,
    ],
  ])('one that is not configured as it must be: %j', async (exec, stderr) => {
    const KUBECONFIG = await kubeconfigWithPlugin(printing({ token: tokenOf('admin') }), exec);
    expect(await run(['list'], { KUBECONFIG })).toEqual({ code: 3, stdout: '', stderr });
  });

  test.each(['soon', 5, ''])('an expirationTimestamp that is none: %j', async (expirationTimestamp) => {
    const status = { token: SECRET, expirationTimestamp };
    const { code, stderr } = await run(['list'], {
      KUBECONFIG: await kubeconfigWithPlugin(printing(status)),
    });
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: `error: ${named} printed an ExecCredential with an invalid expirationTimestamp.\n`,
    });
  });

  test.each([{}, { token: 'x' }, { username: 'x' }, { tokenFile: 'x' }])(
    'one beside an auth-provider, and beside %j',
    async (user) => {
      const exec = { apiVersion: API_VERSION, command: 'x', interactiveMode: 'Never' };
      const both = { ...user, exec, 'auth-provider': { name: 'oidc' } };
      expect(await run(['list'], { KUBECONFIG: await cluster.kubeconfig({ user: both }) })).toEqual({
        code: 3,
        stdout: '',
        stderr: 'error: A user of the kubeconfig has both exec and auth-provider: remove one of them.\n',
      });
    },
  );

  test('one of a version that has gone', async () => {
    const KUBECONFIG = await kubeconfigWithPlugin('', {
      apiVersion: 'client.authentication.k8s.io/v1alpha1',
    });
    const { code, stderr } = await run(['list'], { KUBECONFIG });
    expect(code).toBe(3);
    expect(stderr).toContain('is configured for client.authentication.k8s.io/v1alpha1; ');
  });
});
