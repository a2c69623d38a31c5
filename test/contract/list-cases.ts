import type { Cases } from './case.ts';
import { podPath } from './conversation.ts';
import { NODE } from './subjects.ts';

const LABEL_SELECTORS = [
  'app=web',
  'app==web',
  'app!=web',
  'app in (web,db)',
  'app in (web, )',
  'app in ()',
  'app in (,web)',
  'app notin (web)',
  'app',
  '!app',
  'app=',
  'app=,tier!=front',
  'app=web,tier=front',
  'app=web,!tier',
  ' app = web , tier ',
  'example.com/size=large',
  'rank>7',
  'rank<8',
  'nothing=here',
];

const BAD_LABEL_SELECTORS = [
  'a b',
  'app=web=x',
  'app=a/b',
  'app=web,',
  ',',
  ',app',
  '=',
  '=web',
  '!',
  '(',
  'app in web',
  'app in (web',
  'app in',
  'app in (web b)',
  'app notin',
  'app in (',
  '/a',
  'a/',
  'A.b/c',
  'x'.repeat(64),
  '-app',
  'a/b/c',
  'app ! web',
  'rank>a',
  `app=${'x'.repeat(64)}`,
];

const FIELD_SELECTORS = [
  'status.phase!=Succeeded,status.phase!=Failed',
  'status.phase=Running',
  'status.phase==Pending',
  `spec.nodeName=${NODE}`,
  `spec.nodeName=${NODE},status.phase!=Succeeded,status.phase!=Failed`,
  'spec.nodeName=',
  'spec.nodeName=no-such-node',
  'spec.nodeName=a\\,b\\=c\\\\d',
  'metadata.name=alpha',
  'metadata.name!=alpha',
  'metadata.name=no-such-pod',
  'metadata.namespace=default',
  'spec.restartPolicy=Never',
  'spec.schedulerName=none',
  'spec.serviceAccountName=default',
  'spec.hostNetwork=true',
  'spec.hostNetwork=false',
  'status.podIP=198.51.100.9',
  'status.nominatedNodeName=',
  ',',
];

const BAD_FIELD_SELECTORS = [
  'spec.color=red',
  'spec.hostPID=true',
  'metadata.labels=x',
  'metadata.name',
  'metadata.name=a=b',
  'metadata.name=a\\b',
  'metadata.name in (a,b)',
  '=alpha',
];

export const listCases: Cases = {
  'a namespace, with all that the program reads of a Pod': async (talk) => {
    await talk.list(talk.place.still, {}, { detail: 'whole' });
  },
  'one Pod': async (talk) => {
    await talk.get(podPath(talk.place.still, 'alpha'), { detail: 'whole' });
    await talk.get(podPath(talk.place.still, 'missing'));
    await talk.get(podPath('no-such-namespace', 'missing'));
  },
  'all namespaces': async (talk) => {
    const { total } = await talk.list(null);
    const { total: ours } = await talk.list(null, { labelSelector: `contract=${talk.place.still}` });
    talk.note('both', { areThereMore: total > ours });
  },
  'a namespace without Pods, and one that does not exist': async (talk) => {
    await talk.list(talk.place.empty);
    await talk.list(talk.place.empty, { limit: '2' });
    await talk.list('no-such-namespace');
    await talk.list('No_Namespace');
  },
  pages: async (talk) => {
    let token = '';
    const versions = new Set<string>();
    do {
      const { metadata } = await talk.list(talk.place.still, {
        limit: '3',
        ...(token === '' ? {} : { continue: token }),
      });
      versions.add(metadata.resourceVersion);
      token = metadata.continueToken;
    } while (token !== '');
    talk.note('all pages', { areOfOneVersion: versions.size === 1 });
  },
  'pages that end with the last Pod, and limits that are none': async (talk) => {
    const { metadata } = await talk.list(talk.place.still, { limit: '6' });
    await talk.list(talk.place.still, { limit: '7' });
    await talk.list(talk.place.still, { limit: '8' });
    await talk.list(talk.place.still, { limit: '0' });
    // Without a limit the rest comes at once.
    await talk.list(talk.place.still, { continue: metadata.continueToken });
    await talk.list(talk.place.still, { limit: '-1' });
    await talk.list(talk.place.still, { limit: 'many' });
  },
  'pages of a selection': async (talk) => {
    for (const selection of [
      { labelSelector: 'app=web' },
      { labelSelector: 'tier' },
      { labelSelector: 'nothing=here' },
      { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' },
    ]) {
      let token = '';
      do {
        const { metadata } = await talk.list(talk.place.still, {
          ...selection,
          limit: '1',
          ...(token === '' ? {} : { continue: token }),
        });
        token = metadata.continueToken;
      } while (token !== '');
    }
  },
  'pages of all namespaces': async (talk) => {
    const mine = { labelSelector: `contract=${talk.place.still}` };
    const { metadata } = await talk.list(null, { ...mine, limit: '4' });
    await talk.list(null, { ...mine, limit: '4', continue: metadata.continueToken });
  },
  'tokens that are none': async (talk) => {
    for (const token of [
      'garbage',
      '%%%',
      '{}',
      encoded('{}'),
      encoded('{"v":"meta.k8s.io/v1"}'),
      encoded('['),
    ]) {
      await talk.list(talk.place.still, { limit: '3', continue: token });
    }
  },
  'a token of another namespace': async (talk) => {
    const { metadata } = await talk.list(talk.place.still, { limit: '3' });
    await talk.list(talk.place.empty, { limit: '3', continue: metadata.continueToken });
  },
  'a token whose version is forgotten': async (talk) => {
    const { still } = talk.place;
    const { metadata } = await talk.list(still, { limit: '3' });
    // What is newer may still be in the API server's own memory.
    await talk.side.compact();
    const token = ofVersion(1, metadata.continueToken);
    await talk.list(still, { limit: '3', continue: token });
    await talk.listAnew(still, { limit: '3', continue: token });
  },
  'label selectors': async (talk) => {
    for (const labelSelector of LABEL_SELECTORS) await talk.list(talk.place.still, { labelSelector });
  },
  'label selectors that are refused': async (talk) => {
    for (const labelSelector of BAD_LABEL_SELECTORS) await talk.list(talk.place.still, { labelSelector });
  },
  'field selectors': async (talk) => {
    for (const fieldSelector of FIELD_SELECTORS) await talk.list(talk.place.still, { fieldSelector });
  },
  'field selectors that are refused': async (talk) => {
    for (const fieldSelector of BAD_FIELD_SELECTORS) await talk.list(talk.place.still, { fieldSelector });
  },
  'both selectors': async (talk) => {
    await talk.list(talk.place.still, { labelSelector: 'app=web', fieldSelector: 'status.phase=Running' });
    await talk.list(talk.place.still, { labelSelector: 'a b', fieldSelector: 'spec.color=red' });
  },
};

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** Where a list goes on, at another version of the cluster (k8s.io/apiserver/pkg/storage/continue.go, 1.35). */
function ofVersion(rv: number, token: string): string {
  const content = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as object;
  return encoded(JSON.stringify({ ...content, rv }));
}
