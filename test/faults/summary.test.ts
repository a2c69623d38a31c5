import { recordedSummary } from '../api-server/kubelet.ts';
import { jsonPlaces, thinned } from './boundaries.ts';
import { judgeVerify } from './judge-verify.ts';
import { brokenBodyCases, chunkedCases, FaultMatrix, record, requestCases, type Subject } from './matrix.ts';

const matrix = new FaultMatrix(import.meta.url);

/** Of a Pod that declares nothing and is in the network of its node; and of one that is as it declares. */
const SUBJECTS: readonly Subject[] = [
  ['kubelet summary', ['verify', 'leaky-2', '-o', 'json', '--no-exec']],
  ['kubelet summary, with an exec', ['verify', 'plain-2', '-o', 'json']],
].map(([operation, argv]) => ({
  operation: operation as string,
  argv: argv as string[],
  concerns: ({ path }) => path.endsWith('/stats/summary'),
  isAskedAgain: false,
  judge: judgeVerify,
  prepare: (server) => {
    server.summary = shortSummary;
  },
}));

/** What was recorded of the node and of these Pods alone: each token more is five cases more. */
function shortSummary(node: string): object {
  const recorded = recordedSummary(node);
  return {
    ...recorded,
    pods: recorded.pods.filter(({ podRef: { name } }) => ['leaky-2', 'plain-2'].includes(name)),
  };
}

for (const subject of SUBJECTS) {
  matrix.test(`${subject.operation}: refused, late or nonsense`, 8, async (lane) =>
    requestCases(subject, await record(lane, subject)),
  );

  matrix.test(`${subject.operation}: breaks off or stops at any boundary`, 8, async (lane) => {
    const recorded = await record(lane, subject);
    const places = thinned(jsonPlaces(recorded.body), subject === SUBJECTS[0] ? 1000 : 60);
    return brokenBodyCases(subject, recorded, places, recorded.body.length - 1);
  });

  matrix.test(`${subject.operation}: in pieces`, 4, async (lane) =>
    chunkedCases(subject, await record(lane, subject)),
  );
}
