import { afterEach, describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import type { ExecAnswer } from '../api-server/exec.ts';
import { recordedExec } from '../api-server/kubelet.ts';
import { recordedPods } from '../api-server/recorded.ts';
import { schemaErrors, validator } from '../support/schemas.ts';
import { UNSAFE_TEXT } from '../support/unsafe-text.ts';
import { testCluster } from './cluster.ts';
import type { Screen } from './run.ts';
import { podsWith, recordedPod, reporting, withSection } from './verifying.ts';

const cluster = testCluster();
afterEach(() => {
  cluster.server.store.change(recordedPods);
});

const MORE = 'Note: ifconfig shows one address of each interface; there are more: ens192 198.51.100.2/24\n';

function ifconfig(...argv: readonly string[]): Promise<Screen> {
  return cluster.run(['ifconfig', ...argv]);
}

/** The counters and hardware addresses are anew in each recording. */
function steady(screen: string): string {
  return screen
    .replaceAll(/(packets|bytes):\d+(?: \([\d.]+ \w+\))?/g, '$1:N')
    .replaceAll(/(?<=HWaddr )[\dA-F:]{17}/g, 'MAC')
    .replaceAll(/fe80::[\da-f:]+/g, 'fe80::X')
    .replaceAll(/(TX packets:N errors:0 dropped:)\d+/g, '$1N');
}

describe('the screen', () => {
  test('of TYPE NAME INTERFACE is that of TYPE/NAME INTERFACE', async () => {
    const screen = await ifconfig('pod', 'plain-2', 'lo');
    expect(screen).toEqual(await ifconfig('pod/plain-2', 'lo'));
    expect(screen.code).toBe(0);
  });

  test("is that of busybox's ifconfig in the container", async () => {
    const { code, stdout, stderr } = await ifconfig('plain-2');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const address = recordedPod('plain-2').status.podIP ?? '';
    expect(steady(stdout)).toBe(`\
eth0      Link encap:Ethernet  HWaddr MAC\u0020\u0020
          inet addr:${address}  Bcast:10.244.3.255  Mask:255.255.255.0
          inet6 addr: fe80::X/64 Scope:Link
          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1
          RX packets:N errors:0 dropped:0 overruns:0 frame:0
          TX packets:N errors:0 dropped:N overruns:0 carrier:0
          collisions:0 txqueuelen:0\u0020
          RX bytes:N  TX bytes:N

lo        Link encap:Local Loopback\u0020\u0020
          inet addr:127.0.0.1  Mask:255.0.0.0
          inet6 addr: ::1/128 Scope:Host
          UP LOOPBACK RUNNING  MTU:65536  Metric:1
          RX packets:N errors:0 dropped:0 overruns:0 frame:0
          TX packets:N errors:0 dropped:N overruns:0 carrier:0
          collisions:0 txqueuelen:1000\u0020
          RX bytes:N  TX bytes:N

`);
  });

  test("has the node's interfaces where the Pod is in the node's network, and says what it leaves out", async () => {
    const { code, stdout, stderr } = await ifconfig('pod-use-hostnetwork-2');
    expect({ code, stderr }).toEqual({ code: 0, stderr: MORE });
    const names = [...stdout.matchAll(/^(\S+) +Link encap/gm)].map(([, name]) => name);
    expect(names.slice(0, 5)).toEqual(['cni0', 'docker0', 'ens192', 'flannel.1', 'lo']);
    expect(names.slice(5).every((name) => name?.startsWith('veth'))).toBe(true);
    expect(stdout).toContain('inet addr:192.168.0.183  Bcast:192.168.0.255  Mask:255.255.255.0\n');
  });

  test('is of one interface where one is named', async () => {
    const { code, stdout, stderr } = await ifconfig('pod-use-hostnetwork-2', 'docker0');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(steady(stdout)).toBe(`\
docker0   Link encap:Ethernet  HWaddr MAC\u0020\u0020
          inet addr:172.17.0.1  Bcast:172.17.255.255  Mask:255.255.0.0
          UP BROADCAST MULTICAST  MTU:1500  Metric:1
          RX packets:N errors:0 dropped:0 overruns:0 frame:0
          TX packets:N errors:0 dropped:N overruns:0 carrier:0
          collisions:0 txqueuelen:0\u0020
          RX bytes:N  TX bytes:N

`);
    expect((await ifconfig('pod-use-hostnetwork-2', 'ens192')).stderr).toBe(MORE);
  });

  test('has those that are down with -a, or where they are named', async () => {
    const down = (argv: readonly string[]): Promise<Screen> => {
      cluster.server.exec = (call) =>
        reporting(call, (report) => report.replace(/^(eth0 \d+ 1 1500) 0x\w+/m, '$1 0x1002'));
      return ifconfig('plain-2', ...argv);
    };
    expect((await down([])).stdout).not.toContain('eth0');
    expect((await down(['-a'])).stdout).toMatch(/^eth0 +Link/);
    expect((await down(['eth0'])).stdout).toMatch(/^eth0 +Link/);
  });
});

describe('a document', () => {
  test('is what its schema says, and the same in YAML', async () => {
    const { code, stdout, stderr } = await ifconfig('pod-use-hostnetwork-2', '-o', 'json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const document = JSON.parse(stdout) as { items: { name: string }[] };
    expect(schemaErrors(validator('interface-list'), document)).toEqual([]);
    expect(document).toMatchObject({
      kind: 'InterfaceList',
      metadata: {
        namespace: 'default',
        pod: 'pod-use-hostnetwork-2',
        container: 'myapp',
        node: 'kube-node-2',
      },
    });
    expect(document.items.find(({ name }) => name === 'ens192')).toMatchObject({
      mac: '00:0c:29:ad:a8:d2',
      mtu: 1500,
      addresses: [
        { address: '192.168.0.183', prefixLength: 24 },
        { address: '198.51.100.2' },
        { family: 'IPv6' },
      ],
    });
    expect(load((await ifconfig('pod-use-hostnetwork-2', '-o', 'yaml')).stdout)).toEqual(document);
  });

  test('is of one interface where one is named', async () => {
    const { stdout } = await ifconfig('plain-2', 'lo', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ items: [{ name: 'lo' }] });
  });
});

describe('the Pod and its container', () => {
  test.each([
    ['statefulset/db', 'db'],
    ['deploy/web', 'web'],
  ])('may be named as of a workload, whose first Pod it is then: %s', async (workload, container) => {
    const names = recordedPods
      .map(({ json }) => json.metadata)
      .filter(({ labels }) => labels?.['app'] === container)
      .map(({ name }) => name);
    // Where they were put is anew in each recording, and of kube-node-1 nothing is recorded.
    cluster.server.exec = (call) =>
      recordedExec({ ...call, namespace: 'default', pod: 'plain-2', container: 'c' });
    const { code, stdout, stderr } = await ifconfig(workload, '-n', 'shop', '-o', 'json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      metadata: { namespace: 'shop', pod: names[0], container },
    });
    expect(cluster.server.requests.at(-2)?.path).toBe(`/api/v1/namespaces/shop/pods/${names[0] ?? ''}/exec`);
  });

  test('is the one that -c names', async () => {
    const { stdout } = await ifconfig('packet-capture', '-n', 'shop', '-c', 'wait', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ metadata: { container: 'wait' } });
  });

  test('are asked for with three requests beside that for the nodes, and only the interfaces are read', async () => {
    await ifconfig('plain-2');
    const requests = cluster.server.requests.filter(({ path }) => path !== '/api/v1/nodes');
    expect(requests.map(({ path }) => path)).toEqual([
      '/api/v1/namespaces/default/pods/plain-2',
      '/api/v1/namespaces/default/pods/plain-2/exec',
      '/api/v1/namespaces/default/pods/plain-2',
    ]);
    expect(requests[2]?.headers.accept).toContain('as=PartialObjectMetadata;');
    expect(requests[1]?.query.getAll('command').slice(5)).toEqual(['interfaces']);
    expect(cluster.server.requests).toHaveLength(4);
  });
});

