import { describe, expect, test } from '@jest/globals';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createAuthority, selfSigned } from '../api-server/certificate.ts';
import { base64 } from '../api-server/kubeconfig.ts';
import { testCluster } from './cluster.ts';
import { inProcessTest, run } from './run.ts';

const cluster = testCluster();

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a cluster that cannot be reached', () => {
  const CANNOT = 'error: Cannot list Pods in the namespace default: the API server';
  const CHECK_SERVER = 'Check that the cluster runs and that the kubeconfig names its address.';

  test('because nothing listens there', async () => {
    const server = `https://127.0.0.1:${String(await closedPort())}`;
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { server } });
    expect(await cluster.run(['list'], { KUBECONFIG })).toEqual({
      code: 3,
      stdout: '',
      stderr: `${CANNOT} ${server} could not be asked, the connection was refused. ${CHECK_SERVER}\n`,
    });
  });

  test('because its certificate has expired', async () => {
    const certificate = await cluster.authority.issue({
      commonName: 'kube-apiserver',
      names: ['127.0.0.1'],
      expired: true,
    });
    const { url: server } = await cluster.startServer({ certificate });
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { server } });
    expect(await cluster.run(['list'], { KUBECONFIG })).toEqual({
      code: 3,
      stdout: '',
      stderr: `${CANNOT} ${server} could not be asked, its certificate has expired. Renew it on the control plane (kubeadm certs renew apiserver).\n`,
    });
  });

  test('because its certificate is not valid yet', async () => {
    const names = ['127.0.0.1'];
    const certificate = await cluster.authority.issue({ commonName: 'kube-apiserver', names, early: true });
    const { url: server } = await cluster.startServer({ certificate });
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { server } });
    expect(await cluster.run(['list'], { KUBECONFIG })).toEqual({
      code: 3,
      stdout: '',
      stderr: `${CANNOT} ${server} could not be asked, its certificate is not valid yet. Check this machine's clock.\n`,
    });
  });

  test('because its certificate is signed by itself', async () => {
    const certificate = await selfSigned({ commonName: 'own', names: ['own.example'] });
    const { url: server } = await cluster.startServer({ certificate });
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { server } });
    expect(await cluster.run(['list'], { KUBECONFIG })).toEqual({
      code: 3,
      stdout: '',
      stderr: `${CANNOT} ${server} could not be asked, its certificate is signed by itself or by an authority that is not trusted here. Check the kubeconfig's certificate-authority.\n`,
    });
    const trusted = { server, 'certificate-authority-data': base64(certificate.certificate) };
    const KUBECONFIG1 = await cluster.kubeconfig({ cluster: trusted });
    const named = await cluster.run(['list', '--tls-server-name=own.example'], { KUBECONFIG: KUBECONFIG1 });
    expect(named.code).toBe(0);
  });

  test('because its certificate is not one of a server', async () => {
    const certificate = await createAuthority('127.0.0.1');
    const { url: server } = await cluster.startServer({ certificate });
    const trusted = { server, 'certificate-authority-data': base64(certificate.certificate) };
    const KUBECONFIG = await cluster.kubeconfig({ cluster: trusted });
    expect(await cluster.run(['list'], { KUBECONFIG })).toEqual({
      code: 3,
      stdout: '',
      stderr: `${CANNOT} ${server} could not be asked, its certificate is not for a server. Give the API server one with the key usage digitalSignature and the extended key usage serverAuth.\n`,
    });
  });

  test('because its certificate is for another name', async () => {
    const certificate = await cluster.authority.issue({ commonName: 'other', names: ['other.example'] });
    const { url: server } = await cluster.startServer({ certificate });
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { server } });
    expect(await cluster.run(['list'], { KUBECONFIG })).toEqual({
      code: 3,
      stdout: '',
      stderr: `${CANNOT} ${server} could not be asked, its certificate is for another name. Name the right one with --tls-server-name, or use the address that the certificate is for.\n`,
    });
    const named = await cluster.run(['list', '-oname', '--tls-server-name', 'other.example'], { KUBECONFIG });
    expect(named).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([
    ['10.9.8.7', 0],
    ['fd00::7', 0],
    ['[fd00::7]', 0],
    ['10.9.8.8', 3],
    ['127.0.0.1', 3],
  ])('--tls-server-name may be an address, as in kubectl: %s', async (name, code) => {
    const names = ['10.9.8.7', 'fd00::7'];
    const certificate = await cluster.authority.issue({ commonName: 'other', names });
    const { url: server } = await cluster.startServer({ certificate });
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { server, 'tls-server-name': name } });
    const screen = await cluster.run(['list', '-oname'], { KUBECONFIG });
    expect(screen.code).toBe(code);
    if (code !== 0) expect(screen.stderr).toContain('its certificate is for another name.');
  });

  test('because it requires a client certificate: the message is one line', async () => {
    const { certificate: cert, key } = await cluster.authority.issue({
      commonName: 'a',
      names: ['127.0.0.1'],
    });
    const demanding = createTlsServer({
      cert,
      key,
      ca: cluster.authority.certificate,
      requestCert: true,
      rejectUnauthorized: true,
      maxVersion: 'TLSv1.2',
    });
    demanding.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => demanding.listen(0, '127.0.0.1', resolve));
    const server = `https://127.0.0.1:${String((demanding.address() as AddressInfo).port)}`;
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { server } });
    const { code, stderr } = await cluster.run(['list'], { KUBECONFIG });
    demanding.close();
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /could not be asked, the TLS handshake failed \([a-z0-9/ ]*handshake failure\)\. Check that the address is the API server and that it accepts the client certificate\.\n$/,
    );
  });

  test('because its authority is a directory', async () => {
    const flags = ['--server', cluster.server.url, '--certificate-authority', cluster.folder];
    expect((await run(['list', ...flags])).stderr).toBe(
      `error: The certificate authority ${cluster.folder} cannot be read: it is a directory.\n`,
    );
  });

  test('because its authority is no certificate', async () => {
    const KUBECONFIG = await cluster.kubeconfig({
      cluster: { 'certificate-authority-data': base64('garbage') },
    });
    expect(await cluster.run(['list'], { KUBECONFIG })).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: The certificate authority of the cluster contains no certificate in PEM format. Check certificate-authority in the kubeconfig.\n',
    });
  });

  test('although one certificate of its bundle cannot be read: the others are trusted', async () => {
    const broken = '-----BEGIN CERTIFICATE-----\nMIIBbroken\n-----END CERTIFICATE-----\n';
    const bundle = `${broken}\n\n${cluster.authority.certificate}`;
    const KUBECONFIG = await cluster.kubeconfig({
      cluster: { 'certificate-authority-data': base64(bundle) },
    });
    expect(await cluster.run(['list', '-oname'], { KUBECONFIG })).toMatchObject({ code: 0, stderr: '' });
  });

  test.each(['of another authority', 'of the system'])(
    'because its authority is not one %s',
    async (which) => {
      const other = await createAuthority('another');
      const authority = which === 'of the system' ? '' : base64(other.certificate);
      const KUBECONFIG = await cluster.kubeconfig({ cluster: { 'certificate-authority-data': authority } });
      const { code, stdout, stderr } = await cluster.run(['list'], { KUBECONFIG });
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr).toBe(
        `${CANNOT} ${cluster.server.url} could not be asked, its certificate is signed by itself or by an authority that is not trusted here. Check the kubeconfig's certificate-authority.\n`,
      );
      expect(cluster.server.requests).toEqual([]);
    },
  );

  test('because it does not speak TLS', async () => {
    const { url } = await cluster.startServer({ plain: true });
    const server = url.replace('http:', 'https:');
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { server } });
    expect(await cluster.run(['list'], { KUBECONFIG })).toEqual({
      code: 3,
      stdout: '',
      stderr: `${CANNOT} ${server} could not be asked, it does not speak TLS. Check whether the address should begin with http://.\n`,
    });
  });

  test('because it speaks TLS and is asked without', async () => {
    const server = cluster.server.url.replace('https:', 'http:');
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { server } });
    expect(await cluster.run(['list'], { KUBECONFIG })).toEqual({
      code: 3,
      stdout: '',
      stderr: `${CANNOT} ${server} could not be asked, the connection was closed without an answer. ${CHECK_SERVER}\n`,
    });
  });
});

