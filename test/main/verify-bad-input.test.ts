import { afterEach, describe, expect, test } from '@jest/globals';
import type { Fault } from '../api-server/faults.ts';
import { recordedExec } from '../api-server/kubelet.ts';
import { recordedPods } from '../api-server/recorded.ts';
import { testCluster } from './cluster.ts';
import type { Screen } from './run.ts';
import { podsWith, recordedPod, sample, summary } from './verifying.ts';

const cluster = testCluster();
afterEach(() => {
  cluster.server.store.change(recordedPods);
});

const SUMMARY = '/api/v1/nodes/kube-node-2/proxy/stats/summary';
const NO_PROXY =
  'Cannot ask the kubelet of kube-node-2: the server answers 403 Forbidden (nodes "kube-node-2" is forbidden: ' +
  'User "USER" cannot get resource "nodes/proxy" in API group "" at the cluster scope). It needs permission to ' +
  'get nodes/proxy in the whole cluster; to check: kubectl auth can-i get nodes --subresource=proxy';
const NO_EXEC =
  'Cannot run a command in the container c of the Pod default/plain-2: the server answers 403 Forbidden ' +
  '(pods "plain-2" is forbidden: User "USER" cannot get resource "pods/exec" in API group "" in the namespace ' +
  '"default"). A WebSocket needs the verb `get` on pods/exec; `kubectl exec` can do without because it falls back ' +
  'to SPDY. It needs permission to get pods/exec in the namespace default; to check: ' +
  'kubectl auth can-i get pods --subresource=exec -n default';

function verify(...argv: readonly string[]): Promise<Screen> {
  return cluster.run(['verify', ...argv]);
}

async function verifyAs(user: string, ...argv: readonly string[]): Promise<Screen> {
  return cluster.run(['verify', ...argv], { KUBECONFIG: await cluster.kubeconfigOf(user) });
}

function failed(error: string): Screen {
  return { code: 3, stdout: '', stderr: `error: ${error}\n` };
}

/** The line of the table that tells of a namespace. */
function lineOf(kind: string, { stdout }: Screen): string {
  return stdout.split('\n').find((line) => line.startsWith(`${kind} `)) ?? '';
}

/** Faults of the requests to the kubelet. */
function kubeletAnswers(fault: Fault): void {
  cluster.server.respond = ({ path }) => (path === SUMMARY ? fault : null);
}

