import { describe, expect, test } from '@jest/globals';
import { hostPorts } from '../../src/model/host-ports.ts';
import { isLive } from '../../src/model/liveness.ts';
import { runsOnWindows, sharedNamespaces } from '../../src/model/sharing.ts';
import { container, pod } from '../support/pods.ts';

describe('what a Pod shares', () => {
  test('is what its spec asks for, always in one order', () => {
    const all = pod({ spec: { hostIPC: true, hostPID: true, hostNetwork: true } });
    expect(sharedNamespaces(all, false)).toEqual(['network', 'pid', 'ipc']);
    expect(sharedNamespaces(pod(), false)).toEqual([]);
  });

  test('is nothing on Windows, where hostNetwork changes nothing', () => {
    expect(sharedNamespaces(pod({ spec: { hostNetwork: true } }), true)).toEqual([]);
  });

  test('is the network on Windows for a HostProcess Pod, which runs on the node', () => {
    expect(sharedNamespaces(pod({ spec: { hostNetwork: true, hostProcess: true } }), true)).toEqual([
      'network',
    ]);
  });
});

describe('whether a Pod runs on Windows', () => {
  test.each([
    ['its spec says so', { osName: 'windows' }, true],
    ['its spec says that it does not', { osName: 'linux', nodeSelectorOS: 'windows' }, false],
    ['its node selector says so', { nodeSelectorOS: 'windows' }, true],
    ['it is HostProcess', { hostProcess: true }, true],
    ['nothing says', {}, null],
  ])('is told where %s', (_why, spec, expected) => {
    expect(runsOnWindows(pod({ spec }))).toBe(expected);
  });
});

test('a Pod is live until it has succeeded or failed', () => {
  const phases = ['Pending', 'Running', 'Unknown', 'Succeeded', 'Failed'];
  expect(phases.filter((phase) => isLive(pod({ status: { phase } })))).toEqual([
    'Pending',
    'Running',
    'Unknown',
  ]);
});

test('host ports are those of init containers and containers, without the ports that are not of the node', () => {
  const subject = pod({
    spec: {
      initContainers: [
        container('proxy', { restartPolicy: 'Always', ports: [{ hostPort: 15001, protocol: 'TCP' }] }),
      ],
      containers: [
        container('dns', {
          ports: [
            { hostPort: 53, protocol: 'UDP' },
            { hostPort: 0, protocol: 'TCP' },
          ],
        }),
      ],
    },
  });
  expect(hostPorts(subject)).toEqual([
    { port: 15001, protocol: 'TCP', container: 'proxy' },
    { port: 53, protocol: 'UDP', container: 'dns' },
  ]);
});