inProcessTest('an internal error without a message is reported with its stack by -v1', async () => {
  const now = (): number => {
    throw new Error('');
  };
  const { code, stderr } = await cluster.run(['list', '-v1'], {}, { now });
  expect(code).toBe(3);
  expect(stderr).toMatch(
    /^error: Internal error: Error\. Please report it at https:\/\/github\.com\/kubectl-hostns\/kubectl-hostns\/issues with the output of -v=6\.\nError(?:: )?\n {4}at /,
  );
});

describe('a kubeconfig that leads nowhere', () => {
  test('that is not there: what was looked for, and what would help', async () => {
    expect(await run(['list'])).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: No cluster to ask: no context is chosen in /nowhere/.kube/config, and this is not a Pod with a service account. Set KUBECONFIG, or name one with --kubeconfig, --context or --server.\n',
    });
  });

  test('that KUBECONFIG does not name', async () => {
    expect(await run(['list'], { KUBECONFIG: ':' })).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: No cluster to ask: KUBECONFIG names no file, and this is not a Pod with a service account. Set KUBECONFIG, or name one with --kubeconfig, --context or --server.\n',
    });
  });

  test('that is named and not there', async () => {
    expect(await run(['list', '--kubeconfig', '/nowhere/config'])).toEqual({
      code: 3,
      stdout: '',
      stderr: 'error: The kubeconfig /nowhere/config cannot be read: there is no such file.\n',
    });
  });

  test('that is no YAML: names the line', async () => {
    const path = await cluster.file('apiVersion: v1\nclusters: [\nusers: }\n');
    const { code, stdout, stderr } = await run(['list', '--kubeconfig', path]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^error: The kubeconfig \S+ cannot be read, line 3: it is not valid YAML\.\n$/);
  });

  test('whose contexts do not include the one that is named', async () => {
    expect(await cluster.run(['list', '--context', 'prod'])).toEqual({
      code: 3,
      stdout: '',
      stderr: 'error: There is no context "prod" in the kubeconfig. It has the contexts "recorded".\n',
    });
  });

  test.each(['cluster', 'user'])('whose %ss do not include the one that is named', async (kind) => {
    expect(await cluster.run(['list', `--${kind}`, 'prod'])).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: There is no ${kind} "prod" in the kubeconfig. It has the ${kind}s "recorded".\n`,
    });
  });

  test('whose certificate file is missing', async () => {
    const cluster1 = { 'certificate-authority-data': '', 'certificate-authority': 'no-such-ca.crt' };
    const KUBECONFIG = await cluster.kubeconfig({ cluster: cluster1 });
    const { code, stderr } = await cluster.run(['list'], { KUBECONFIG });
    expect(code).toBe(3);
    expect(stderr).toBe(
      `error: The certificate authority ${cluster.folder}/no-such-ca.crt cannot be read: there is no such file.\n`,
    );
  });
});
