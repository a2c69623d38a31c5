import { afterEach, describe, expect, test } from '@jest/globals';
import type { ExecAnswer } from '../api-server/exec.ts';
import type { Fault } from '../api-server/faults.ts';
import { recordedExec } from '../api-server/kubelet.ts';
import { startingStatus } from '../api-server/made-pods.ts';
import { recordedNodes, type PodJson } from '../api-server/recorded.ts';
import { UNSAFE_TEXT } from '../support/unsafe-text.ts';
import { testCluster } from './cluster.ts';
import { execsOf, hasty, makesPod, probeReporting, requestsOf, wantedPods } from './probing.ts';
import type { Screen } from './run.ts';
import { separateNodes } from './verifying.ts';

const cluster = testCluster();
afterEach(() => {
  const left = cluster.server.made.map(({ json }) => json.metadata.name);
  cluster.server.made.length = 0;
  expect(left).toEqual([]);
});

const CREATE = 'Cannot create the probe Pod on kube-node-2: ';

async function probed(user: string, ...argv: readonly string[]): Promise<Screen> {
  const KUBECONFIG = await cluster.kubeconfigOf(user);
  return cluster.run(['verify', '--probe', ...argv], { KUBECONFIG }, hasty);
}

/** Without the name of the probe Pod, which is another each time. */
function unnamed(text: string): string {
  return text.replaceAll(/hostns-probe-[\da-f]{10}/g, 'PROBE');
}

/**
 * What is said of a probe Pod that could not be used: for a Pod that is what it declares with the exit code 3, for
 * one that is not by the kubelet's word with 1, and for `ifconfig`, which has nothing else, with 3.
 */
async function expectRefused(error: string, user = 'admin'): Promise<void> {
  // As on real machines, where there is no doubt but for the probe Pod.
  cluster.server.nodes = cluster.server.nodes === recordedNodes ? separateNodes : cluster.server.nodes;
  const match = await probed(user, 'plain-2');
  expect({ code: match.code, stderr: unnamed(match.stderr) }).toEqual({
    code: 3,
    stderr: `error: ${error}\n`,
  });
  expect(match.stdout).toMatch(/^network +pod +own +match +kubelet: /m);
  expect(match.stdout).toMatch(/^pid +container +own +match \(self-reported\) +container: /m);
  expect(cluster.server.made).toEqual([]);

  const mismatch = await probed(user, 'stubborn-2', 'plain-2');
  expect({ code: mismatch.code, stderr: unnamed(mismatch.stderr) }).toEqual({
    code: 1,
    // Once, though it is the same of both Pods.
    stderr: `error: ${error}\n`,
  });
  expect(cluster.server.made).toEqual([]);

  const KUBECONFIG = await cluster.kubeconfigOf(user);
  const interfaces = await cluster.run(['ifconfig', '--probe', 'plain-2'], { KUBECONFIG }, hasty);
  expect({ ...interfaces, stderr: unnamed(interfaces.stderr) }).toEqual({
    code: 3,
    stdout: '',
    stderr: `error: ${error}\n`,
  });
  expect(cluster.server.made).toEqual([]);
}

function admissionRefuses(message: (name: string) => string): void {
  cluster.server.admit = ({ metadata }) => ({
    code: 403,
    reason: 'Forbidden',
    message: message(metadata.name),
  });
}

