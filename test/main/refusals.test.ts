import { describe, expect, test } from '@jest/globals';
import { tokenOf } from '../api-server/users.ts';
import { testCluster } from './cluster.ts';
import { run } from './run.ts';

const cluster = testCluster();

describe('401: the server does not know the user', () => {
  const REFUSED =
    'error: Cannot list Pods in the namespace default: the server does not accept the credentials (401 Unauthorized). ';

  test('by the token', async () => {
    const KUBECONFIG = await cluster.kubeconfig({ user: { token: 'long-expired' } });
    const { code, stdout, stderr } = await cluster.run(['list'], { KUBECONFIG });
    expect({ code, stdout, stderr }).toEqual({
      code: 3,
      stdout: '',
      stderr: `${REFUSED}The token may have expired: log in again.\n`,
    });
  });

  test('by an expired client certificate, and says since when', async () => {
    const { certificate, key } = await cluster.issue('admin', true);
    const user = {
      'client-certificate': await cluster.file(certificate),
      'client-key': await cluster.file(key),
    };
    const KUBECONFIG = await cluster.kubeconfig({ user });
    const { code, stdout, stderr } = await cluster.run(['list'], { KUBECONFIG });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr.slice(0, REFUSED.length)).toBe(REFUSED);
    expect(stderr.slice(REFUSED.length)).toMatch(
      /^The client certificate has expired on \w{3} +\d+ [\d:]{8} 20\d\d GMT: renew it\.\n$/,
    );
  });

  test('by nothing at all', async () => {
    const KUBECONFIG = await cluster.kubeconfig({ user: {} });
    const { code, stderr } = await cluster.run(['list'], { KUBECONFIG });
    expect(code).toBe(3);
    expect(stderr).toBe(`${REFUSED}The kubeconfig holds no credentials for this user.\n`);
  });
});

describe('403: the user may not', () => {
  test('list Pods in the whole cluster', async () => {
    const KUBECONFIG = await cluster.kubeconfigOf('viewer');
    expect(await cluster.run(['list', '-A'], { KUBECONFIG })).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: Cannot list Pods in all namespaces: the server answers 403 Forbidden (pods is forbidden: User "viewer" cannot list resource "pods" in API group "" at the cluster scope). It needs permission to list pods in the whole cluster; to check: kubectl auth can-i list pods -A\n',
    });
  });

  test('list Pods in one namespace; the check has the same connection flags', async () => {
    const kubeconfig = await cluster.kubeconfigOf('shopkeeper');
    const argv = ['list', '-n', 'default', '--kubeconfig', kubeconfig, '--context', 'recorded'];
    const { code, stdout, stderr } = await cluster.run(argv);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toBe(
      `error: Cannot list Pods in the namespace default: the server answers 403 Forbidden (pods is forbidden: User "shopkeeper" cannot list resource "pods" in API group "" in the namespace "default"). It needs permission to list pods in the namespace default; to check: kubectl auth can-i list pods -n default --kubeconfig ${kubeconfig} --context recorded\n`,
    );
    const allowed = await cluster.run([
      'list',
      '-n',
      'shop',
      '--kubeconfig',
      kubeconfig,
      '-oname',
      '-lapp=broker',
    ]);
    expect(allowed).toEqual({ code: 0, stdout: 'pod/shm-broker\n', stderr: '' });
  });

  test('as the user that --as names', async () => {
    const { code, stderr } = await cluster.run([
      'list',
      '-A',
      '--as',
      'viewer',
      '--as-group',
      'of two words',
    ]);
    expect(code).toBe(3);
    expect(stderr).toContain('User "viewer" cannot list resource "pods"');
    expect(stderr.trimEnd()).toMatch(
      / kubectl auth can-i list pods -A --as viewer --as-group 'of two words'$/,
    );
  });
});

describe('403: the user may not act as another', () => {
  const RIGHT = 'It needs permission to impersonate users in the whole cluster';

  async function refused(flags: readonly string[], user: object = {}): Promise<string> {
    const message =
      'users "bob" is forbidden: User "admin" cannot impersonate resource "users" in API group "" at the cluster scope';
    cluster.server.respond = () => ({ kind: 'status', status: { code: 403, reason: 'Forbidden', message } });
    const KUBECONFIG = await cluster.kubeconfig({ user: { token: tokenOf('admin'), ...user } });
    const { stderr } = await run(['list', '--context=recorded', ...flags], { KUBECONFIG });
    return stderr.slice(stderr.indexOf(RIGHT));
  }

  test('and checks that as itself', async () => {
    expect(await refused(['--as=bob', '--as-group=g'])).toBe(
      `${RIGHT}; to check: kubectl auth can-i impersonate users --context recorded\n`,
    );
  });

  test.each([[[]], [['--as=bob']], [['--as-group=g']], [['--as-uid=1']]])(
    'and cannot check it where the kubeconfig says whom to be, with the flags %j',
    async (flags) => {
      expect(await refused(flags, { as: 'ann' })).toBe(`${RIGHT}.\n`);
    },
  );
});

