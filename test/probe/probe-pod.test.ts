import { describe, expect, test } from '@jest/globals';
import {
  PROBE_CONTAINER,
  PROBE_IMAGE,
  PROBE_LABELS,
  PROBE_PREFIX,
  probePod,
} from '../../src/probe/probe-pod.ts';
import { expectedProbe } from '../support/probe-manifest.ts';

const SPEC = {
  name: `${PROBE_PREFIX}0123456789`,
  namespace: 'kube-system',
  node: 'kube-node-2',
  image: PROBE_IMAGE,
  deadline: 90,
};

describe('the probe Pod', () => {
  test('is this Pod, and nothing else is in it', () => {
    expect(probePod(SPEC)).toEqual(
      expectedProbe({
        name: 'hostns-probe-0123456789',
        image: PROBE_IMAGE,
        deadline: 90,
        deadlineWord: '90',
      }),
    );
  });

  test('mounts nothing, and is let into the namespaces of the node by the one capability alone', () => {
    const { spec } = probePod(SPEC);
    expect(Object.keys(spec)).not.toContain('volumes');
    expect(spec.containers).toHaveLength(1);
    expect(Object.keys(spec.containers[0])).not.toContain('volumeMounts');
    expect(spec.containers[0].securityContext.capabilities).toEqual({ drop: ['ALL'], add: ['SYS_PTRACE'] });
    expect(JSON.stringify(spec)).not.toMatch(/SYS_ADMIN|"privileged":true|hostPath|serviceAccountName/);
  });

  test('is of an image that nobody can put another in the place of', () => {
    expect(PROBE_IMAGE).toMatch(/^docker\.io\/library\/busybox:[0-9.]+@sha256:[0-9a-f]{64}$/);
    expect(probePod(SPEC).spec.containers[0].image).toBe(PROBE_IMAGE);
  });

  test('is of another image where one is asked for, and ends when it is to end', () => {
    const { spec } = probePod({ ...SPEC, image: 'registry.example/tools:1', deadline: 3600 });
    const [{ image, command }] = spec.containers;
    expect([image, command, spec.activeDeadlineSeconds]).toEqual([
      'registry.example/tools:1',
      ['/bin/sleep', '3600'],
      3600,
    ]);
  });

  test('bears the labels by which it is found again, and a name that can be one', () => {
    const { metadata, spec } = probePod(SPEC);
    expect(metadata.labels).toMatchObject(PROBE_LABELS);
    expect(metadata.name.startsWith(PROBE_PREFIX)).toBe(true);
    expect(metadata.name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
    for (const label of Object.values(metadata.labels)) expect(label).toMatch(/^[a-z0-9A-Z.-]{1,63}$/);
    expect(Object.keys(metadata.annotations)).toContain(
      `container.apparmor.security.beta.kubernetes.io/${PROBE_CONTAINER}`,
    );
    expect(spec.containers[0].name).toBe(PROBE_CONTAINER);
  });
});