describe('wrong usage is explained, and the cluster is not asked', () => {
  test.each([
    [
      [],
      'verify needs Pods. Use POD, TYPE/NAME (pod, deployment, daemonset, statefulset, replicaset, replicationcontroller, job), -l SELECTOR or --all.',
    ],
    [
      ['svc/web'],
      'The type "svc" has no Pods that are known here; there are pod, deployment, daemonset, statefulset, replicaset, replicationcontroller, job.',
    ],
    [['a/b/c'], '"a/b/c" is neither a Pod\'s name nor TYPE/NAME.'],
    [['pod/'], '"pod/" names no Pod.'],
    [['..'], '".." names no Pod.'],
    [['%2e%2e'], '"%2e%2e" names no Pod.'],
    [['web', '-o', 'text'], 'invalid value "text" for --output. Use table, wide, json, yaml.'],
  ])('%j', async (argv, message) => {
    const { code, stdout, stderr } = await verify(...argv);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain(message);
    expect(cluster.server.requests).toEqual([]);
  });

  test.each([
    ['--parallel', '0'],
    ['--parallel', '257'],
    ['--parallel', 'many'],
    ['--timeout', 'soon'],
  ])('%s %s', async (flag, value) => {
    const { code, stdout, stderr } = await verify('plain-2', flag, value);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^error: invalid value "${value}" for ${flag}\\. Use .*\\.\\n$`));
    expect(cluster.server.requests).toEqual([]);
  });
});

describe('what is asked for is not there', () => {
  test('a Pod', async () => {
    expect(await verify('nope')).toEqual(
      failed(
        'There is no Pod "nope" in the namespace default; `kubectl get pods -n default` names those that there are.',
      ),
    );
  });

  test('a workload', async () => {
    expect(await verify('deploy/nope', '-n', 'shop')).toEqual(
      failed(
        'There is no deployment "nope" in the namespace shop; `kubectl get deployments -n shop` names those that there are.',
      ),
    );
  });

  test('a live Pod of a workload', async () => {
    expect(await verify('job/process-report', '-n', 'shop')).toEqual(
      failed('The job process-report in the namespace shop has no live Pod.'),
    );
  });

  test('a Pod with the labels: to have proved nothing must not look like a proof', async () => {
    expect(await verify('-l', 'app=nope')).toEqual(
      failed('No live Pod in the namespace default matches the selector app=nope.'),
    );
  });

  test('a Pod with the labels, beside one that is named, which is looked at all the same', async () => {
    const { code, stdout, stderr } = await verify('plain-2', '-l', 'app=nope');
    expect(code).toBe(3);
    expect(stderr).toBe('error: No live Pod in the namespace default matches the selector app=nope.\n');
    expect(stdout).toMatch(/^network +pod +own +match +kubelet: /m);
    expect(stdout).toMatch(/\n2 Pods: 1 inconclusive, 1 failed\.\n$/);
    const { code: mismatch } = await verify('stubborn-2', '-l', 'app=nope');
    expect(mismatch).toBe(1);
  });

  test('said once of each, and of two of one name twice', async () => {
    const pod =
      'There is no Pod "nope" in the namespace default; `kubectl get pods -n default` names those that there are.';
    const deployment =
      'There is no deployment "nope" in the namespace default; `kubectl get deployments -n default` names those that there are.';
    expect(await verify('nope', 'pod/nope', 'deploy/nope', 'deployment/nope')).toEqual(
      failed(`${pod}\nerror: ${deployment}`),
    );
  });

  test('a container', async () => {
    expect(await verify('deploy/ingress', '-n', 'shop', '-c', 'nope')).toEqual(
      failed(
        `The Pod ${recordedPod('ingress').metadata.name} has no container "nope"; it has ingress, log-shipper.`,
      ),
    );
    expect(cluster.server.requests.some(({ path }) => path.endsWith('/exec'))).toBe(false);
  });
});

describe('a Pod that is not in a state to be looked at', () => {
  test('has succeeded or failed', async () => {
    const done = recordedPod('process-report', 'kube-node-1').metadata.name;
    const broken = recordedPod('nightly-backup').metadata.name;
    const { code, stdout, stderr } = await verify(done, broken, '-n', 'shop');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toBe(
      `error: The Pod ${done} has ended (Succeeded): there is nothing left to look at.\n` +
        `error: The Pod ${broken} has ended (Failed): there is nothing left to look at.\n`,
    );
  });

  test('is on no node', async () => {
    expect(await verify('gpu-monitor', '-n', 'monitoring')).toEqual(
      failed('The Pod gpu-monitor is on no node yet (Pending): there is nothing to look at.'),
    );
  });

  test.each(['iis-by-os', 'iis-by-selector', 'iis-by-node', 'windows-agent'])(
    'runs on Windows: %s',
    async (name) => {
      const namespace = name === 'windows-agent' ? 'monitoring' : 'shop';
      expect(await verify(name, '-n', namespace)).toEqual(
        failed(`The Pod ${name} runs on Windows, which has none of these namespaces.`),
      );
      // Only where the Pod does not say it itself is anybody asked.
      const isAsked = cluster.server.requests.some(({ path }) => /\/(?:exec|summary)$/.test(path));
      expect(isAsked).toBe(name === 'iis-by-node');
    },
  );
});

describe('a container that does not run', () => {
  test('crashes again and again: the kubelet reports no Pod of which nothing runs', async () => {
    const screen = await verify('legacy-gateway', '-n', 'shop');
    expect({ code: screen.code, stderr: screen.stderr }).toEqual({ code: 2, stderr: '' });
    expect(screen.stdout).toBe(`\
Pod shop/legacy-gateway, container gateway, on kube-node-2 (198.51.100.2)

NAMESPACE   DECLARED    OBSERVED   VERDICT        EVIDENCE
network     host        unknown    inconclusive   kubelet: it did not report the interfaces of this Pod
                                                  container: it is not running (CrashLoopBackOff)
pid         container   unknown    inconclusive   container: it is not running (CrashLoopBackOff)
ipc         pod         unknown    inconclusive   container: it is not running (CrashLoopBackOff)

INTERFACE   NODE (kubelet)   POD         ADDRESSES (container)
cni0        yes              (unknown)
ens192      yes              (unknown)
flannel.1   yes              (unknown)

Which of them the Pod has the kubelet does not tell.
`);
    expect(cluster.server.requests.some(({ path }) => path.endsWith('/exec'))).toBe(false);
  });

  test('has a network all the same, of which the verdict stands where the kubelet tells', async () => {
    const network = sample(0, { ens192: [5000, 5000] });
    cluster.server.summary = () => summary(network, [[recordedPod('legacy-gateway'), network]]);
    const screen = await verify('legacy-gateway', '-n', 'shop');
    expect(screen.code).toBe(2);
    expect(lineOf('network', screen)).toMatch(
      /^network +host +host +match \(sandbox\) +kubelet: the sandbox has all /,
    );
    expect(lineOf('pid', screen)).toMatch(
      / inconclusive +container: it is not running \(CrashLoopBackOff\)$/,
    );
  });

  test('waits for those that prepare', async () => {
    const screen = await verify('packet-capture', '-n', 'shop');
    expect(screen.code).toBe(2);
    expect(screen.stderr).toBe('');
    expect(lineOf('network', screen)).toMatch(/^network +host +host +match \(sandbox\) +kubelet: /);
    // One of those that prepare runs, and is asked.
    expect(lineOf('pid', screen)).toMatch(
      / match \(self-reported\) +container: its PID 1 is in the container's own/,
    );
  });

  test('ends between the question and the exec', async () => {
    cluster.server.exec = ({ container }) => ({
      exit: `unable to upgrade connection: container not found ("${container}")`,
    });
    const screen = await verify('plain-2');
    expect({ code: screen.code, stderr: screen.stderr }).toEqual({ code: 2, stderr: '' });
    expect(lineOf('pid', screen)).toMatch(
      / inconclusive +container: the script could not be started: Internal error occurred: unable to upgrade connection: container not found \("c"\)$/,
    );
  });
});

describe('a right that is missing', () => {
  test('to exec: the network is verified all the same', async () => {
    const screen = await verifyAs('outsider', 'plain-2');
    expect({ code: screen.code, stderr: screen.stderr }).toEqual({
      code: 2,
      stderr: `Note: ${NO_EXEC.replace('USER', 'outsider')}\n`,
    });
    expect(lineOf('network', screen)).toMatch(/^network +pod +own +match +kubelet: /);
    expect(lineOf('pid', screen)).toMatch(/ unknown +inconclusive +container: exec into it is forbidden$/);
  });

  test('to create an exec, which `get` was enough for before 1.35, and of which the server says nothing', async () => {
    const { code, stderr } = await verifyAs('veteran', 'plain-2');
    expect(code).toBe(2);
    const said = NO_EXEC.replace(/ is forbidden: .*?SPDY\./, ' is forbidden).');
    expect(stderr).toBe(
      `Note: ${said.replace('to get pods', 'to create pods').replace('can-i get', 'can-i create')}\n`,
    );
  });

  test('to ask the kubelet: all is self-reported, and it is said', async () => {
    const screen = await verifyAs('insider', 'plain-2', 'stubborn-2');
    expect(screen.code).toBe(1);
    expect(screen.stderr).toBe(
      `Note: Without the kubelet of kube-node-2 every verdict rests on what the containers report of themselves. ${NO_PROXY.replace('USER', 'insider')}\n`,
    );
    expect(lineOf('network', screen)).toMatch(
      /^network +pod +own +match \(self-reported\) +container: it does not have the node's address 198\.51\.100\.2$/,
    );
    expect(screen.stdout).toMatch(/^eth0 +\(unknown\) +yes \(self-reported\) +10\.244\.3\./m);
    expect(screen.stdout).toContain('\nWhich interfaces the node has is not known without its kubelet.\n');
    expect(screen.stdout).not.toMatch(/ (?:mis)?match +kubelet/);
  });

  test('for either: nothing is seen', async () => {
    expect(await verifyAs('reader', 'plain-2')).toEqual(
      failed(
        `Nothing of the Pod plain-2 could be seen. By the kubelet: ${NO_PROXY}; from inside: ${NO_EXEC}`.replaceAll(
          'USER',
          'reader',
        ),
      ),
    );
  });

  test('to ask the kubelet, with --no-exec: nothing is seen', async () => {
    expect(await verifyAs('insider', 'plain-2', '--no-exec')).toEqual(
      failed(
        `Nothing of the Pod plain-2 could be seen. By the kubelet: ${NO_PROXY.replace('USER', 'insider')}; from inside: it was not asked (--no-exec).`,
      ),
    );
  });

  test('to get Pods', async () => {
    expect(await verifyAs('viewer', 'plain-2')).toEqual(
      failed(
        'Cannot get the Pod plain-2: the server answers 403 Forbidden (pods "plain-2" is forbidden: User "viewer" cannot get resource "pods" in API group "" in the namespace "default"). It needs permission to get pods in the namespace default; to check: kubectl auth can-i get pods -n default',
      ),
    );
  });

  test('to list Pods, which -l needs', async () => {
    const { code, stdout, stderr } = await verifyAs('insider', '-l', 'app=web', '-n', 'shop');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('to check: kubectl auth can-i list pods -n shop\n');
  });

  test('to get a workload', async () => {
    const { code, stderr } = await verifyAs('insider', 'ds/kube-proxy', '-n', 'kube-system');
    expect(code).toBe(3);
    expect(stderr).toContain(
      'daemonsets.apps "kube-proxy" is forbidden: User "insider" cannot get resource "daemonsets" in API group "apps"',
    );
    expect(stderr).toContain('to check: kubectl auth can-i get daemonsets -n kube-system\n');
  });

  test('to see nodes: inode numbers compare with nothing', async () => {
    const screen = await verifyAs('stranger', 'plain-2');
    expect({ code: screen.code, stderr: screen.stderr }).toEqual({ code: 2, stderr: '' });
    expect(lineOf('network', screen)).toMatch(/ match +kubelet: /);
    expect(lineOf('pid', screen)).toMatch(
      / match \(self-reported\) +container: its PID 1 is in the container's own/,
    );
    expect(lineOf('ipc', screen)).toMatch(
      / inconclusive +container: its IPC namespace \(ipc:\[\d+\]\) cannot be compared with the node's: reading the node needs the permission to get nodes$/,
    );
  });
});

describe('a Pod that changes while it is looked at', () => {
  test('is deleted', async () => {
    cluster.server.exec = (call) => {
      cluster.server.store.change(podsWith((pod) => (pod.metadata.name === 'plain-2' ? null : pod)));
      return recordedExec(call);
    };
    expect(await verify('plain-2')).toEqual(failed('The Pod plain-2 was deleted during the inspection.'));
  });

  test('is replaced by another of the same name', async () => {
    cluster.server.exec = (call) => {
      cluster.server.store.change(
        podsWith((pod) =>
          pod.metadata.name === 'plain-2'
            ? { ...pod, metadata: { ...pod.metadata, uid: '00000000-0000-4000-8000-000000000001' } }
            : pod,
        ),
      );
      return recordedExec(call);
    };
    expect(await verify('plain-2')).toEqual(
      failed(
        'The Pod plain-2 was replaced by another Pod of the same name during the inspection. Try again.',
      ),
    );
  });

  test('is deleted before the exec', async () => {
    cluster.server.respond = ({ path }) => {
      if (path.endsWith('/exec')) {
        cluster.server.store.change(podsWith((pod) => (pod.metadata.name === 'plain-2' ? null : pod)));
      }
      return null;
    };
    expect(await verify('plain-2')).toEqual(failed('The Pod plain-2 was deleted during the inspection.'));
  });

  test('does not keep the others from being verified', async () => {
    cluster.server.exec = (call) => {
      cluster.server.store.change(podsWith((pod) => (pod.metadata.name === 'plain-2' ? null : pod)));
      return recordedExec(call);
    };
    const { code, stdout } = await verify('plain-2', 'stubborn-2');
    expect(code).toBe(1);
    expect(stdout).toMatch(/\n2 Pods: 1 mismatch, 1 gone\.\n$/);
  });
});

describe('a node that cannot be reached', () => {
  const OUTSIDE =
    'Cannot ask the kubelet of kube-node-1: the server answers 503 (error trying to reach service: dial tcp ' +
    'ADDRESS: connect: connection refused). Try again, or look at its log';
  const INSIDE =
    'the script could not be started: Internal error occurred: error sending request: Post ' +
    '"https://ADDRESS/exec/default/plain-1/c": dial tcp ADDRESS: connect: connection refused.';

  test('is named with what the server says, from outside and from inside, but not with the script', async () => {
    const address = `${recordedPod('plain-1', 'kube-node-1').status.hostIP ?? ''}:10250`;
    const expected = `Nothing of the Pod plain-1 could be seen. By the kubelet: ${OUTSIDE}; from inside: ${INSIDE}`;
    expect(await verify('plain-1')).toEqual(failed(expected.replaceAll('ADDRESS', address)));
  });

  test.each<[string, Fault, string]>([
    [
      '500',
      { kind: 'status', status: { code: 500, reason: 'InternalError', message: 'dial tcp: i/o timeout' } },
      'the server answers 500 (dial tcp: i/o timeout). Try again, or look at its log.',
    ],
    [
      '502 of a proxy, with a page',
      { kind: 'other', code: 502, contentType: 'text/html', body: '<html><h1>Bad Gateway</h1></html>' },
      'the server answers 502',
    ],
    [
      '404',
      { kind: 'other', code: 404, contentType: 'text/plain', body: '404 page not found' },
      'Cannot ask the kubelet of kube-node-2: ',
    ],
    ['no answer', { kind: 'closed' }, 'the connection was closed without an answer.'],
  ])('from outside: %s', async (_, fault, said) => {
    kubeletAnswers(fault);
    const screen = await verify('plain-2');
    expect(screen.code).toBe(2);
    expect(screen.stderr).toMatch(/^Note: Without the kubelet of kube-node-2 every verdict rests on what /);
    expect(screen.stderr).toContain(said);
    expect(screen.stderr.trimEnd()).not.toContain('\n');
    expect(lineOf('network', screen)).toMatch(/^network +pod +own +match \(self-reported\) +container: /);
  });
});

describe('a kubelet that does not answer', () => {
  test.each<[string, Fault]>([
    ['at all', { kind: 'unanswered' }],
    ['to the end', { kind: 'stalled', at: 700 }],
  ])('%s is waited for half of --timeout, and the container is judged in the rest', async (_, fault) => {
    kubeletAnswers(fault);
    const started = performance.now();
    const screen = await verify('plain-2', '--timeout', '1s');
    const elapsed = performance.now() - started;
    expect(elapsed).toBeGreaterThan(450);
    expect(elapsed).toBeLessThan(4000);
    expect({ code: screen.code, stderr: screen.stderr }).toEqual({
      code: 2,
      stderr:
        'Note: Without the kubelet of kube-node-2 every verdict rests on what the containers report of themselves. Cannot ask the kubelet of kube-node-2: there was no answer within half of --timeout (0.5 s).\n',
    });
    expect(lineOf('network', screen)).toMatch(
      /^network +pod +own +match \(self-reported\) +container: it does not have the node's address /,
    );
    expect(lineOf('pid', screen)).toMatch(
      / match \(self-reported\) +container: its PID 1 is in the container's own/,
    );
  });

  test('and a container that does not, take no longer than --timeout together', async () => {
    kubeletAnswers({ kind: 'unanswered' });
    cluster.server.exec = () => ({ fault: 'hang' });
    const started = performance.now();
    const screen = await verify('plain-2', '--timeout', '2s');
    expect(performance.now() - started).toBeLessThan(3500);
    expect({ code: screen.code, stdout: screen.stdout }).toEqual({ code: 3, stdout: '' });
    expect(screen.stderr).toMatch(
      /^error: Nothing of the Pod plain-2 could be seen\. By the kubelet: .*; from inside: .*\n$/,
    );
  });

  test('is asked once for all Pods of its node', async () => {
    kubeletAnswers({ kind: 'unanswered' });
    const { code } = await verify('plain-2', 'leaky-2', '--parallel', '1', '--timeout', '1s');
    expect(code).toBe(1);
    expect(cluster.server.requests.filter(({ path }) => path === SUMMARY)).toHaveLength(1);
  });
});

describe('a summary that is not what it should be', () => {
  test.each<[string, string | Buffer, string]>([
    ['garbage', '<html>', "the server's answer is not JSON."],
    ['nothing', '', "the server's answer is not JSON."],
    ['no object', '[]', "the server's answer is not a JSON object."],
    ['broken off', '{"node":{"network":{"time":"2026-', "the server's answer is not JSON."],
    [
      'without end',
      Buffer.alloc(64 * 1024 * 1024 + 1, ' '),
      "Cannot ask the kubelet of kube-node-2: the server's answer is longer than 67108864 bytes.",
    ],
  ])('%s', async (_, body, said) => {
    kubeletAnswers({ kind: 'other', contentType: 'application/json', body });
    const screen = await verify('plain-2');
    expect(screen.code).toBe(2);
    expect(screen.stderr).toContain(said);
    expect(lineOf('network', screen)).toMatch(/^network +pod +own +match \(self-reported\) /);
  });

  test.each<[string, unknown]>([
    ['empty', {}],
    ['without a network', { node: { nodeName: 'kube-node-2' }, pods: [] }],
    ['of wrong types', { node: { network: { time: 5, interfaces: {} } }, pods: { a: 1 } }],
    ['without times', { node: { network: { interfaces: [{ name: 'eth0', rxBytes: 1 }] } }, pods: [null, 7] }],
    [
      'with counters that are none',
      {
        node: {
          network: {
            time: '2026-11-22T12:00:00Z',
            interfaces: [{ name: 'x', rxBytes: 'many', txBytes: -1 }],
          },
        },
      },
    ],
  ])('%s: no evidence, and no error', async (_, document) => {
    kubeletAnswers({ kind: 'other', contentType: 'application/json', body: JSON.stringify(document) });
    const screen = await verify('plain-2');
    expect({ code: screen.code, stderr: screen.stderr }).toEqual({ code: 2, stderr: '' });
    expect(lineOf('network', screen)).toMatch(/^network +pod +own +match \(self-reported\) /);
  });

  test.each<[string, Fault]>([
    ['is cut off', { kind: 'truncated', at: 700, how: 'closed' }],
    ['ends too early', { kind: 'truncated', at: 700, how: 'ended' }],
  ])('%s', async (_, fault) => {
    kubeletAnswers(fault);
    const screen = await verify('plain-2');
    expect(screen.code).toBe(2);
    expect(screen.stderr).toContain('Cannot ask the kubelet of kube-node-2: ');
    expect(lineOf('network', screen)).toMatch(/^network +pod +own +match \(self-reported\) /);
  });
});

describe('nodes that cannot be listed', () => {
  test('because the server fails', async () => {
    cluster.server.respond = ({ path }) =>
      path === '/api/v1/nodes'
        ? { kind: 'status', status: { code: 500, reason: 'InternalError', message: 'etcd is away' } }
        : null;
    const screen = await verify('plain-2', 'stubborn-2');
    expect(screen.code).toBe(1);
    expect(screen.stderr).toBe(
      'Note: Without the nodes no namespace can be compared with theirs. Cannot list the nodes: the server answers 500 (etcd is away). Try again, or look at its log.\n',
    );
    expect(lineOf('network', screen)).toMatch(/^network +pod +own +match +kubelet: the sandbox has none of /);
    expect(lineOf('pid', screen)).toMatch(
      / match \(self-reported\) +container: its PID 1 is in the container's own/,
    );
    expect(lineOf('ipc', screen)).toMatch(
      / unknown +inconclusive +container: its IPC namespace \(ipc:\[\d+\]\) cannot be compared with the node's: /,
    );
    expect(screen.stdout).toMatch(
      /^network +host +own +mismatch \(self-reported\) +container: it does not have the node's address 198\.51\.100\.2/m,
    );
  });
});
