import type { Cases } from './case.ts';
import { podPath, podsPath } from './conversation.ts';

const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

export const userCases: Cases = {
  'a token that is none': async (talk) => {
    const identity = { kind: 'token', token: 'nonsense' } as const;
    await talk.list(talk.place.still, {}, { identity });
    await talk.get(podPath(talk.place.still, 'alpha'), { identity });
  },
  'a user without rights': async (talk) => {
    const as = 'nobody';
    const { still } = talk.place;
    await talk.list(null, {}, { as });
    await talk.list(still, {}, { as });
    await talk.list('no-such-namespace', {}, { as });
    await talk.get(podPath(still, 'alpha'), { as });
    await talk.get(podPath(still, 'missing'), { as });
    await talk.get('/api/v1/nodes', { as });
    await talk.get('/api/v1/nodes/kube-node-2', { as });
    await talk.get('/api/v1/nodes/kube-node-2/proxy/stats/summary', { as });
    await talk.get('/api/v1/namespaces', { as });
    await talk.get('/apis/apps/v1/namespaces/default/deployments/web', { as });
    await talk.get('/version', { as });
  },
  'a user without rights learns nothing of selectors': async (talk) => {
    await talk.list(null, { labelSelector: 'a b' }, { as: 'nobody' });
    await talk.list(null, { limit: '3', continue: 'garbage' }, { as: 'nobody' });
  },
  'who may do what': async (talk) => {
    for (const as of [undefined, 'nobody']) {
      for (const [verb, subresource] of [
        ['delete', ''],
        ['get', 'exec'],
      ] as const) {
        const resourceAttributes = { namespace: 'default', verb, resource: 'pods', subresource };
        await talk.ask('POST', REVIEWS, {
          ...(as === undefined ? {} : { as }),
          body: {
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SelfSubjectAccessReview',
            spec: { resourceAttributes },
          },
        });
      }
    }
    await talk.ask('POST', REVIEWS, {
      body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: {} },
    });
    await talk.get(podsPath(talk.place.empty));
  },
};
