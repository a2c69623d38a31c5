import { describe, expect, test } from '@jest/globals';
import type { Interfaces } from '../../src/inspection/network-interface.ts';
import type { PodProcess, ProcessNamespaces } from '../../src/inspection/node-view.ts';
import type { Pod } from '../../src/model/pod.ts';
import { firstProcess, interfacesOfPod, partsOfPod, sandboxProcess } from '../../src/verdict/pod-parts.ts';
import { containerId, nodeView } from '../support/node-views.ts';
import { containerStatus, pod } from '../support/pods.ts';

const SANDBOX = containerId('5a');
const NODE: ProcessNamespaces = { net: [4026531833], pid: [4026531836], ipc: [4026531839] };
const OWN: ProcessNamespaces = { net: [4026532899], pid: [4026532901], ipc: [4026532900] };
const running = (name: string, id: string, runtime = 'containerd') =>
  containerStatus(name, { running: true }, { containerID: `${runtime}://${id}` });

const TWO: Pod = pod({
  status: {
    initContainerStatuses: [
      containerStatus(
        'prepare',
        { terminated: { exitCode: 0, signal: 0, reason: 'Completed' } },
        {
          containerID: `containerd://${containerId('1')}`,
        },
      ),
      running('proxy', containerId('2')),
    ],
    containerStatuses: [running('app', containerId('a')), running('log', containerId('b'))],
    ephemeralContainerStatuses: [running('debugger', containerId('e'))],
  },
});

function process(pid: number, container: string | null, change: Partial<PodProcess> = {}): PodProcess {
  return { pid, podUid: TWO.kubeletUid, container, namespaces: OWN, ...change };
}

const ALL = [
  process(52, containerId('a')),
  process(50, SANDBOX),
  process(51, containerId('2')),
  process(53, containerId('b')),
  process(9, containerId('a')),
  process(54, containerId('e')),
];

describe('partsOfPod', () => {
  test('returns the sandbox and the containers with their processes sorted by ID', () => {
    const { parts, missing } = partsOfPod(TWO, ALL);
    expect(missing).toEqual([]);
    expect(
      parts.map(({ name, container, processes }) => [name, container, processes.map(({ pid }) => pid)]),
    ).toEqual([
      ['the container app', 'app', [9, 52]],
      ['the sandbox', null, [50]],
      ['the container proxy', 'proxy', [51]],
      ['the container log', 'log', [53]],
      ['the container debugger', 'debugger', [54]],
    ]);
  });

  test('ignores processes of other Pods and processes outside all containers', () => {
    const others = [
      process(60, containerId('a'), { podUid: '00000000-0000-4000-8000-00000000000f' }),
      process(61, null),
    ];
    expect(partsOfPod(TWO, others).parts).toEqual([]);
    expect(partsOfPod(pod({ kubeletUid: 'f'.repeat(32) }), ALL).parts).toEqual([]);
  });

  test('finds a static Pod by the UID that the kubelet uses', () => {
    const mirror = pod({ uid: '00000000-0000-4000-8000-00000000000f', kubeletUid: 'f'.repeat(32) });
    const own = [process(50, SANDBOX, { podUid: 'f'.repeat(32) })];
    expect(partsOfPod(mirror, own).parts.map(({ name }) => name)).toEqual(['the sandbox']);
  });

  test('reports running containers without a process as missing', () => {
    const { parts, missing } = partsOfPod(TWO, ALL.slice(0, 2));
    expect(parts.map(({ name }) => name)).toEqual(['the container app', 'the sandbox']);
    expect(missing).toEqual(['the container log', 'the container proxy', 'the container debugger']);
  });

  test.each(['containerd', 'cri-o', 'docker'])('finds a container by an ID of %s', (runtime) => {
    const own = pod({ status: { containerStatuses: [running('app', containerId('a'), runtime)] } });
    expect(partsOfPod(own, [process(9, containerId('a'))]).parts[0]?.container).toBe('app');
  });

  test('does not distinguish the sandbox from a container that the API does not list yet', () => {
    const waiting = pod({
      status: { containerStatuses: [containerStatus('app', { waiting: { reason: 'ContainerCreating' } })] },
    });
    const { parts, missing } = partsOfPod(waiting, [process(50, SANDBOX), process(51, containerId('a'))]);
    expect(parts.map(({ name, container }) => [name, container])).toEqual([
      ['the sandbox or a starting container', null],
      ['the sandbox or a starting container', null],
    ]);
    expect(missing).toEqual([]);
  });

  test('reports a restarted container as missing until the API lists its new ID', () => {
    const { parts, missing } = partsOfPod(
      pod({ status: { containerStatuses: [running('app', containerId('a'))] } }),
      [process(50, SANDBOX), process(51, containerId('b'))],
    );
    expect(parts.map(({ container }) => container)).toEqual([null, null]);
    expect(missing).toEqual(['the container app']);
  });
});