describe('the server takes no probe Pod, and says who has refused it', () => {
  test('a Pod Security Standard', async () => {
    const violations =
      'violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true, hostPID=true, hostIPC=true), ' +
      'non-default capabilities (container "probe" must not include "SYS_PTRACE" in securityContext.capabilities.add)';
    admissionRefuses((name) => `pods "${name}" is forbidden: ${violations}`);
    await expectRefused(
      `${CREATE}the Pod Security Standard of the namespace kube-system forbids a Pod in the node's namespaces ` +
        `(pods "PROBE" is forbidden: ${violations}). It takes one with ` +
        'pod-security.kubernetes.io/enforce=privileged: --probe-namespace names another namespace for it.',
    );
  });

  test('a quota', async () => {
    const quota = 'exceeded quota: compute, requested: pods=1, used: pods=10, limited: pods=10';
    admissionRefuses((name) => `pods "${name}" is forbidden: ${quota}`);
    await expectRefused(
      `${CREATE}the quota of the namespace kube-system leaves no room for it (pods "PROBE" is forbidden: ${quota}); ` +
        '--probe-namespace names another namespace for it.',
    );
  });

  test('GKE Autopilot', async () => {
    const warden =
      'admission webhook "gkepolicy.common-webhooks.networking.gke.io" denied the request: GKE Warden rejected ' +
      'the request because it violates one or more constraints.\nViolations details: ' +
      '{"[denied by autogke-disallow-hostnamespaces]":["enabling hostPID is not allowed in Autopilot."]}';
    admissionRefuses(() => warden);
    await expectRefused(
      `${CREATE}GKE Autopilot lets no Pod into the namespaces of a node (${warden.replace('\n', ' ')}). ` +
        'There is no probe Pod on such a cluster.',
    );
  });

  test('any other webhook', async () => {
    const kyverno =
      'admission webhook "validate.kyverno.svc-fail" denied the request: resource Pod/default/probe was blocked ' +
      'due to the following policies disallow-host-namespaces: sharing the host namespaces is disallowed.';
    admissionRefuses(() => kyverno);
    await expectRefused(
      `${CREATE}an admission controller of the cluster refuses it (${kyverno.replace(/\.$/, '')}); ` +
        '--probe-namespace names another namespace for it, which may be exempt.',
    );
  });

  test('a right that is missing to create Pods', async () => {
    await expectRefused(
      `${CREATE}the server answers 403 Forbidden (pods is forbidden: User "abstainer" cannot create resource "pods" ` +
        'in API group "" in the namespace "kube-system"). It needs permission to create pods in the namespace kube-system; ' +
        'to check: kubectl auth can-i create pods -n kube-system',
      'abstainer',
    );
  });

  test('a right that is missing to delete Pods, without which none is created', async () => {
    await expectRefused(
      'Cannot use a probe Pod: it could not be removed again. It needs permission to delete pods in the namespace ' +
        'kube-system; to check: kubectl auth can-i delete pods -n kube-system',
      'litterer',
    );
    expect(wantedPods(cluster.server)).toEqual([]);
  });

  test('a right that is missing to look into Pods, without which none is created', async () => {
    await expectRefused(
      'Cannot use a probe Pod: it could not be asked anything. It needs permission to get pods/exec in the namespace ' +
        'kube-system; to check: kubectl auth can-i get pods --subresource=exec -n kube-system',
      'keyholder',
    );
    expect(wantedPods(cluster.server)).toEqual([]);
  });

  test('a namespace that is not there', async () => {
    cluster.server.namespaces = new Set(['shop']);
    await expectRefused(
      `${CREATE}there is no namespace "kube-system"; --probe-namespace names another namespace for it.`,
    );
  });

  test('its validation', async () => {
    const message =
      'Pod "probe" is invalid: spec.containers[0].image: Invalid value: "a b": must not have leading or trailing whitespace';
    cluster.server.admit = () => ({ code: 422, reason: 'Invalid', message });
    await expectRefused(`${CREATE}the server does not take it (${message}).`);
  });

  test('a failure of its own, after which it is not known whether there is one', async () => {
    cluster.server.respond = (request) =>
      makesPod(request)
        ? { kind: 'status', status: { code: 500, reason: 'InternalError', message: 'etcd is tired' } }
        : null;
    await expectRefused(`${CREATE}the server answers 500 (etcd is tired). Try again, or look at its log.`);
    expect(requestsOf(cluster.server).at(-1)).toBe('DELETE /api/v1/namespaces/kube-system/pods/PROBE');
  });

  test.each(['8', '1'])('for every node, of which one is tried: --parallel %s', async (parallel) => {
    admissionRefuses(() => 'admission webhook says no');
    const { code, stderr } = await probed('admin', 'plain-2', 'plain-1', '--parallel', parallel);
    expect(code).toBe(3);
    expect(wantedPods(cluster.server)).toHaveLength(1);
    const why =
      /Cannot create the probe Pod on kube-node-\d: an admission controller of the cluster refuses it /g;
    const told = [...stderr.matchAll(why)].map(([sentence]) => sentence);
    // Of both Pods, the same.
    expect(told).toHaveLength(2);
    expect(new Set(told).size).toBe(1);
  });

  test('for now, of a quota, which may leave room for the next one', async () => {
    admissionRefuses(() => 'exceeded quota: compute, requested: pods=1');
    expect((await probed('admin', 'plain-2', 'plain-1')).code).toBe(3);
    expect(wantedPods(cluster.server)).toHaveLength(2);
  });

  test('and what it says cannot reach the terminal', async () => {
    admissionRefuses(() => 'no\u001b[2J\u202e\u0007\nerror: all is well');
    const { code, stdout, stderr } = await probed('admin', 'plain-2');
    expect(code).toBe(3);
    expect(stdout + stderr).not.toMatch(UNSAFE_TEXT);
    expect(stderr).toContain('(no\\u001b[2J\\u202e\\u0007 error: all is well)');
  });
});

