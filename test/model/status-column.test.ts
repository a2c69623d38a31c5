import { describe, expect, test } from '@jest/globals';
import type { Pod, PodStatus } from '../../src/model/pod.ts';
import { statusColumn } from '../../src/model/status-column.ts';
import { container, containerStatus, pod } from '../support/pods.ts';

const waiting = (reason: string) => ({ waiting: { reason } });
const ended = (exitCode: number, reason = '', signal = 0) => ({ terminated: { exitCode, reason, signal } });
const running = { running: true } as const;

const ready = { type: 'Ready', status: 'True', reason: '' };
const initialized = { type: 'Initialized', status: 'True', reason: '' };
const twoInits = {
  initContainers: [container('first'), container('second')],
};
const sidecar = { initContainers: [container('proxy', { restartPolicy: 'Always' })] };

const withStatus = (status: Partial<PodStatus>): Pod => pod({ status });
const withInit = (...states: PodStatus['initContainerStatuses']): Pod =>
  pod({
    spec: twoInits,
    status: {
      phase: 'Pending',
      initContainerStatuses: states,
      containerStatuses: [containerStatus('c', waiting('PodInitializing'))],
    },
  });

describe('the STATUS column', () => {
  const cases: readonly (readonly [status: string, why: string, pod: Pod])[] = [
    ['Running', 'its containers run', pod()],
    ['Pending', 'no node has taken it', withStatus({ phase: 'Pending', containerStatuses: [] })],
    [
      'SchedulingGated',
      'a gate holds it back',
      withStatus({
        phase: 'Pending',
        containerStatuses: [],
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
      }),
    ],
    [
      'Evicted',
      'the kubelet gave a reason',
      withStatus({ phase: 'Failed', reason: 'Evicted', containerStatuses: [] }),
    ],
    [
      'ContainerCreating',
      'a container waits',
      withStatus({
        phase: 'Pending',
        containerStatuses: [containerStatus('c', waiting('ContainerCreating'))],
      }),
    ],
    [
      'CrashLoopBackOff',
      'a container waits to be restarted',
      withStatus({ containerStatuses: [containerStatus('c', waiting('CrashLoopBackOff'))] }),
    ],
    [
      'Running',
      'a container waits without a reason',
      withStatus({ containerStatuses: [containerStatus('c', waiting(''))] }),
    ],
    [
      'Completed',
      'its container ended well',
      withStatus({ phase: 'Succeeded', containerStatuses: [containerStatus('c', ended(0, 'Completed'))] }),
    ],
    [
      'OOMKilled',
      'its container ended for a reason',
      withStatus({ phase: 'Failed', containerStatuses: [containerStatus('c', ended(137, 'OOMKilled'))] }),
    ],
    [
      'ExitCode:3',
      'its container ended without a reason',
      withStatus({ phase: 'Failed', containerStatuses: [containerStatus('c', ended(3))] }),
    ],
    [
      'Signal:9',
      'its container ended by a signal',
      withStatus({ phase: 'Failed', containerStatuses: [containerStatus('c', ended(137, '', 9))] }),
    ],
    [
      'CrashLoopBackOff',
      'the first container with a reason counts',
      withStatus({
        containerStatuses: [
          containerStatus('a', waiting('CrashLoopBackOff')),
          containerStatus('b', waiting('ErrImagePull')),
        ],
      }),
    ],
    [
      'Running',
      'one container completed, the other runs and the Pod is ready',
      withStatus({
        conditions: [ready],
        containerStatuses: [containerStatus('a', ended(0, 'Completed')), containerStatus('b', running)],
      }),
    ],
    [
      'NotReady',
      'one container completed, the other runs and the Pod is not ready',
      withStatus({
        containerStatuses: [containerStatus('a', ended(0, 'Completed')), containerStatus('b', running)],
      }),
    ],
    [
      'Error',
      'one container completed, another failed, a third runs and the Pod is not ready',
      withStatus({
        containerStatuses: [
          containerStatus('a', ended(0, 'Completed')),
          containerStatus('b', ended(1, 'Error')),
          containerStatus('c', running),
        ],
      }),
    ],
    [
      'Init:0/2',
      'the first init container runs',
      withInit(containerStatus('first', running), containerStatus('second', waiting('PodInitializing'))),
    ],
    [
      'Init:1/2',
      'the first init container is done',
      withInit(containerStatus('first', ended(0, 'Completed')), containerStatus('second', running)),
    ],
    ['Init:Error', 'an init container failed', withInit(containerStatus('first', ended(1, 'Error')))],
    [
      'Init:ExitCode:2',
      'an init container failed without a reason',
      withInit(containerStatus('first', ended(2))),
    ],
    [
      'Init:Signal:15',
      'an init container was ended by a signal',
      withInit(containerStatus('first', ended(143, '', 15))),
    ],
    [
      'Init:ImagePullBackOff',
      'an init container waits for its image',
      withInit(containerStatus('first', waiting('ImagePullBackOff'))),
    ],
    [
      'PodInitializing',
      'all init containers are done',
      withInit(containerStatus('first', ended(0)), containerStatus('second', ended(0))),
    ],
    [
      'Running',
      'its sidecar has started',
      pod({ spec: sidecar, status: { initContainerStatuses: [containerStatus('proxy', running)] } }),
    ],
    [
      'Init:0/1',
      'its sidecar has not started',
      pod({
        spec: sidecar,
        status: {
          phase: 'Pending',
          initContainerStatuses: [containerStatus('proxy', running, { started: false })],
        },
      }),
    ],
    [
      'CrashLoopBackOff',
      'a sidecar fails after the Pod was initialized and its container too',
      pod({
        spec: sidecar,
        status: {
          conditions: [initialized],
          initContainerStatuses: [containerStatus('proxy', waiting('CrashLoopBackOff'))],
          containerStatuses: [containerStatus('c', waiting('CrashLoopBackOff'))],
        },
      }),
    ],
    [
      'Init:CrashLoopBackOff',
      'a sidecar fails after the Pod was initialized while its container runs',
      pod({
        spec: sidecar,
        status: {
          conditions: [initialized],
          initContainerStatuses: [containerStatus('proxy', waiting('CrashLoopBackOff'))],
        },
      }),
    ],
    ['Terminating', 'it is being deleted', pod({ deletionTimestamp: 1 })],
    [
      'Completed',
      'it had ended before it was deleted',
      pod({
        deletionTimestamp: 1,
        status: { phase: 'Succeeded', containerStatuses: [containerStatus('c', ended(0, 'Completed'))] },
      }),
    ],
    ['Unknown', 'its node is lost', pod({ deletionTimestamp: 1, status: { reason: 'NodeLost' } })],
    ['NodeLost', 'its node is lost and nobody deletes it', pod({ status: { reason: 'NodeLost' } })],
  ];
  test.each(cases)('is %s where %s', (status, _why, subject) => {
    expect(statusColumn(subject)).toBe(status);
  });
});