describe('what cannot be shown is explained, and nothing is printed', () => {
  const looking = 'Cannot look into the container c of the Pod plain-2: ';

  test.each([
    [
      ['nope'],
      'There is no Pod "nope" in the namespace default; `kubectl get pods -n default` names those that there are.',
    ],
    [['plain-2', 'eth7'], 'The container c of the Pod plain-2 has no interface "eth7"; it has lo, eth0.'],
    [['plain-2', '-c', 'nope'], 'The Pod plain-2 has no container "nope"; it has c.'],
    [
      ['packet-capture', '-n', 'shop'],
      'The container capture of the Pod packet-capture is not running (PodInitializing).',
    ],
    [
      ['legacy-gateway', '-n', 'shop'],
      'The container gateway of the Pod legacy-gateway is not running (CrashLoopBackOff).',
    ],
    [
      ['gpu-monitor', '-n', 'monitoring'],
      'The container monitor of the Pod gpu-monitor is not running (Pending).',
    ],
    [
      ['distroless-net-2'],
      'Cannot look into the container c of the Pod distroless-net-2: its image has no shell; use --probe.',
    ],
  ])('%j', async (argv, message) => {
    expect(await ifconfig(...argv)).toEqual({ code: 3, stdout: '', stderr: `error: ${message}\n` });
  });

  test.each([
    [[], 'ifconfig takes one Pod and at most one interface. Run: kubectl hostns ifconfig POD [INTERFACE]'],
    [
      ['a', 'b', 'c'],
      'ifconfig takes one Pod and at most one interface. Run: kubectl hostns ifconfig POD [INTERFACE]',
    ],
    [['a', '-o', 'table'], 'invalid value "table" for --output. Use text, json, yaml.'],
  ])('wrong usage: %j', async (argv, message) => {
    expect(await ifconfig(...argv)).toEqual({ code: 4, stdout: '', stderr: `error: ${message}\n` });
    expect(cluster.server.requests).toEqual([]);
  });

  test.each(['iis-by-os', 'iis-by-selector', 'windows-agent'])(
    'a Pod that runs on Windows and says so: %s',
    async (name) => {
      expect(await ifconfig(name, '-n', name === 'windows-agent' ? 'monitoring' : 'shop')).toEqual({
        code: 3,
        stdout: '',
        stderr: `error: The Pod ${name} runs on Windows, whose interfaces this cannot show.\n`,
      });
      expect(cluster.server.requests.some(({ path }) => path.endsWith('/exec'))).toBe(false);
    },
  );

  test.each([
    [
      'replaced',
      '00000000-0000-4000-8000-000000000001',
      'was replaced by another Pod of the same name during the inspection. Try again.',
    ],
    ['deleted', null, 'was deleted during the inspection.'],
  ])('a Pod that is %s midway, so that the interfaces may be of another', async (_, uid, said) => {
    cluster.server.exec = (call) => {
      cluster.server.store.change(
        podsWith((pod) => {
          if (pod.metadata.name !== 'plain-2') return pod;
          return uid === null ? null : { ...pod, metadata: { ...pod.metadata, uid } };
        }),
      );
      return recordedExec(call);
    };
    for (const output of ['text', 'json']) {
      expect(await ifconfig('plain-2', '-o', output)).toEqual({
        code: 3,
        stdout: '',
        stderr: `error: The Pod plain-2 ${said}\n`,
      });
      cluster.server.store.change(recordedPods);
    }
  });

  test('a right that is missing', async () => {
    const KUBECONFIG = await cluster.kubeconfigOf('outsider');
    const { code, stdout, stderr } = await cluster.run(['ifconfig', 'plain-2'], { KUBECONFIG });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(
      /^error: Cannot run a command in the container c of the Pod default\/plain-2: .* 403 Forbidden /,
    );
  });

  test.each<[string, ExecAnswer, string]>([
    [
      'hangs',
      { fault: 'hang' },
      `${looking}it took too long; its report cannot be read: the report is empty.`,
    ],
    [
      'floods',
      { fault: 'flood' },
      `${looking}it printed without end; its report cannot be read: the report is empty.`,
    ],
    [
      'is closed early',
      { fault: 'no-status' },
      `${looking}the connection was closed; its report cannot be read: the report is empty.`,
    ],
    [
      'prints garbage',
      { stdout: 'hello\n' },
      `${looking}the script ended; its report cannot be read: the report is empty.`,
    ],
  ])('an exec that %s', async (_, answer, message) => {
    cluster.server.exec = () => answer;
    expect(await ifconfig('plain-2', '--timeout', '2s')).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: ${message}\n`,
    });
  });

  test('a report that holds no interfaces', async () => {
    cluster.server.exec = (call) => ({ ...recordedExec(call), stdout: `${call.command[4] ?? ''} done\n` });
    expect((await ifconfig('plain-2')).code).toBe(3);
    cluster.server.exec = (call) =>
      reporting(call, (report, marker) => withSection(report, marker, 'net-dev', 'no'));
    const { code, stdout, stderr } = await ifconfig('plain-2');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(
      /^Note: .* what no kernel prints: .*\nerror: The container c of the Pod plain-2 does not show its interfaces\.\n$/,
    );
  });

  test('a report that was cut off is not taken for all there is', async () => {
    cluster.server.exec = (call) => {
      const report = String(recordedExec(call).stdout);
      return { stdout: report.slice(0, report.indexOf('begin if-inet6') - 33), fault: 'no-status' };
    };
    const { stderr } = await ifconfig('plain-2');
    expect(stderr).toBe('Note: the report of the container was cut off; what had come is shown.\n');
  });
});

describe('a forged report', () => {
  test('cannot reach the terminal', async () => {
    cluster.server.exec = (call) =>
      reporting(call, (report) => report.replaceAll('eth0', 'e\u001b[2J\u202e\u0007'));
    for (const argv of [[], ['-a'], ['-o', 'json'], ['-o', 'yaml'], ['lo'], ['nope']]) {
      const { stdout, stderr } = await ifconfig('plain-2', ...argv);
      expect(stdout + stderr).not.toMatch(UNSAFE_TEXT);
      expect(stdout + stderr).not.toBe('');
    }
    expect((await ifconfig('plain-2')).stdout).toMatch(/^e\\u001b\[2J\\u202e\\u0007 /);
  });
});
