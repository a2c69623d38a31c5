import { beforeAll } from '@jest/globals';
import { realSide } from '../contract/real-side.ts';
import { testContract } from '../contract/suite.ts';
import { adminKubeconfig, describeOnOwnCluster, restartApiServer } from './cluster.ts';

const ours = describeOnOwnCluster('the contract with the stand-in, which is of one version of Kubernetes.');
ours('the real cluster', () => {
  beforeAll(() => {
    // The watch cache of a young cluster still contains version 1, which must be too old here.
    restartApiServer('--compact');
  });
  testContract(() => realSide(adminKubeconfig));
});
