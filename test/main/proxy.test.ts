import { beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { base64 } from '../api-server/kubeconfig.ts';
import { recordedPods } from '../api-server/recorded.ts';
import { testCluster } from './cluster.ts';
import { ConnectProxy } from './connect-proxy.ts';
import { Collector, programCommand, run } from './run.ts';

const cluster = testCluster();
const DEFAULT_PODS = {
  code: 0,
  stdout: 'pod/distroless-net-2\npod/pod-use-hostnetwork-2\npod/stubborn-2\n',
  stderr: '',
};
/** A name that only the proxy knows; the certificate is for it. */
const FAR_AWAY = { server: 'https://kubernetes:6443' };

async function startProxy(): Promise<ConnectProxy> {
  return cluster.closeAfterwards(await ConnectProxy.start(cluster.server.port));
}

describe('a proxy', () => {
  test("that the kubeconfig's cluster names is used, even for this machine", async () => {
    const proxy = await startProxy();
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { 'proxy-url': proxy.url } });
    expect(await run(['list', '-oname'], { KUBECONFIG })).toEqual(DEFAULT_PODS);
    // The Pods and the nodes are asked for at the same time.
    const tunnel = `127.0.0.1:${String(cluster.server.port)}`;
    expect(proxy.tunnels).toEqual([tunnel, tunnel]);
  });

  test.each(['HTTPS_PROXY', 'https_proxy'])('that %s names is used', async (variable) => {
    const proxy = await startProxy();
    const KUBECONFIG = await cluster.kubeconfig({ cluster: FAR_AWAY });
    expect(await run(['list', '-oname'], { KUBECONFIG, [variable]: proxy.url })).toEqual(DEFAULT_PODS);
    expect(proxy.tunnels[0]).toBe('kubernetes:6443');
  });

  test('from the environment is not used for this machine', async () => {
    const proxy = await startProxy();
    const KUBECONFIG = await cluster.kubeconfig();
    expect(await run(['list', '-oname'], { KUBECONFIG, HTTPS_PROXY: proxy.url })).toEqual(DEFAULT_PODS);
    expect(proxy.tunnels).toEqual([]);
  });

  test.each([
    ['0.0.0.0', 0],
    ['10.0.0.0/8, 0.0.0.0/32', 0],
    ['*', 0],
    ['example.com,10.0.0.0/8', 1],
  ])('is not used for what NO_PROXY excepts: %s', async (NO_PROXY, atLeast) => {
    const proxy = await startProxy();
    // By this address, too, this machine reaches itself, and it does not look like it.
    const server = `https://0.0.0.0:${String(cluster.server.port)}`;
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { server, 'tls-server-name': 'kubernetes' } });
    const environment = { KUBECONFIG, HTTPS_PROXY: proxy.url, NO_PROXY };
    expect(await run(['list', '-oname'], environment)).toEqual(DEFAULT_PODS);
    expect(Math.min(proxy.tunnels.length, 1)).toBe(atLeast);
  });

  test('sees neither the token nor anything else of the request', async () => {
    const proxy = await startProxy();
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { ...FAR_AWAY, 'proxy-url': proxy.url } });
    await run(['list'], { KUBECONFIG });
    expect(cluster.server.requests[0]?.headers.authorization).toMatch(/^Bearer /);
    expect(cluster.server.requests[0]?.headers['proxy-connection']).toBeUndefined();
  });

  test('that refuses is an error of the proxy, not of the server', async () => {
    const proxy = cluster.closeAfterwards(await ConnectProxy.start(null));
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { ...FAR_AWAY, 'proxy-url': proxy.url } });
    const { code, stdout, stderr } = await run(['list'], { KUBECONFIG });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toBe(
      `error: Cannot list Pods in the namespace default: the API server https://kubernetes:6443 could not be asked through the proxy ${new URL(proxy.url).host}, the proxy refuses to lead there. Check proxy-url in the kubeconfig, or HTTPS_PROXY and NO_PROXY.\n`,
    );
  });

  test('may want a name and a password, which stand in its URL', async () => {
    const proxy = await startProxy();
    proxy.login = 'ann:s/e c';
    const withLogin = (login: string): string => proxy.url.replace('//', `//${login}@`);
    const KUBECONFIG = await cluster.kubeconfig({ cluster: FAR_AWAY });
    const good = { KUBECONFIG, HTTPS_PROXY: withLogin('ann:s%2Fe%20c') };
    expect(await run(['list', '-oname'], good)).toEqual(DEFAULT_PODS);
    for (const HTTPS_PROXY of [proxy.url, withLogin('ann:wrong')]) {
      const { code, stderr } = await run(['list', '-v9'], { KUBECONFIG, HTTPS_PROXY });
      expect(code).toBe(3);
      expect(stderr.split('\n')[0]).toBe(
        `error: Cannot list Pods in the namespace default: the API server https://kubernetes:6443 could not be asked through the proxy ${new URL(proxy.url).host}, the proxy requires authentication, or rejected the credentials (407). Put the name and the password into its URL: http://NAME:PASSWORD@HOST:PORT.`,
      );
      expect(stderr).not.toContain('wrong');
    }
  });

  test('is passed by what is run in a container, over a WebSocket', async () => {
    const proxy = await startProxy();
    proxy.login = 'ann:secret';
    const url = proxy.url.replace('//', '//ann:secret@');
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { ...FAR_AWAY, 'proxy-url': url } });
    const { stdout, stderr } = await run(['verify', 'plain-2', '-ojson'], { KUBECONFIG });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      items: [
        {
          namespaces: {
            pid: { evidence: expect.arrayContaining([expect.objectContaining({ source: 'container' })]) },
          },
        },
      ],
    });
    expect(cluster.server.requests.filter(({ path }) => path.endsWith('/exec'))).toHaveLength(1);
    expect(new Set(proxy.tunnels)).toEqual(new Set(['kubernetes:6443']));
  });

  test.each(['http:', 'socks5:'])(
    '%s that cannot be reached is named, but for its password',
    async (scheme) => {
      const proxy = await ConnectProxy.start(null);
      await proxy.close();
      const withPassword = proxy.url.replace('http://', `${scheme}//ann:secret@`);
      const KUBECONFIG = await cluster.kubeconfig({ cluster: { ...FAR_AWAY, 'proxy-url': withPassword } });
      const { code, stdout, stderr } = await run(['list', '-v9'], { KUBECONFIG });
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr.split('\n')[0]).toBe(
        `error: Cannot list Pods in the namespace default: the API server https://kubernetes:6443 could not be asked through the proxy ${new URL(proxy.url).host}, the connection was refused. Check proxy-url in the kubeconfig, or HTTPS_PROXY and NO_PROXY.`,
      );
      expect(stderr).not.toContain('secret');
    },
  );

  test('is passed by a client certificate, which the server sees', async () => {
    const proxy = await startProxy();
    const { certificate, key } = await cluster.issue('admin');
    const user = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { ...FAR_AWAY, 'proxy-url': proxy.url }, user });
    expect(await run(['list', '-oname'], { KUBECONFIG })).toEqual(DEFAULT_PODS);
  });

  test('is no reason to trust any certificate', async () => {
    const proxy = await startProxy();
    const cluster1 = { ...FAR_AWAY, 'proxy-url': proxy.url, 'certificate-authority-data': '' };
    const KUBECONFIG = await cluster.kubeconfig({ cluster: cluster1 });
    const { code, stderr } = await run(['list'], { KUBECONFIG });
    expect(code).toBe(3);
    expect(stderr).toContain(
      'its certificate is signed by itself or by an authority that is not trusted here',
    );
    const insecure = await run(['list', '-oname', '--insecure-skip-tls-verify'], { KUBECONFIG });
    expect(insecure).toEqual(DEFAULT_PODS);
  });

  test('that is no URL is an error', async () => {
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { ...FAR_AWAY, 'proxy-url': 'ftp://proxy' } });
    const { code, stderr } = await run(['list'], { KUBECONFIG });
    expect(code).toBe(3);
    expect(stderr).toBe(
      'error: The proxy of the kubeconfig or the environment is not a URL that begins with http://, https:// or socks5://.\n',
    );
  });
});

