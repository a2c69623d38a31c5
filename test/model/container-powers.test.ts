import { describe, expect, test } from '@jest/globals';
import { canMakeInterfaces, reasonToLeave, reasonToMove } from '../../src/model/container-powers.ts';
import { type ContainerSecurity, NO_SECURITY } from '../../src/model/pod.ts';
import { container, containerStatus, pod } from '../support/pods.ts';

const secured = (security: Partial<ContainerSecurity>, name = 'c') =>
  container(name, { security: { ...NO_SECURITY, ...security } });
const withContainer = (security: Partial<ContainerSecurity>) =>
  pod({ spec: { containers: [secured(security)] } });
const ended = { terminated: { exitCode: 0, signal: 0, reason: 'Completed' } };

describe('a container may move between namespaces', () => {
  test.each([
    [{ privileged: true }, 'the container c is privileged'],
    [{ addedCapabilities: ['SYS_ADMIN'] }, 'the container c has the capability SYS_ADMIN'],
    [{ addedCapabilities: ['NET_RAW', 'cap_sys_admin'] }, 'the container c has the capability SYS_ADMIN'],
    [{ addedCapabilities: ['all'] }, 'the container c has the capability SYS_ADMIN'],
    [{ addedCapabilities: ['NET_ADMIN', 'SYS_PTRACE'] }, null],
    [{}, null],
  ])('%j: %s', (security, reason) => {
    expect(reasonToMove(withContainer(security))).toBe(reason);
    expect(reasonToLeave(withContainer(security), 'own')).toBe(reason);
  });

  test('where a runtime of its own has placed it', () => {
    const sandboxed = pod({ spec: { runtimeClassName: 'gvisor' } });
    expect(reasonToMove(sandboxed)).toBe('the Pod has the RuntimeClass gvisor');
  });

  test.each(['initContainers', 'ephemeralContainers'] as const)('also where it is one of the %s', (kind) => {
    const own = pod({ spec: { [kind]: [secured({ privileged: true }, 'other')] } });
    expect(reasonToMove(own)).toBe('the container other is privileged');
  });

  test('but not once it has ended', () => {
    const own = pod({
      spec: { initContainers: [secured({ privileged: true }, 'setup')] },
      status: { initContainerStatuses: [containerStatus('setup', ended)] },
    });
    expect(reasonToMove(own)).toBeNull();
    expect(canMakeInterfaces(own)).toBe(false);
  });
});

describe('a container may leave the node’s namespace for one of its own', () => {
  const reason = 'the container c does not have the seccomp profile RuntimeDefault';
  test.each([
    ['', '', reason],
    ['RuntimeDefault', '', null],
    ['', 'RuntimeDefault', null],
    ['RuntimeDefault', 'Unconfined', reason],
    ['Unconfined', 'RuntimeDefault', null],
    ['', 'Localhost', reason],
  ])('with the seccomp profile "%s" of the Pod and "%s" of its own: %s', (ofPod, own, expected) => {
    const subject = pod({ spec: { seccompProfile: ofPod, containers: [secured({ seccompProfile: own })] } });
    expect(reasonToLeave(subject, 'host')).toBe(expected);
    expect(reasonToLeave(subject, 'own')).toBeNull();
  });

  test('with every privilege in spite of its profile', () => {
    const subject = withContainer({ privileged: true, seccompProfile: 'RuntimeDefault' });
    expect(reasonToLeave(subject, 'host')).toBe('the container c is privileged');
  });
});

test.each([
  [{ privileged: true }, true],
  [{ addedCapabilities: ['NET_ADMIN'] }, true],
  [{ addedCapabilities: ['ALL'] }, true],
  [{ addedCapabilities: ['SYS_ADMIN'] }, false],
  [{}, false],
])('%j can make interfaces: %s', (security, can) => {
  expect(canMakeInterfaces(withContainer(security))).toBe(can);
});