describe('the server takes the probe Pod, and a webhook has made it useless', () => {
  test.each<[string, (pod: PodJson) => PodJson, string]>([
    [
      'the process namespace',
      (pod) => ({ ...pod, spec: { ...pod.spec, hostPID: false } }),
      'took hostPID from it',
    ],
    [
      'all namespaces',
      (pod) => ({ ...pod, spec: { ...pod.spec, hostNetwork: false, hostPID: false, hostIPC: false } }),
      'took hostNetwork and hostPID and hostIPC from it',
    ],
    [
      'the capability',
      (pod) => ({
        ...pod,
        spec: {
          ...pod.spec,
          containers: pod.spec.containers.map((container) => ({
            ...container,
            securityContext: { capabilities: { drop: ['ALL'] } },
          })),
        },
      }),
      'took the capability SYS_PTRACE from it',
    ],
  ])('without %s it is removed again', async (_, mutate, what) => {
    cluster.server.mutate = mutate;
    await expectRefused(
      `The probe Pod on kube-node-2 is of no use: an admission webhook of the cluster ${what}.`,
    );
    expect(execsOf(cluster.server)).not.toContain('kube-system/PROBE');
    expect(requestsOf(cluster.server).filter((request) => request.startsWith('DELETE'))).toHaveLength(3);
  });

  test('but a sidecar of it does no harm', async () => {
    cluster.server.mutate = (pod) => ({
      ...pod,
      spec: { ...pod.spec, containers: [{ name: 'mesh', image: 'mesh' }, ...pod.spec.containers] },
    });
    expect(await probed('admin', 'plain-2')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('the probe Pod does not start', () => {
  const ADVICE = '--probe-image names another image for it.';

  function waiting(reason: string, message?: string): object {
    return {
      phase: 'Pending',
      containerStatuses: [
        { name: 'probe', state: { waiting: { reason, ...(message === undefined ? {} : { message }) } } },
      ],
    };
  }

  test.each([
    [
      'ErrImagePull',
      'failed to pull and unpack image "docker.io/library/busybox:1.36.1": dial tcp: i/o timeout',
    ],
    ['ImagePullBackOff', 'Back-off pulling image "docker.io/library/busybox:1.36.1"'],
    ['ErrImageNeverPull', 'Container image "busybox" is not present with pull policy of Never'],
    ['InvalidImageName', 'Failed to apply default image tag "a b": couldn\'t parse image name'],
    ['CreateContainerError', 'failed to generate spec: no such profile'],
    ['RunContainerError', 'exec: "/bin/sleep": stat /bin/sleep: no such file or directory'],
  ])('%s', async (reason, message) => {
    cluster.server.statusOfMade = () => waiting(reason, `${message}. `);
    await expectRefused(`The probe Pod on kube-node-2 does not start (${reason}: ${message}). ${ADVICE}`);
  });

  test('for a reason that another image would not take away', async () => {
    const message = 'container has runAsNonRoot and image will run as root';
    cluster.server.statusOfMade = () => waiting('CreateContainerConfigError', message);
    await expectRefused(
      `The probe Pod on kube-node-2 does not start (CreateContainerConfigError: ${message}).`,
    );
  });

  test('for a reason without a word more', async () => {
    cluster.server.statusOfMade = () => waiting('ErrImagePull');
    await expectRefused(`The probe Pod on kube-node-2 does not start (ErrImagePull). ${ADVICE}`);
  });

  test('because the kubelet does not admit it', async () => {
    const message = "Node didn't have enough resource: cpu, requested: 10, used: 4000, capacity: 4000";
    cluster.server.statusOfMade = () => ({ phase: 'Failed', reason: 'OutOfcpu', message });
    await expectRefused(`The probe Pod on kube-node-2 does not start (OutOfcpu: ${message}).`);
  });

  test('because it has ended already', async () => {
    cluster.server.statusOfMade = () => ({ phase: 'Succeeded' });
    await expectRefused(`The probe Pod on kube-node-2 does not start (Succeeded). ${ADVICE}`);
  });

  test('because it was deleted', async () => {
    cluster.server.respond = ({ method, path }) => {
      if (method === 'GET' && /\/hostns-probe-\w+$/.test(path)) cluster.server.made.length = 0;
      return null;
    };
    await expectRefused(`The probe Pod on kube-node-2 does not start (it was deleted).`);
  });

  test.each([
    ['ContainerCreating', 'ContainerCreating'],
    ['', 'the kubelet has not begun with it'],
  ])('within --timeout: %j', async (reason, why) => {
    cluster.server.statusOfMade = () => (reason === '' ? { phase: 'Pending' } : waiting(reason));
    const { code, stderr } = await probed('admin', 'plain-2', '--timeout', '1s');
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: `error: The probe Pod on kube-node-2 did not start within --timeout (1 s): ${why}.\n`,
    });
  });

  test('on a node that is not Ready, where none is created', async () => {
    cluster.server.nodes = separateNodes.map((node) => ({
      ...node,
      status: {
        ...node.status,
        conditions: [
          { type: 'MemoryPressure', status: 'False' },
          { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: 'PLEG is not healthy.' },
        ],
      },
    }));
    await expectRefused(
      'No probe Pod can be started on kube-node-2: the node is not Ready (PLEG is not healthy).',
    );
    expect(wantedPods(cluster.server)).toEqual([]);
  });

  test('but is tried on a node that may not be read', async () => {
    cluster.server.respond = ({ path }) =>
      path === '/api/v1/nodes/kube-node-2'
        ? { kind: 'status', status: { code: 403, reason: 'Forbidden', message: 'nodes is forbidden' } }
        : null;
    expect(await probed('admin', 'plain-2')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('the probe Pod runs, and cannot be asked', () => {
  function probeFaults(fault: Fault): void {
    cluster.server.respond = ({ path }) => (/\/hostns-probe-\w+\/exec$/.test(path) ? fault : null);
  }

  test('because exec into it is forbidden', async () => {
    const message =
      'pods "probe" is forbidden: User "x" cannot create resource "pods/exec" in API group "" in the namespace "kube-system"';
    probeFaults({ kind: 'status', status: { code: 403, reason: 'Forbidden', message } });
    await expectRefused(
      `Cannot run a command in the container probe of the Pod kube-system/PROBE: the server answers 403 Forbidden (${message}). ` +
        'It needs permission to create pods/exec in the namespace kube-system; to check: ' +
        'kubectl auth can-i create pods --subresource=exec -n kube-system',
    );
  });

  test('because the connection breaks', async () => {
    probeFaults({ kind: 'closed' });
    const { code, stderr } = await probed('admin', 'plain-2');
    expect(code).toBe(3);
    expect(unnamed(stderr)).toMatch(
      /^error: Cannot run a command in the container probe of the Pod kube-system\/PROBE: .*\n$/,
    );
  });

  const IMAGE = 'Its image needs sh, sleep, cat, xargs, grep, stat and awk.';
  const unreadable = 'The report of the probe Pod on kube-node-2 cannot be read';
  test.each<[string, ExecAnswer, string]>([
    [
      'has no shell',
      { exit: 'OCI runtime exec failed: exec: "/bin/sh": stat /bin/sh: no such file or directory' },
      'The probe Pod on kube-node-2 could not be asked: Internal error occurred: OCI runtime exec failed: exec: "/bin/sh": stat /bin/sh: no such file or directory.',
    ],
    ['is silent', {}, `${unreadable}: the report was cut off. ${IMAGE}`],
    ['prints garbage', { stdout: 'hello\n' }, `${unreadable}: the report was cut off. ${IMAGE}`],
    [
      'complains',
      { stderr: 'sh: xargs: not found\nsh: more\n', exit: 127 },
      `${unreadable}: the report was cut off; it says "sh: xargs: not found". ${IMAGE}`,
    ],
    ['is closed early', { fault: 'no-status' }, `${unreadable} (closed): the report was cut off. ${IMAGE}`],
  ])('because it %s', async (_, answer, message) => {
    cluster.server.exec = (call) => (call.madeOn === undefined ? recordedExec(call) : answer);
    await expectRefused(message);
  });

  test.each<[ExecAnswer['fault'] & string, string]>([
    ['hang', 'timeout'],
    ['trickle', 'timeout'],
  ])('because it does not come to an end: %s', async (fault, why) => {
    cluster.server.exec = (call) => (call.madeOn === undefined ? recordedExec(call) : { fault });
    const { code, stderr } = await probed('admin', 'plain-2', '--timeout', '1s');
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: `error: ${unreadable} (${why}): the report was cut off. ${IMAGE}\n`,
    });
  });

  test.each(['self', 'cgroups-again', 'parent'])(
    'because its report is cut off before %s',
    async (section) => {
      cluster.server.exec = probeReporting((report, marker) =>
        report.slice(0, report.indexOf(`${marker} begin ${section}\n`)),
      );
      await expectRefused(`${unreadable}: the report was cut off. ${IMAGE}`);
    },
  );

  test('because its rounds are cut off, which the kubelet outlasts', async () => {
    cluster.server.exec = probeReporting((report, marker, index) =>
      index === 0 ? report : report.slice(0, report.lastIndexOf(`${marker} end 0\n`)),
    );
    const { code, stdout, stderr } = await probed('admin', 'leaky-2');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `error: ${unreadable}: the report was cut off. ${IMAGE}\n`,
    });
    expect(stdout).toMatch(/^network +pod +host +mismatch +kubelet: /m);
    // Nor does the first reading count.
    expect(stdout).not.toMatch(/probe: (?:the sandbox|the container)/);
    expect(cluster.server.made).toEqual([]);
  });

  test('but what is cut off behind the processes tells of them, and of no interface', async () => {
    cluster.server.exec = probeReporting((report, marker) =>
      report.slice(0, report.indexOf(`${marker} begin sysfs\n`)),
    );
    const { code, stdout, stderr } = await probed('admin', 'plain-2');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'Note: The report of the probe Pod on kube-node-2 was cut off; what had come is used.\n',
    });
    for (const kind of ['network', 'pid', 'ipc']) {
      expect(stdout).toMatch(new RegExp(`^${kind} .* match +probe: `, 'm'));
    }
    expect(stdout).not.toContain('ADDRESSES (probe)');
  });

  test('because it is gone once it has answered', async () => {
    cluster.server.exec = probeReporting((report) => {
      cluster.server.made.length = 0;
      return report;
    });
    await expectRefused('The probe Pod on kube-node-2 ended while it was in use (it was deleted).');
  });

  test('because it has ended once it has answered', async () => {
    let hasAnswered = false;
    cluster.server.statusOfMade = (pod, asked) =>
      hasAnswered ? { phase: 'Failed', reason: 'Evicted' } : startingStatus(pod, asked);
    cluster.server.exec = probeReporting((report) => {
      hasAnswered = true;
      return report;
    });
    const { code, stderr } = await probed('admin', 'plain-2');
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: 'error: The probe Pod on kube-node-2 ended while it was in use (Evicted).\n',
    });
  });

  test.each([
    [
      'does not say which process is its own',
      /(?<=begin self\n)\d+/,
      '',
      'the report has no process ID of its script',
    ],
    [
      'has a namespace without a number',
      /(?<=^\/proc\/\d+\/ns\/net )\d+$/m,
      'none',
      'a net namespace has an invalid inode',
    ],
  ])('because its report %s', async (_, pattern, other, why) => {
    cluster.server.exec = probeReporting((report) => report.replace(pattern, other));
    await expectRefused(`${unreadable}: ${why}. ${IMAGE}`);
  });

  test('because it was not given the processes of its node', async () => {
    cluster.server.exec = probeReporting((report) => report.replace(/(?<=^PPid:\s*)\d+$/m, '0'));
    cluster.server.nodes = separateNodes;
    for (const [code, ...pods] of [
      [3, 'plain-2'],
      [1, 'stubborn-2', 'plain-2'],
    ] as const) {
      const screen = await probed('admin', ...pods);
      expect({ code: screen.code, stderr: screen.stderr }).toEqual({
        code,
        stderr:
          'error: The probe Pod on kube-node-2 is of no use: it was not let into the namespaces of the node, though its spec asks for them.\n',
      });
    }
  });

  test('and what it says cannot reach the terminal', async () => {
    const stderr = 'no\u001b[2J\u202e\u0007';
    cluster.server.exec = (call) => (call.madeOn === undefined ? recordedExec(call) : { stderr });
    const screen = await probed('admin', 'plain-2');
    expect(screen.stdout + screen.stderr).not.toMatch(UNSAFE_TEXT);
    expect(screen.stderr).toContain('it says "no\\u001b[2J\\u202e\\u0007"');
  });
});
