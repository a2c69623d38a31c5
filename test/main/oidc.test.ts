import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { base64 } from '../api-server/kubeconfig.ts';
import { closedPort } from '../support/closed-port.ts';
import { testCluster } from './cluster.ts';
import { run } from './run.ts';

const cluster = testCluster();
const issued: string[] = [];
let issuer: Server;
let url: string;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of OpenID Connect as far as anybody looks into it; the stand-in takes none. */
const idToken = (subject: string, secondsFromNow: number): string => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: url, aud: 'kubectl', sub: subject, iat: now, exp: now + secondsFromNow };
  return `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl`;
};

/** An issuer, whose certificate is of the authority of the cluster's. */
beforeAll(async () => {
  const { certificate, key } = await cluster.authority.issue({ commonName: 'issuer', names: ['127.0.0.1'] });
  issuer = createServer({ cert: certificate, key }, (request, response) => {
    issued.push(request.url ?? '');
    const answer =
      request.url === '/token'
        ? {
            access_token: 'access',
            token_type: 'bearer',
            expires_in: 3600,
            id_token: idToken('ann', 3600),
            refresh_token: 'next',
          }
        : { issuer: url, token_endpoint: `${url}/token`, jwks_uri: `${url}/keys` };
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${String((issuer.address() as AddressInfo).port)}`;
});
afterAll(() => {
  issuer.close();
});

function kubeconfigWith(
  token: string,
  more: object = { 'idp-certificate-authority-data': base64(cluster.authority.certificate) },
): Promise<string> {
  const config = {
    'idp-issuer-url': url,
    ...more,
    'client-id': 'kubectl',
    'client-secret': 'secret',
    'id-token': token,
    'refresh-token': 'refresh',
  };
  return cluster.kubeconfig({ user: { 'auth-provider': { name: 'oidc', config } } });
}

test('a token that is valid is sent as it is, and its issuer is not asked', async () => {
  const token = idToken('ann', 3600);
  await run(['list'], { KUBECONFIG: await kubeconfigWith(token) });
  expect(cluster.server.requests[0]?.headers.authorization).toBe(`Bearer ${token}`);
  expect(issued).toEqual([]);
});

// Before the issuer is trusted once: fetch keeps its connections.
test('an issuer whose certificate nobody vouches for is given nothing', async () => {
  const KUBECONFIG = await kubeconfigWith(idToken('ann', -60), {});
  const { code, stdout, stderr } = await run(['list'], { KUBECONFIG });
  expect({ code, stdout, issued }).toEqual({ code: 3, stdout: '', issued: [] });
  expect(stderr).toMatch(
    /^error: The OIDC token of the kubeconfig cannot be refreshed: its issuer 127\.0\.0\.1:\d+ could not be asked, its certificate is signed by itself or by an authority that is not trusted here\.\n$/,
  );
});

test('an issuer that is not there is named', async () => {
  const host = `127.0.0.1:${String(await closedPort())}`;
  const KUBECONFIG = await kubeconfigWith(idToken('ann', -60), { 'idp-issuer-url': `https://${host}` });
  const { code, stderr } = await run(['list'], { KUBECONFIG });
  expect({ code, stderr }).toEqual({
    code: 3,
    stderr: `error: The OIDC token of the kubeconfig cannot be refreshed: its issuer ${host} could not be asked, the connection was refused.\n`,
  });
});

test.each([
  [{ 'idp-issuer-url': '' }, 'its idp-issuer-url is missing'],
  [{ 'idp-issuer-url': 'issuer' }, 'its idp-issuer-url "issuer" is not a URL'],
])('an expired token of an issuer with %j cannot be refreshed', async (more, why) => {
  const KUBECONFIG = await kubeconfigWith(idToken('ann', -60), more);
  expect(await run(['list'], { KUBECONFIG })).toEqual({
    code: 3,
    stdout: '',
    stderr: `error: The OIDC token of the kubeconfig has expired and cannot be refreshed: ${why}.\n`,
  });
});

test("an issuer's certificate authority that is not PEM is named", async () => {
  const more = { 'idp-certificate-authority-data': base64('garbage') };
  const KUBECONFIG = await kubeconfigWith(idToken('ann', -60), more);
  expect(await run(['list'], { KUBECONFIG })).toEqual({
    code: 3,
    stdout: '',
    stderr:
      "error: The issuer's certificate authority contains no certificate in PEM format. Check idp-certificate-authority in the kubeconfig.\n",
  });
});

test('a token that has expired is replaced by one that the issuer gives for the refresh-token', async () => {
  const old = idToken('ann', -60);
  await run(['list'], { KUBECONFIG: await kubeconfigWith(old) });
  expect(issued).toContain('/token');
  const [, sent] = cluster.server.requests[0]?.headers.authorization?.split(' ') ?? [];
  expect(sent).not.toBe(old);
  expect(JSON.parse(Buffer.from(sent?.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
    sub: 'ann',
  });
});

test('requests at the same time refresh an expired token once', async () => {
  const before = issued.filter((path) => path === '/token').length;
  const { code } = await run(['list'], { KUBECONFIG: await kubeconfigWith(idToken('ann', -60)) });
  // The list of Pods and that of the nodes with Windows go out together.
  expect(code).not.toBe(0);
  expect(issued.filter((path) => path === '/token').length - before).toBe(1);
});
