import type { RecordedRequest } from '../api-server/server.ts';
import { jsonPlaces, thinned } from './boundaries.ts';
import { judgeVerify } from './judge-verify.ts';
import {
  allOrNothing,
  brokenBodyCases,
  chunkedCases,
  FaultMatrix,
  record,
  REQUEST_FAULTS,
  requestCases,
  type RequestFault,
  type Subject,
} from './matrix.ts';
import { smallPods } from './small-pods.ts';

const matrix = new FaultMatrix(import.meta.url);

/** Which of several like it a request is: the first is 1. */
type Concerns = (request: RecordedRequest) => boolean;

const isOwnPod =
  (isAgain: boolean): Concerns =>
  ({ path, headers }) =>
    path.endsWith('/pods/plain-2') && headers.accept?.includes('PartialObjectMetadata') === isAgain;

const VERIFY = ['verify', 'plain-2', '-o', 'json'];
/** For an answer that is read whole before it is parsed: summary.test.ts tries all places of one. */
const WHOLE_PLACES = 40;
const STREAMED_PLACES = 120;

/** Whoever may not see nodes is answered all the same, by what is known without them: that is tested elsewhere. */
const VISIBLE = REQUEST_FAULTS.filter(({ name }) => !['403', '404'].includes(name));

const SUBJECTS: readonly (Subject & { readonly faults?: readonly RequestFault[] })[] = [
  {
    operation: 'Pod, get',
    argv: VERIFY,
    concerns: isOwnPod(false),
    isAskedAgain: false,
    judge: judgeVerify,
  },
  {
    operation: 'Pod, get again',
    argv: VERIFY,
    concerns: isOwnPod(true),
    isAskedAgain: false,
    judge: judgeVerify,
  },
  {
    operation: 'nodes, list',
    argv: VERIFY,
    concerns: ({ path }) => path === '/api/v1/nodes',
    isAskedAgain: false,
    judge: judgeVerify,
    faults: VISIBLE,
  },
  {
    operation: 'Windows nodes, list',
    argv: ['list', '-A', '-o', 'json'],
    concerns: ({ path }) => path === '/api/v1/nodes',
    isAskedAgain: false,
    judge: allOrNothing,
    faults: VISIBLE,
  },
  {
    operation: 'node, find',
    argv: ['list', '-A', '--node', 'kube-node-3', '-l', 'app=nothing', '-o', 'json'],
    concerns: ({ path }) => path === '/api/v1/nodes/kube-node-3',
    isAskedAgain: false,
    judge: allOrNothing,
    exceptions: { '403': 'right' },
  },
  {
    operation: 'workload, get',
    argv: ['verify', 'deployment/web', '-n', 'shop', '--no-exec', '-o', 'json'],
    concerns: ({ path }) => path.startsWith('/apis/apps/'),
    isAskedAgain: false,
    judge: judgeVerify,
  },
  {
    operation: 'Pods of verify --all, list',
    argv: ['verify', '--all', '-o', 'json'],
    concerns: ({ path }) => path.endsWith('/pods'),
    isAskedAgain: true,
    judge: allOrNothing,
    prepare: (server) => {
      if (server.store.pods.length !== smallPods.length) server.store.change(smallPods);
      server.speaksProtobuf = false;
      server.summary = () => ({ node: {}, pods: [] });
    },
  },
  {
    operation: 'version, get',
    argv: ['version', '-o', 'json'],
    concerns: ({ path }) => path === '/version',
    isAskedAgain: false,
    judge: allOrNothing,
  },
];

for (const subject of SUBJECTS) {
  matrix.test(`${subject.operation}: refused, late or nonsense`, 8, async (lane) =>
    requestCases(subject, await record(lane, subject), subject.faults),
  );

  matrix.test(`${subject.operation}: breaks off or stops, or comes in pieces`, 8, async (lane) => {
    const recorded = await record(lane, subject);
    const most = subject.isAskedAgain ? STREAMED_PLACES : WHOLE_PLACES;
    const places = thinned(jsonPlaces(recorded.body), most);
    return [
      ...brokenBodyCases(subject, recorded, places, recorded.body.length - 1),
      ...chunkedCases(subject, recorded).slice(0, 30),
    ];
  });
}
