import { describe, expect, test } from '@jest/globals';
import { CHECK_WEBSOCKETS } from '../../src/kube/errors/connection-error.ts';
import type { Fault } from '../api-server/faults.ts';
import { testCluster } from './cluster.ts';

const cluster = testCluster();
const CANNOT = 'Cannot run a command in the container c of the Pod default/plain-2:';
const HTML = '<html>Blocked</html>';

/** Every request for a WebSocket fails; every other request reaches the API server. */
function withGateway(fault: Fault): void {
  cluster.server.respond = ({ path }) => (path.endsWith('/exec') ? fault : null);
}

describe('a gateway that refuses WebSockets', () => {
  test.each<[string, Fault, string]>([
    [
      '400',
      { kind: 'other', code: 400, contentType: 'text/plain', body: 'bad request' },
      '400 (bad request)',
    ],
    ['403', { kind: 'other', code: 403, contentType: 'text/html', body: HTML }, `403 (${HTML})`],
    ['404', { kind: 'other', code: 404, contentType: null, body: '' }, '404'],
    ['200', { kind: 'other', code: 200, contentType: 'text/html', body: HTML }, `200 (${HTML})`],
    ['501', { kind: 'other', code: 501, contentType: 'text/plain', body: 'no' }, '501 (no)'],
    ['502', { kind: 'other', code: 502, contentType: 'text/html', body: HTML }, `502 (${HTML})`],
    [
      '400 from an API server that does not receive the header Upgrade',
      { kind: 'status', status: { code: 400, reason: 'BadRequest', message: 'Upgrade request required' } },
      '400 (Upgrade request required)',
    ],
    [
      'a redirect',
      {
        kind: 'status',
        status: { code: 301, reason: '', message: '' },
        headers: { Location: 'https://sso.example/login?token=secret' },
      },
      '301 and redirects to https://sso.example/login',
    ],
  ])('with %s is named, and no permission is', async (_, fault, answer) => {
    withGateway(fault);
    expect(await cluster.run(['ifconfig', 'plain-2'])).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: ${CANNOT} the WebSocket upgrade failed, the server answers ${answer}. ${CHECK_WEBSOCKETS}\n`,
    });
  });

  test('by closing the connection is named', async () => {
    withGateway({ kind: 'closed' });
    expect(await cluster.run(['ifconfig', 'plain-2'])).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: ${CANNOT} the API server ${cluster.server.url} could not be asked, the connection was closed when a WebSocket was requested. ${CHECK_WEBSOCKETS}\n`,
    });
  });

  test('leaves verify with the evidence of the kubelet, and a note', async () => {
    withGateway({ kind: 'other', code: 403, contentType: 'text/html', body: HTML });
    const { code, stdout, stderr } = await cluster.run(['verify', 'plain-2']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `Note: ${CANNOT} the WebSocket upgrade failed, the server answers 403 (${HTML}). ${CHECK_WEBSOCKETS}\n`,
    });
    expect(stdout).toMatch(/^network +pod +own +match +kubelet: /m);
    expect(stdout).not.toContain('forbidden');
  });
});

describe('a gateway that refuses the list', () => {
  test('with a web page and 403 is not taken for RBAC', async () => {
    cluster.server.respond = () => ({ kind: 'other', code: 403, contentType: 'text/html', body: HTML });
    expect(await cluster.run(['list'])).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: Cannot list Pods in the namespace default: the server answers 403 Forbidden (${HTML}). This is not an answer of the Kubernetes API: a proxy or gateway before it, or the kubelet behind it, has rejected the request.\n`,
    });
  });

  test('with a redirect is named with the address that it leads to', async () => {
    cluster.server.respond = () => ({
      kind: 'status',
      status: { code: 302, reason: '', message: '' },
      headers: { Location: '/login?token=secret' },
    });
    expect(await cluster.run(['list'])).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: Cannot list Pods in the namespace default: the server answers 302 and redirects to ${cluster.server.url}/login. Redirects are not followed. Use the address of the API server itself.\n`,
    });
  });
});

test('a list without a content type is read as JSON, as kubectl reads it', async () => {
  cluster.server.respond = ({ path }) =>
    path.endsWith('/pods')
      ? { kind: 'other', contentType: null, body: '{"kind":"PodList","apiVersion":"v1","items":[]}' }
      : null;
  expect(await cluster.run(['list'])).toMatchObject({ code: 0, stdout: '' });
});
