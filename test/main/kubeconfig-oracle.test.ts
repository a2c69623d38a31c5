import { describe, expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import type { RequestOptions } from 'node:https';
import { connect } from '../../src/kube/config/connection.ts';
import { base64 } from '../api-server/kubeconfig.ts';
import { testCluster } from './cluster.ts';

const cluster = testCluster();

describe('a kubeconfig means what it means to @kubernetes/client-node', () => {
  test.each([
    ['a token', { token: 'abc' }],
    ['a token beside a certificate', { token: 'abc', ...certificateFiles() }],
    ['certificates as files', certificateFiles()],
    ['certificates as data', 'data'],
    ['a name and a password', { username: 'ann', password: 'secret' }],
    ['nothing', {}],
  ])('with %s', async (_, user) => {
    const { certificate, key } = await cluster.issue('admin');
    await cluster.file(certificate, 'admin.crt');
    await cluster.file(key, 'admin.key');
    const path = await cluster.kubeconfig({
      cluster: { server: 'https://example.com:6443/prefix', 'tls-server-name': 'kubernetes' },
      user:
        typeof user === 'string'
          ? { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) }
          : user,
      namespace: 'ci',
    });
    const oracle = new KubeConfig();
    oracle.loadFromFile(path);
    const expected: RequestOptions = {};
    await oracle.applyToHTTPSOptions(expected);

    const surroundings = { environment: {}, homeDirectory: '/nowhere', isInteractive: false };
    const ours = await connect({ kubeconfig: path, requestTimeout: 0 }, surroundings);
    const credentials = await ours.credentials.current();

    expect(ours.server.href).toBe(oracle.getCurrentCluster()?.server);
    expect(ours.namespace).toBe(oracle.getContextObject(oracle.getCurrentContext())?.namespace);
    expect(ours.tls.serverName).toBe(oracle.getCurrentCluster()?.tlsServerName);
    expect(ours.tls.ca).toBe(text(expected.ca));
    expect(credentials.certificate?.certificate).toBe(text(expected.cert));
    expect(credentials.certificate?.key).toBe(text(expected.key));
    expect(credentials.authorization).toBe(authorizationOf(expected.headers) ?? basic(expected.auth));
  });
});

function certificateFiles(): Readonly<Record<string, string>> {
  return { 'client-certificate': 'admin.crt', 'client-key': 'admin.key' };
}

function text(value: unknown): string | undefined {
  return Buffer.isBuffer(value) ? value.toString('utf8') : (value as string | undefined);
}

function basic(auth: string | null | undefined): string | undefined {
  return typeof auth === 'string' ? `Basic ${base64(auth)}` : undefined;
}

function authorizationOf(headers: RequestOptions['headers']): string | undefined {
  return (headers as Readonly<Record<string, string>> | undefined)?.['Authorization'];
}
