import { objectOf, textOf } from '../../src/wire/json-value.ts';
import type { Cases } from './case.ts';
import { podPath, podsPath } from './conversation.ts';
import { AT_ONCE, container, MERGE, NODE, podDocument, STRATEGIC } from './subjects.ts';

const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json';

export const writeCases: Cases = {
  'a Pod is made': async (talk) => {
    const { moving } = talk.place;
    const body = podDocument(
      'one',
      {
        spec: {
          hostPID: true,
          containers: [container('probe', { ports: [{ containerPort: 80, hostPort: 80 }] })],
        },
      },
      moving,
    );
    await talk.ask('POST', podsPath(moving), { query: { dryRun: 'All' }, body, detail: 'whole' });
    await talk.get(podPath(moving, 'one'));
    await talk.ask('POST', podsPath(moving), { body, detail: 'whole' });
    await talk.get(podPath(moving, 'one'), { detail: 'whole' });
    await talk.get(podPath(moving, 'one'), { accept: METADATA_ONLY });
    await talk.get(podPath(moving, 'missing'), { accept: METADATA_ONLY });
  },
  'a Pod that cannot be made': async (talk) => {
    const { still, moving } = talk.place;
    const pod = (name: string, spec: object): object => podDocument(name, { spec }, moving);
    await talk.ask('POST', podsPath(still), { body: podDocument('alpha', {}, still) });
    await talk.ask('POST', podsPath(still), {
      query: { dryRun: 'All' },
      body: podDocument('alpha', {}, still),
    });
    await talk.ask('POST', podsPath(moving), { body: pod('', {}) });
    await talk.ask('POST', podsPath(moving), { body: pod('one', { containers: [] }) });
    await talk.ask('POST', podsPath(moving), { body: pod('', { containers: [] }) });
    await talk.ask('POST', podsPath('no-such-namespace'), { body: pod('one', {}) });
    await talk.ask('POST', podsPath(still), {
      body: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'one', namespace: moving },
        spec: { containers: [container('c')] },
      },
    });
    await talk.ask('POST', podsPath(moving), { as: 'nobody', body: pod('one', {}) });
  },
  'a Pod is deleted at once': async (talk) => {
    const { moving } = talk.place;
    const other = '00000000-0000-4000-8000-000000000000';
    const made = await talk.quietly('POST', podsPath(moving), {
      body: podDocument('one', { spec: { nodeName: NODE } }, moving),
    });
    const uid = textOf(objectOf(made, 'metadata'), 'uid');
    const path = podPath(moving, 'one');
    await talk.ask('DELETE', path, { body: { ...AT_ONCE, preconditions: { uid: other } } });
    await talk.ask('DELETE', path, { as: 'nobody', body: AT_ONCE });
    await talk.ask('DELETE', path, { body: { ...AT_ONCE, preconditions: { uid } }, detail: 'whole' });
    await talk.ask('DELETE', path, { body: { ...AT_ONCE, preconditions: { uid } } });
    await talk.get(path);
  },
  'a Pod is deleted with its time': async (talk) => {
    const { moving } = talk.place;
    await talk.quietly('POST', podsPath(moving), {
      body: podDocument('one', { spec: { nodeName: NODE } }, moving),
    });
    await talk.ask('DELETE', podPath(moving, 'one'), { detail: 'whole' });
    await talk.get(podPath(moving, 'one'), { detail: 'whole' });
    await talk.ask('DELETE', podPath(moving, 'one'), { body: AT_ONCE });
    await talk.get(podPath(moving, 'one'));
  },
  'a Pod without a node is deleted': async (talk) => {
    const { moving } = talk.place;
    await talk.quietly('POST', podsPath(moving), { body: podDocument('one', {}, moving) });
    await talk.ask('DELETE', podPath(moving, 'one'), { detail: 'whole' });
    await talk.get(podPath(moving, 'one'));
  },
  'a Pod and its status are changed': async (talk) => {
    const { moving } = talk.place;
    const path = podPath(moving, 'one');
    await talk.quietly('POST', podsPath(moving), {
      body: podDocument('one', { labels: { app: 'web' } }, moving),
    });
    const status = { phase: 'Running', podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }] };
    await talk.ask('PATCH', path, {
      type: MERGE,
      body: { metadata: { labels: { app: null, tier: 'a' } } },
      detail: 'whole',
    });
    await talk.ask('PATCH', path, { type: STRATEGIC, body: { metadata: { labels: { app: 'db' } } } });
    await talk.ask('PATCH', `${path}/status`, { type: STRATEGIC, body: { status }, detail: 'whole' });
    await talk.ask('PATCH', `${path}/status`, {
      type: STRATEGIC,
      body: { status: { conditions: [{ type: 'Ready', status: 'False', reason: 'Why' }] } },
      detail: 'whole',
    });
    // Each way changes its own half, and no more.
    await talk.ask('PATCH', path, { type: MERGE, body: { status: { phase: 'Failed' } } });
    await talk.ask('PATCH', podPath(moving, 'missing'), { type: MERGE, body: {} });
  },
};
