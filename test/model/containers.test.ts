import { describe, expect, test } from '@jest/globals';
import { ExplainedError } from '../../src/errors.ts';
import {
  allContainers,
  allStatuses,
  containerToLookInto,
  isRunning,
  notRunningReason,
} from '../../src/model/containers.ts';
import { container, containerStatus, pod } from '../support/pods.ts';

const POD = pod({
  name: 'web-1',
  spec: {
    initContainers: [container('init')],
    containers: [container('app'), container('log')],
    ephemeralContainers: [container('debugger')],
  },
  status: {
    initContainerStatuses: [
      containerStatus('init', { terminated: { exitCode: 0, signal: 0, reason: 'Completed' } }),
    ],
    containerStatuses: [
      containerStatus('app', { running: true }),
      containerStatus('log', { waiting: { reason: 'CrashLoopBackOff' } }),
    ],
    ephemeralContainerStatuses: [
      containerStatus('debugger', { terminated: { exitCode: 1, signal: 0, reason: '' } }),
    ],
  },
});

test('all of a Pod’s containers come in kubectl’s order, and so do their statuses', () => {
  expect(allContainers(POD).map(({ name }) => name)).toEqual(['app', 'log', 'init', 'debugger']);
  expect(allStatuses(POD).map(({ name }) => name)).toEqual(['app', 'log', 'init', 'debugger']);
});

describe('the container to look into', () => {
  test('is the one that is named, of whatever kind', () => {
    for (const name of ['app', 'log', 'init', 'debugger']) expect(containerToLookInto(POD, name)).toBe(name);
  });

  test('is else the annotation’s if there is that one, or the first', () => {
    expect(containerToLookInto(POD, null)).toBe('app');
    expect(containerToLookInto({ ...POD, defaultContainer: 'log' }, null)).toBe('log');
    expect(containerToLookInto({ ...POD, defaultContainer: 'no-such' }, null)).toBe('app');
    expect(containerToLookInto(pod({ spec: { containers: [] } }), null)).toBe('');
  });

  test('is none where the Pod has none of this name', () => {
    expect(() => containerToLookInto(POD, 'no-such')).toThrow(ExplainedError);
    expect(() => containerToLookInto(POD, 'no-such')).toThrow(
      'The Pod web-1 has no container "no-such"; it has app, log, init, debugger.',
    );
  });
});

test.each([
  ['app', null],
  ['log', 'CrashLoopBackOff'],
  ['init', 'Completed'],
  ['debugger', 'Terminated'],
  ['no-such', 'not started yet'],
])('why nothing can be executed in %s: %s', (name, reason) => {
  expect(notRunningReason(POD, name)).toBe(reason);
});

test('what the kubelet has not begun with yet is Pending', () => {
  const young = pod({ status: { phase: '', containerStatuses: [containerStatus('c', {})] } });
  expect(notRunningReason(young, 'c')).toBe('Pending');
});

test.each([
  ['a container runs', {}, {}, true],
  ['it is on no node', { nodeName: '' }, {}, false],
  ['it has ended', {}, { phase: 'Failed' }, false],
  ['nothing runs yet', {}, { phase: 'Pending', containerStatuses: [] }, false],
  [
    'an init container runs',
    {},
    { containerStatuses: [], initContainerStatuses: [containerStatus('i', { running: true })] },
    true,
  ],
] as const)('whether there is anything to look at where %s: %j %j', (_says, spec, status, expected) => {
  expect(isRunning(pod({ spec, status }))).toBe(expected);
});