describe('a server far away', () => {
  // Twice as many Pods, for the server does not compress a small answer.
  beforeEach(() => {
    cluster.server.store.change([...recordedPods, ...recordedPods]);
  });
  const listRequest = () => cluster.server.requests.find(({ path }) => path.endsWith('/pods'));
  const encoding = (): string | undefined => listRequest()?.answer?.headers['Content-Encoding'];

  test('is asked for compressed answers, and they are read', async () => {
    const proxy = await startProxy();
    const cluster1 = { ...FAR_AWAY, 'proxy-url': proxy.url };
    const KUBECONFIG = await cluster.kubeconfig({ cluster: cluster1 });
    const near = await cluster.run(['list', '-A', '-ojson']);
    expect(listRequest()?.headers['accept-encoding']).toBe('identity');
    cluster.server.requests.length = 0;
    expect(await run(['list', '-A', '-ojson'], { KUBECONFIG })).toEqual(near);
    expect(listRequest()?.headers['accept-encoding']).toBe('gzip');
    expect(encoding()).toBe('gzip');
  });

  test('whose compressed answer breaks off is asked again', async () => {
    const proxy = await startProxy();
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { ...FAR_AWAY, 'proxy-url': proxy.url } });
    const whole = await cluster.run(['list', '-A', '-ojson']);
    for (const how of ['closed', 'ended'] as const) {
      for (const at of [0, 5, 1000, 10_000]) {
        cluster.server.requests.length = 0;
        let left = 1;
        cluster.server.respond = ({ path }) =>
          path.endsWith('/pods') && left-- > 0 ? { kind: 'truncated', at, how } : null;
        expect(await run(['list', '-A', '-ojson'], { KUBECONFIG })).toEqual(whole);
        cluster.server.respond = ({ path }) =>
          path.endsWith('/pods') ? { kind: 'truncated', at, how } : null;
        const { code, stdout } = await run(['list', '-A', '-ojson'], { KUBECONFIG });
        expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
        expect(encoding()).toBe('gzip');
      }
    }
  });

  test('is asked for plain answers with --disable-compression', async () => {
    const proxy = await startProxy();
    const KUBECONFIG = await cluster.kubeconfig({ cluster: { ...FAR_AWAY, 'proxy-url': proxy.url } });
    await run(['list', '--disable-compression'], { KUBECONFIG });
    expect(listRequest()?.headers['accept-encoding']).toBe('identity');
  });
});

