import { expect, test } from '@jest/globals';
import { proxyFor } from '../../../src/kube/transport/proxy.ts';

const api = new URL('https://api.prod.example.com:6443');
const address = new URL('https://10.1.2.3:6443');

test('the proxy-url of the cluster wins, NO_PROXY or not', () => {
  expect(proxyFor(api, 'socks5://jump:1080', { HTTPS_PROXY: 'http://other', NO_PROXY: '*' })).toBe(
    'socks5://jump:1080',
  );
});

test('HTTPS_PROXY counts for https, HTTP_PROXY for http, in capitals or not, with a scheme or not', () => {
  expect(proxyFor(api, '', { HTTPS_PROXY: 'proxy:3128', HTTP_PROXY: 'http://no' })).toBe('http://proxy:3128');
  expect(proxyFor(api, '', { https_proxy: 'https://proxy' })).toBe('https://proxy');
  expect(proxyFor(new URL('http://api.example.com'), '', { HTTP_PROXY: 'http://yes' })).toBe('http://yes');
  expect(proxyFor(api, '', {})).toBeNull();
});

test.each(['https://127.0.0.1:6443', 'https://127.8.8.8', 'https://localhost:6443', 'https://[::1]:6443'])(
  'no proxy of the environment is asked for %s',
  (server) => {
    expect(proxyFor(new URL(server), '', { HTTPS_PROXY: 'http://proxy' })).toBeNull();
  },
);

test.each([
  ['*', api],
  ['api.prod.example.com', api],
  ['example.com', api],
  ['.example.com', api],
  ['*.example.com', api],
  ['EXAMPLE.com:6443', api],
  ['a.b, prod.example.com', api],
  ['10.1.2.3', address],
  ['10.0.0.0/8', address],
  ['10.1.2.3:6443', address],
  ['10.1.2.3:', address],
  ['example.com:', api],
  ['fd00::/8', new URL('https://[fd00::7]:6443')],
  ['fd00::7', new URL('https://[fd00::7]:6443')],
  ['fd00:0::7', new URL('https://[fd00::7]:6443')],
  ['[FD00:0:0::7]:6443', new URL('https://[fd00::0007]:6443')],
])('NO_PROXY=%s excepts %s', (noProxy, server) => {
  expect(proxyFor(server, '', { HTTPS_PROXY: 'http://proxy', NO_PROXY: noProxy })).toBeNull();
});

test.each([
  ['', api],
  ['example.org', api],
  ['ample.com', api],
  ['.api.prod.example.com', api],
  ['example.com:443', api],
  ['10.1.2.0/25', new URL('https://10.1.2.200')],
  ['10.0.0.0/99', address],
  ['10.0.0.0/x', address],
  ['::/0', address],
  ['fd00::8', new URL('https://[fd00::7]')],
  ['fd00::7%eth0', new URL('https://[fd00::7]')],
  ['1.2.3', address],
  [':6443', api],
])('NO_PROXY=%s does not except %s', (noProxy, server) => {
  expect(proxyFor(server, '', { HTTPS_PROXY: 'http://proxy', NO_PROXY: noProxy })).toBe('http://proxy');
});
