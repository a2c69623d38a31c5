import { describe, expect, test } from '@jest/globals';
import type { Interfaces } from '../../src/inspection/network-interface.ts';
import type { PodProcess } from '../../src/inspection/node-view.ts';
import type { Pod } from '../../src/pods/pod.ts';
import { firstProcess, interfacesOfPod, partsOfPod, sandboxProcess } from '../../src/verdict/pod-parts.ts';
import { containerId, NODE, nodeView, OWN } from '../support/node-views.ts';
import { containerStatus, pod } from '../support/pods.ts';

const SANDBOX = containerId('5a');
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

describe('the parts of a Pod', () => {
  test('are its sandbox and its containers, with their processes by number', () => {
    const { parts, missing } = partsOfPod(TWO, nodeView(ALL));
    expect(missing).toEqual([]);
    expect(
      parts.map(({ name, container, isSandbox, processes }) => [
        name,
        container,
        isSandbox,
        processes.map(({ pid }) => pid),
      ]),
    ).toEqual([
      ['the container app', 'app', false, [9, 52]],
      ['its sandbox', null, true, [50]],
      ['the container proxy', 'proxy', false, [51]],
      ['the container log', 'log', false, [53]],
      ['the container debugger', 'debugger', false, [54]],
    ]);
  });

  test('are none of another Pod’s, nor of what is in no container', () => {
    const others = [
      process(60, containerId('a'), { podUid: '00000000-0000-4000-8000-00000000000f' }),
      process(61, null),
    ];
    expect(partsOfPod(TWO, nodeView(others)).parts).toEqual([]);
    expect(partsOfPod(pod({ kubeletUid: 'f'.repeat(32) }), nodeView(ALL)).parts).toEqual([]);
  });

  test('are known by the UID that the kubelet knows a static Pod by', () => {
    const mirror = pod({ uid: '00000000-0000-4000-8000-00000000000f', kubeletUid: 'f'.repeat(32) });
    const view = nodeView([process(50, SANDBOX, { podUid: 'f'.repeat(32) })]);
    expect(partsOfPod(mirror, view).parts.map(({ name }) => name)).toEqual(['its sandbox']);
  });

  test('lack the running containers that have no process here, and no others', () => {
    const { parts, missing } = partsOfPod(TWO, nodeView(ALL.slice(0, 2)));
    expect(parts.map(({ name }) => name)).toEqual(['the container app', 'its sandbox']);
    expect(missing).toEqual(['the container log', 'the container proxy', 'the container debugger']);
  });

  test.each(['containerd', 'cri-o', 'docker'])('are known by the IDs that %s gives', (runtime) => {
    const own = pod({ status: { containerStatuses: [running('app', containerId('a'), runtime)] } });
    expect(partsOfPod(own, nodeView([process(9, containerId('a'))])).parts[0]?.container).toBe('app');
  });

  test('take a container whose ID the API does not know yet for the sandbox', () => {
    const waiting = pod({
      status: { containerStatuses: [containerStatus('app', { waiting: { reason: 'ContainerCreating' } })] },
    });
    const { parts, missing } = partsOfPod(
      waiting,
      nodeView([process(50, SANDBOX), process(51, containerId('a'))]),
    );
    expect(parts.map(({ isSandbox }) => isSandbox)).toEqual([true, true]);
    expect(missing).toEqual([]);
  });

  test('lack a container that runs again under an ID that the API does not know yet', () => {
    const { parts, missing } = partsOfPod(
      pod({ status: { containerStatuses: [running('app', containerId('a'))] } }),
      nodeView([process(50, SANDBOX), process(51, containerId('b'))]),
    );
    expect(parts.every(({ isSandbox }) => isSandbox)).toBe(true);
    expect(missing).toEqual(['the container app']);
  });
});

describe('the process by which a network is told', () => {
  const view = nodeView(ALL);

  test('is the first of a container', () => {
    expect(firstProcess(TWO, view, 'app')?.pid).toBe(9);
    expect(firstProcess(TWO, view, 'log')?.pid).toBe(53);
    expect(firstProcess(TWO, view, 'no-such')).toBeNull();
    expect(firstProcess(TWO, nodeView([process(50, SANDBOX)]), 'app')).toBeNull();
  });

  test('is for a Pod that of a container, and of the sandbox where there is none', () => {
    expect(
      firstProcess(TWO, nodeView([process(50, SANDBOX), process(53, containerId('b'))]), null)?.pid,
    ).toBe(53);
    expect(firstProcess(TWO, nodeView([process(50, SANDBOX)]), null)?.pid).toBe(50);
    expect(firstProcess(TWO, nodeView([process(61, null)]), null)).toBeNull();
  });

  test('is the sandbox’s where no container may have a say, if that is in the same network', () => {
    const [own, nodes] = [OWN.net ?? 0, NODE.net ?? 0];
    expect(sandboxProcess(TWO, view, own)?.pid).toBe(50);
    expect(sandboxProcess(TWO, view, nodes)).toBeNull();
    expect(sandboxProcess(TWO, nodeView([process(9, containerId('a'))]), own)).toBeNull();
    const two = [process(50, SANDBOX, { namespaces: NODE }), process(55, SANDBOX)];
    expect(sandboxProcess(TWO, nodeView(two), own)?.pid).toBe(55);
  });

  test('tells the interfaces of a container, and of the Pod where that one does not run', () => {
    const seen: Interfaces = { interfaces: [], unattributed: ['192.0.2.1'], warnings: [] };
    const interfacesOf = (net: number): Interfaces | null => (net === NODE.net ? null : seen);
    expect(interfacesOfPod(TWO, nodeView(ALL, { interfacesOf }), 'app')).toBe(seen);
    expect(interfacesOfPod(TWO, nodeView([], { interfacesOf }), 'app')).toBeNull();
    const hidden = process(9, containerId('a'), { namespaces: { ...OWN, net: null } });
    expect(interfacesOfPod(TWO, nodeView([hidden], { interfacesOf }), 'app')).toBeNull();
    const elsewhere = [process(9, containerId('a'), { namespaces: NODE }), process(53, containerId('b'))];
    expect(interfacesOfPod(TWO, nodeView(elsewhere, { interfacesOf }), 'log')).toBe(seen);
    expect(interfacesOfPod(TWO, nodeView(elsewhere, { interfacesOf }), 'app')).toBeNull();
    const alone = nodeView([process(50, SANDBOX)], { interfacesOf });
    expect(interfacesOfPod(TWO, alone, 'app')).toBe(seen);
  });
});
