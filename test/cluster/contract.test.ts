import { realSide } from '../contract/real-side.ts';
import { testContract } from '../contract/suite.ts';
import { adminKubeconfig, describeOnOwnCluster } from './cluster.ts';

const ours = describeOnOwnCluster('the contract with the stand-in, which is of one version of Kubernetes.');
ours('the real cluster', () => {
  testContract(() => realSide(adminKubeconfig));
});
