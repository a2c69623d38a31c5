import type { Cases } from './case.ts';

const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json';
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json';
const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1, application/json';
const NAMES = { includeObject: 'None', resourceVersion: '0' };
/** The recording has its like. */
const DEPLOYMENT = 'coredns';

export const nodeCases: Cases = {
  nodes: async (talk) => {
    await talk.get('/api/v1/nodes', { query: { limit: '100' } });
    await talk.get('/api/v1/nodes/kube-node-2');
    await talk.get('/api/v1/nodes/no-such-node');
    await talk.get('/api/v1/nodes/kube-node-2', { accept: METADATA_ONLY });
    await talk.get('/api/v1/nodes/no-such-node', { accept: METADATA_ONLY });
    const linux = { labelSelector: 'kubernetes.io/os=linux', limit: '500' };
    await talk.get('/api/v1/nodes', { accept: METADATA_LIST, query: linux });
    await talk.get('/api/v1/nodes', { accept: METADATA_LIST, query: { ...linux, labelSelector: 'a b' } });
  },
  'what the kubelet knows of networks': async (talk) => {
    await talk.summary('kube-node-2', [
      'plain-2',
      'leaky-2',
      'stubborn-2',
      'pod-use-hostnetwork-2',
      'distroless-net-2',
    ]);
    await talk.summary('no-such-node', []);
  },
  'names, as completion asks for them': async (talk) => {
    await talk.get('/api/v1/namespaces', { accept: TABLE, query: NAMES });
    await talk.get('/api/v1/nodes', { accept: TABLE, query: NAMES });
    const running = { ...NAMES, fieldSelector: 'status.phase=Running' };
    await talk.get('/api/v1/namespaces/default/pods', { accept: TABLE, query: running });
    await talk.get('/api/v1/namespaces/default/pods', {
      accept: TABLE,
      query: { ...running, fieldSelector: 'spec.color=red' },
    });
  },
  workloads: async (talk) => {
    const namespace = await talk.side.deployment(DEPLOYMENT, talk.place.empty);
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    // It is in one namespace there, in another here.
    await talk.get(`${path}/${DEPLOYMENT}`, { shown: 'a Deployment' });
    await talk.get(`${path}/missing`, { shown: 'a Deployment that is missing' });
    await talk.get(path, { accept: TABLE, query: NAMES, shown: 'the names of Deployments' });
    for (const [api, resource] of [
      ['apps', 'daemonsets'],
      ['apps', 'statefulsets'],
      ['apps', 'replicasets'],
      ['batch', 'jobs'],
    ]) {
      await talk.get(`/apis/${String(api)}/v1/namespaces/default/${String(resource)}/missing`);
    }
  },
  'the version, and a path that does not exist': async (talk) => {
    await talk.get('/version');
    await talk.get('/api/v1/namespaces/default/pods/plain-2/nothing');
  },
};