describe('a proxy of the environment, of the program as a process of its own', () => {
  async function runProcess(
    argv: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }> {
    const [command, ...args] = programCommand;
    const child = spawn(command, [...args, ...argv], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = [new Collector(), new Collector()];
    child.stdout.pipe(stdout);
    child.stderr.pipe(stderr);
    const [code] = (await once(child, 'close')) as [unknown];
    return { code, stdout: stdout.text, stderr: stderr.text };
  }

  test.each([
    ['', true],
    ['other.example,kubernetes:6444,ubernetes', true],
    ['.kubernetes', true],
    ['kubernetes', false],
    ['KUBERNETES:6443', false],
    ['example.com, *', false],
    ['*', false],
  ])('leads to the server, unless NO_PROXY=%j excepts it', async (NO_PROXY, isUsed) => {
    const proxy = await startProxy();
    const KUBECONFIG = await cluster.kubeconfig({ cluster: FAR_AWAY });
    const { code } = await runProcess(['list', '-oname'], { KUBECONFIG, HTTPS_PROXY: proxy.url, NO_PROXY });
    // The name is known to the proxy alone.
    expect({ code, isUsed: proxy.tunnels.length > 0 }).toEqual({ code: isUsed ? 0 : 3, isUsed });
  });

  test('is asked neither for a Pod that --reach asks, nor by a Node.js that is told to use it for all', async () => {
    const proxy = await startProxy();
    const KUBECONFIG = await cluster.kubeconfig();
    const environment = {
      KUBECONFIG,
      HTTPS_PROXY: proxy.url,
      HTTP_PROXY: proxy.url,
      http_proxy: proxy.url,
      ALL_PROXY: proxy.url,
      NODE_USE_ENV_PROXY: '1',
    };
    const { stdout } = await runProcess(
      ['verify', 'pod-use-hostnetwork-2', '--reach', '--timeout', '3s'],
      environment,
    );
    expect(stdout).toMatch(/http:\/\/198\.51\.100\.2:80/);
    expect({ tunnels: proxy.tunnels, others: proxy.others }).toEqual({ tunnels: [], others: [] });
  });
});
