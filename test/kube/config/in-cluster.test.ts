import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from '../../../src/kube/config/connection.ts';
import { kubeconfig } from '../../api-server/kubeconfig.ts';

const IN_POD = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
const SERVER = 'https://127.0.0.1:6443';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hostns-pod-'));
  await writeFile(join(directory, 'token'), 't');
  await writeFile(join(directory, 'namespace'), 'shop\n');
  await writeFile(join(directory, 'none.yaml'), kubeconfig({ cluster: { server: SERVER }, user: {} }));
  await writeFile(
    join(directory, 'named.yaml'),
    kubeconfig({ cluster: { server: SERVER }, user: {}, namespace: 'default' }),
  );
});
afterAll(() => rm(directory, { recursive: true }));

async function found(
  options: Partial<ConnectionOptions>,
  environment: Readonly<Record<string, string>>,
  serviceAccountDirectory = directory,
): Promise<readonly [server: string, namespace: string]> {
  const surroundings = {
    environment,
    homeDirectory: '/nowhere',
    isInteractive: false,
    serviceAccountDirectory,
  };
  const { server, namespace } = await connect({ requestTimeout: 0, ...options }, surroundings);
  return [server.origin, namespace];
}

/** Each was tried with kubectl 1.35.4. */
describe('in a Pod the namespace is', () => {
  const KUBECONFIGS = [
    ['a kubeconfig without a namespace', () => ({ kubeconfig: join(directory, 'none.yaml') })],
    ['--server alone', () => ({ server: SERVER })],
  ] as const;

  test.each(KUBECONFIGS)("with %s, that of the Pod's service account", async (_, options) => {
    expect(await found(options(), IN_POD)).toEqual([SERVER, 'shop']);
  });

  test.each(KUBECONFIGS)('with %s, POD_NAMESPACE where it is set', async (_, options) => {
    expect(await found(options(), { ...IN_POD, POD_NAMESPACE: 'ci' })).toEqual([SERVER, 'ci']);
  });

  test('that of the flag or the context where they name one, even if it is "default"', async () => {
    const environment = { ...IN_POD, POD_NAMESPACE: 'ci' };
    const named = { kubeconfig: join(directory, 'named.yaml') };
    expect(await found(named, environment)).toEqual([SERVER, 'default']);
    expect(await found({ ...named, namespace: 'web' }, environment)).toEqual([SERVER, 'web']);
  });

  test("that of the Pod's service account, as the server is, where there is no kubeconfig", async () => {
    await writeFile(join(directory, 'ca.crt'), '');
    expect(await found({}, IN_POD)).toEqual(['https://10.0.0.1', 'shop']);
  });
});

test.each([
  ['without the variables of a Pod', { POD_NAMESPACE: 'ci' }, undefined],
  ['without a token', { ...IN_POD, POD_NAMESPACE: 'ci' }, '/nowhere'],
])('%s POD_NAMESPACE does not count', async (_, environment, missing) => {
  const options = { kubeconfig: join(directory, 'none.yaml') };
  expect(await found(options, environment, missing)).toEqual([SERVER, 'default']);
});