describe('firstProcess, sandboxProcess and interfacesOfPod', () => {
  const view = nodeView(ALL);

  test('firstProcess returns the first process of a container', () => {
    expect(firstProcess(TWO, view, 'app')?.pid).toBe(9);
    expect(firstProcess(TWO, view, 'log')?.pid).toBe(53);
    expect(firstProcess(TWO, view, 'no-such')).toBeNull();
    expect(firstProcess(TWO, nodeView([process(50, SANDBOX)]), 'app')).toBeNull();
    const unread = process(3, containerId('a'), { namespaces: { net: [], pid: [], ipc: [] } });
    expect(firstProcess(TWO, nodeView([unread, ...ALL]), 'app')?.pid).toBe(9);
  });

  test('firstProcess returns a container’s process for a Pod, or else the sandbox’s', () => {
    expect(
      firstProcess(TWO, nodeView([process(50, SANDBOX), process(53, containerId('b'))]), null)?.pid,
    ).toBe(53);
    expect(firstProcess(TWO, nodeView([process(50, SANDBOX)]), null)?.pid).toBe(50);
    expect(firstProcess(TWO, nodeView([process(61, null)]), null)).toBeNull();
  });

  test('sandboxProcess returns a process of the sandbox in the same network', () => {
    const [own = 0, nodes = 0] = [...OWN.net, ...NODE.net];
    expect(sandboxProcess(TWO, view, own)?.pid).toBe(50);
    expect(sandboxProcess(TWO, view, nodes)).toBeNull();
    expect(sandboxProcess(TWO, nodeView([process(9, containerId('a'))]), own)).toBeNull();
    const two = [process(50, SANDBOX, { namespaces: NODE }), process(55, SANDBOX)];
    expect(sandboxProcess(TWO, nodeView(two), own)?.pid).toBe(55);
  });

  test('interfacesOfPod returns a container’s interfaces, or the Pod’s if the container is not running', () => {
    const seen: Interfaces = { interfaces: [], unattributed: ['192.0.2.1'], warnings: [] };
    const interfacesOf = (net: number): Interfaces | null => (NODE.net.includes(net) ? null : seen);
    expect(interfacesOfPod(TWO, nodeView(ALL, { interfacesOf }), 'app')).toBe(seen);
    expect(interfacesOfPod(TWO, nodeView([], { interfacesOf }), 'app')).toBeNull();
    const hidden = process(9, containerId('a'), { namespaces: { ...OWN, net: [] } });
    expect(interfacesOfPod(TWO, nodeView([hidden], { interfacesOf }), 'app')).toBeNull();
    const elsewhere = [process(9, containerId('a'), { namespaces: NODE }), process(53, containerId('b'))];
    expect(interfacesOfPod(TWO, nodeView(elsewhere, { interfacesOf }), 'log')).toBe(seen);
    expect(interfacesOfPod(TWO, nodeView(elsewhere, { interfacesOf }), 'app')).toBeNull();
    const alone = nodeView([process(50, SANDBOX)], { interfacesOf });
    expect(interfacesOfPod(TWO, alone, 'app')).toBe(seen);
  });
});
