import type { Cases } from './case.ts';
import { type Conversation, podPath, podsPath } from './conversation.ts';
import { AT_ONCE, MERGE, NODE, podDocument, setStatus } from './subjects.ts';

type Subject = Parameters<typeof podDocument>[1];

export const watchCases: Cases = {
  'a Pod that is made, changed and deleted': (talk) =>
    talk.watch(
      talk.place.moving,
      {},
      {
        count: 5,
        detail: 'whole',
        during: async () => {
          await make(talk, 'one', { labels: { app: 'web' }, spec: { hostNetwork: true } });
          await label(talk, 'one', { app: 'db' });
          await setStatus(talk, talk.place.moving, 'one', { phase: 'Running', reason: 'Because' });
          await remove(talk, 'one');
        },
      },
    ),
  'what changes nothing is no event': (talk) =>
    talk.watch(
      talk.place.moving,
      {},
      {
        count: 2,
        during: async () => {
          await make(talk, 'one', { labels: { app: 'web' } });
          await label(talk, 'one', { app: 'web' });
          await talk.quietly('PATCH', podPath(talk.place.moving, 'one'), {
            query: { dryRun: 'All' },
            body: { metadata: { labels: { app: 'db' } } },
            type: MERGE,
          });
          await label(talk, 'one', { app: null, tier: 'front' });
        },
      },
    ),
  'a label that begins and ceases to match': (talk) =>
    talk.watch(
      talk.place.moving,
      { labelSelector: 'app=web' },
      {
        count: 8,
        during: async () => {
          await make(talk, 'one', { labels: { app: 'web' } });
          await make(talk, 'two', { labels: { app: 'db' } });
          await label(talk, 'one', { app: 'db' });
          await label(talk, 'one', { app: 'web', tier: 'front' });
          await label(talk, 'two', { app: 'web' });
          await label(talk, 'two', { tier: 'back' });
          await remove(talk, 'two');
          await label(talk, 'one', { app: null });
          await remove(talk, 'one');
        },
      },
    ),
  'a phase that ceases to match': (talk) =>
    talk.watch(
      talk.place.moving,
      { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' },
      {
        count: 4,
        during: async () => {
          await make(talk, 'one', { spec: { nodeName: NODE, restartPolicy: 'Never' } });
          await setStatus(talk, talk.place.moving, 'one', { phase: 'Running' });
          await setStatus(talk, talk.place.moving, 'one', { phase: 'Succeeded' });
          await label(talk, 'one', { app: 'db' });
          await make(talk, 'two', {});
        },
      },
    ),
  'a node, and its Pods only': (talk) =>
    talk.watch(
      null,
      { fieldSelector: `spec.nodeName=${NODE}`, labelSelector: `contract=${talk.place.moving}` },
      {
        count: 3,
        during: async () => {
          await make(talk, 'elsewhere', {});
          await make(talk, 'here', { spec: { nodeName: NODE } });
          await remove(talk, 'here');
        },
      },
    ),
  'a Pod without a node that is deleted goes at once': (talk) =>
    talk.watch(
      talk.place.moving,
      {},
      {
        count: 3,
        during: async () => {
          await make(talk, 'one', {});
          await talk.quietly('DELETE', podPath(talk.place.moving, 'one'));
        },
      },
    ),
  'a Pod on a node that is deleted has its time': (talk) =>
    talk.watch(
      talk.place.moving,
      {},
      {
        count: 4,
        during: async () => {
          await make(talk, 'one', { spec: { nodeName: NODE } });
          await talk.quietly('DELETE', podPath(talk.place.moving, 'one'));
          // Comes no sooner, so that it changes nothing.
          await talk.quietly('DELETE', podPath(talk.place.moving, 'one'));
          await remove(talk, 'one');
        },
      },
    ),
  'a Pod that has ended is deleted': (talk) =>
    talk.watch(
      talk.place.moving,
      {},
      {
        count: 4,
        during: async () => {
          await make(talk, 'one', { spec: { nodeName: NODE, restartPolicy: 'Never' } });
          await setStatus(talk, talk.place.moving, 'one', { phase: 'Failed' });
          await talk.quietly('DELETE', podPath(talk.place.moving, 'one'));
        },
      },
    ),
  'another Pod of the same name': (talk) =>
    talk.watch(
      talk.place.moving,
      {},
      {
        count: 4,
        during: async () => {
          await make(talk, 'one', {});
          await remove(talk, 'one');
          await make(talk, 'one', {});
        },
      },
    ),
  'what has changed before the watch began': async (talk) => {
    const version = await talk.version(talk.place.moving);
    await make(talk, 'one', {});
    await label(talk, 'one', { app: 'web' });
    await remove(talk, 'one');
    await talk.watch(talk.place.moving, {}, { version, count: 4 });
  },
  'the end after timeoutSeconds, and the bookmark before it for who allows it': (talk) => {
    const { moving } = talk.place;
    const during = (): Promise<unknown> => make(talk, 'one', {});
    return talk.watch(
      moving,
      { allowWatchBookmarks: 'true', timeoutSeconds: '4' },
      {
        count: 'end',
        during: () => talk.watch(moving, { timeoutSeconds: '4' }, { count: 'end', during }),
      },
    );
  },
  'the Pod of a bookmark': (talk) =>
    talk.rawEvent('BOOKMARK', { allowWatchBookmarks: 'true', timeoutSeconds: '4' }, () =>
      make(talk, 'one', {}),
    ),
  'a version that is too old': (talk) =>
    talk.watch(talk.place.moving, { resourceVersion: '1' }, { count: 'end' }),
  'what is refused': async (talk) => {
    for (const query of [
      { resourceVersion: 'abc' },
      { labelSelector: 'a b' },
      { fieldSelector: 'spec.color=red' },
      { timeoutSeconds: 'soon' },
    ]) {
      await talk.watch(talk.place.moving, query, { count: 'end' });
    }
    await talk.watch(talk.place.moving, {}, { count: 'end', as: 'nobody' });
    await talk.watch(null, {}, { count: 'end', as: 'nobody' });
  },
  'a namespace that does not exist': (talk) =>
    talk.watch('no-such-namespace', { timeoutSeconds: '1' }, { count: 'end' }),
};

function make(talk: Conversation, name: string, subject: Subject): Promise<unknown> {
  const { moving } = talk.place;
  return talk.quietly('POST', podsPath(moving), { body: podDocument(name, subject, moving) });
}

function label(
  talk: Conversation,
  name: string,
  labels: Readonly<Record<string, string | null>>,
): Promise<unknown> {
  return talk.quietly('PATCH', podPath(talk.place.moving, name), {
    body: { metadata: { labels } },
    type: MERGE,
  });
}

function remove(talk: Conversation, name: string): Promise<unknown> {
  return talk.quietly('DELETE', podPath(talk.place.moving, name), { body: AT_ONCE });
}
