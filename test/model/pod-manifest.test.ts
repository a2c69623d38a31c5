import { describe, expect, test } from '@jest/globals';
import { manifestShares, type PodManifest, resourceName } from '../../src/model/pod-manifest.ts';
import { pod } from '../support/pods.ts';

const manifest = (overrides: Partial<PodManifest>): PodManifest => ({
  document: 1,
  path: '',
  apiVersion: 'v1',
  kind: 'Pod',
  namespace: '',
  name: 'web',
  pod: pod(),
  ...overrides,
});

describe('the name of a manifest', () => {
  test.each([
    ['v1', 'Pod', 'pod/web'],
    ['', 'Pod', 'pod/web'],
    ['apps/v1', 'Deployment', 'deployment.apps/web'],
    ['v1', 'ReplicationController', 'replicationcontroller/web'],
    ['argoproj.io/v1alpha1', 'Rollout', 'rollout.argoproj.io/web'],
  ])('of %s %s is %s', (apiVersion, kind, name) => {
    expect(resourceName(manifest({ apiVersion, kind }))).toBe(name);
  });
});

describe('what a manifest shares', () => {
  test.each([
    [{ hostNetwork: true, hostPID: true, hostIPC: true }, ['network', 'pid', 'ipc']],
    [{}, []],
    [{ hostNetwork: true, osName: 'windows' }, []],
    [{ hostNetwork: true, nodeSelectorOS: 'windows' }, []],
    [{ hostNetwork: true, osName: 'windows', hostProcess: true }, ['network']],
    [{ hostNetwork: true, osName: 'linux' }, ['network']],
  ])('with %j is %j', (spec, shares) => {
    expect(manifestShares(manifest({ pod: pod({ spec }) }))).toEqual(shares);
  });
});