describe('the server in a command that is proposed', () => {
  test.each([
    ['https://HOST/tenant@x', 'https://HOST/tenant@x'],
    ['https://ann:p%40ss@HOST/tenant@x/', 'https://HOST/tenant@x'],
    ['https://ann:pass@HOST', 'https://HOST'],
    ['ann:pass@HOST', 'HOST'],
    ['HOST/a@b', 'HOST/a@b'],
  ])('is %s without its name and password: %s', async (server, shown) => {
    const status = { code: 403, reason: 'Forbidden', message: '' };
    cluster.server.respond = () => ({ kind: 'status', status });
    const host = `127.0.0.1:${String(cluster.server.port)}`;
    const { stderr } = await cluster.run(['list', '-A', '--server', server.replace('HOST', host)]);
    expect(stderr).toMatch(/ kubectl auth can-i list pods -A --server \S+\n$/);
    expect(stderr.trimEnd().split(' ').at(-1)).toBe(shown.replace('HOST', host));
  });
});

describe('a selector that the server does not take is wrong usage', () => {
  test.each([
    [
      ['-l', 'a b'],
      "-l 'a b'",
      "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
    ],
    [['-l', 'a in x'], "-l 'a in x'", "unable to parse requirement: found 'x' expected: '('"],
    [['-l', 'a=b=c'], "-l 'a=b=c'", "found '=', expected: ',' or 'end of string'"],
    [
      ['--field-selector', 'spec.foo=x'],
      "--field-selector 'spec.foo=x'",
      'field label not supported: spec.foo',
    ],
    [
      ['--field-selector', 'spec.hostPID=true', '-l', 'app'],
      "-l 'app' --field-selector 'spec.hostPID=true'",
      'field label not supported: spec.hostPID',
    ],
  ])('%j', async (flags, shown, message) => {
    expect(await cluster.run(['list', '-A', ...flags])).toEqual({
      code: 4,
      stdout: '',
      stderr: `error: The server does not take the selector ${shown}: ${message}.\n`,
    });
  });
});

describe('--node', () => {
  test('of a node that does not exist is an error', async () => {
    expect(await cluster.run(['list', '-A', '--node', 'kube-node-9', '--context', 'recorded'])).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: There is no node "kube-node-9" in the cluster; `kubectl get nodes --context recorded` names those that there are.\n',
    });
  });

  test('of a node without a Pod that matches is none', async () => {
    const { code, stdout, stderr } = await cluster.run(['list', '--node', 'kube-node-3']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^No resources found in default namespace\./);
  });

  test('that one may not look up is none, and that this is not known is said', async () => {
    const KUBECONFIG = await cluster.kubeconfigOf('developer');
    for (const command of [['list'], ['verify', '--all']]) {
      const { code, stdout, stderr } = await cluster.run([...command, '--node', 'kube-node-9'], {
        KUBECONFIG,
      });
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
      expect(stderr).toMatch(
        /^Note: Whether there is such a node is not known\. .* needs permission to get nodes in the whole cluster; to check: kubectl auth can-i get nodes\nNo resources found/,
      );
    }
  });
});

describe('a token', () => {
  test('is sent to the server and shown nowhere, not even with -v9', async () => {
    const { code, stdout, stderr } = await cluster.run(['list', '-v9', '--token', tokenOf('admin')]);
    expect(code).toBe(0);
    expect(cluster.server.requests[0]?.headers.authorization).toBe(`Bearer ${tokenOf('admin')}`);
    expect(stderr).toMatch(
      /^GET \/api\/v1\/namespaces\/default\/pods\?limit=\d+&fieldSelector=\S+ 200 application\/vnd\.kubernetes\.protobuf in \d+ ms\n/,
    );
    expect(stdout + stderr).not.toContain(tokenOf('admin'));
  });

  test('is not among the flags of the check that is proposed', async () => {
    const { code, stderr } = await cluster.run(['list', '-A', '-v9', '--token', tokenOf('viewer')]);
    expect(code).toBe(3);
    expect(stderr).toContain('kubectl auth can-i list pods -A');
    expect(stderr).not.toContain(tokenOf('viewer'));
  });

  test('that is refused is not shown either', async () => {
    const { code, stdout, stderr } = await cluster.run(['list', '-v9', '--token', 'secret-abc']);
    expect(code).toBe(3);
    expect(stdout + stderr).not.toContain('secret-abc');
  });
});

describe('a request', () => {
  test('carries what it must and no more', async () => {
    await cluster.run(['list']);
    const request = cluster.server.requests.find(({ path }) => path.endsWith('/pods'));
    expect(request?.method).toBe('GET');
    expect(Object.keys(request?.headers ?? {}).sort()).toEqual([
      'accept',
      'accept-encoding',
      'authorization',
      'connection',
      'host',
      'user-agent',
    ]);
    expect(request?.headers.accept).toBe('application/vnd.kubernetes.protobuf, application/json');
    expect(request?.headers['user-agent']).toMatch(/^kubectl-hostns\/\d+\.\d+\.\d+ \(\w+\/\w+\)$/);
    expect(cluster.server.requests).toHaveLength(2);
  });
});
