import { readToken } from '../api-server/pod-store.ts';
import type { ApiServer, RecordedRequest } from '../api-server/server.ts';
import { jsonPlaces, protobufPlaces } from './boundaries.ts';
import {
  allOrNothing,
  brokenBodyCases,
  chunkedCases,
  type FaultCase,
  faultCase,
  FaultMatrix,
  type Lane,
  record,
  requestCases,
  type Subject,
} from './matrix.ts';
import { smallPods } from './small-pods.ts';

const matrix = new FaultMatrix(import.meta.url);

const PAGES = [1, 2, 3] as const;
/** Behind the list stand two empty fields, which nobody needs, of two bytes each; behind JSON a line feed. */
const BEHIND = { protobuf: 4, json: 1 } as const;

type Encoding = keyof typeof BEHIND;

/** Whether a request is for that page, whichever try it is: each holds one Pod. */
function isPage(page: number): Subject['concerns'] {
  return ({ path, query }: RecordedRequest) => {
    if (!path.endsWith('/pods')) return false;
    const start = readToken(query.get('continue') ?? '')?.start ?? '';
    const last = smallPods.findIndex(({ json }) => start.includes(`/${json.metadata.name}`));
    return last + 2 === page;
  };
}

function listOf(encoding: Encoding, page: number): Subject {
  return {
    operation: `list, ${encoding === 'json' ? 'JSON' : encoding}, page ${String(page)} of 3`,
    argv: ['list', '-A', '-o', 'json'],
    concerns: isPage(page),
    isAskedAgain: true,
    judge: allOrNothing,
    prepare: (server) => {
      prepare(server, encoding);
    },
  };
}

function prepare(server: ApiServer, encoding: Encoding): void {
  if (server.store.pods.length !== smallPods.length) server.store.change(smallPods);
  server.largestPage = 1;
  server.speaksProtobuf = encoding === 'protobuf';
}

/** `make` for each page. */
function eachPage(
  make: (page: number, lane: Lane) => Promise<readonly FaultCase[]>,
): (lane: Lane) => Promise<readonly FaultCase[]> {
  return async (lane) => {
    const cases: FaultCase[] = [];
    for (const page of PAGES) cases.push(...(await make(page, lane)));
    return cases;
  };
}

for (const encoding of ['protobuf', 'json'] as const) {
  matrix.test(
    `a page of a list that is refused, late or nonsense, in ${encoding}`,
    8,
    eachPage(async (page, lane) => {
      const subject = listOf(encoding, page);
      const recorded = await record(lane, subject);
      return [
        ...requestCases(subject, recorded),
        ...mislabelled(subject, recorded),
        ...expiredCases(subject, recorded),
      ];
    }),
  );

  matrix.test(
    `a page of a list that breaks off or stops at any boundary, in ${encoding}`,
    8,
    eachPage(async (page, lane) => {
      const subject = listOf(encoding, page);
      const recorded = await record(lane, subject);
      const places = encoding === 'json' ? jsonPlaces(recorded.body) : protobufPlaces(recorded.body);
      return brokenBodyCases(subject, recorded, places, recorded.body.length - BEHIND[encoding]);
    }),
  );

  matrix.test(
    `a page of a list in pieces, in ${encoding}`,
    4,
    eachPage(async (page, lane) => {
      const subject = listOf(encoding, page);
      return chunkedCases(subject, await record(lane, subject));
    }),
  );
}

type Recording = Awaited<ReturnType<typeof record>>;

/** The right bytes under another name. */
function mislabelled(subject: Subject, recorded: Recording): readonly FaultCase[] {
  // A gateway may drop the label, and the body is read all the same, as in kubectl.
  const isJson = subject.operation.includes('JSON');
  const wrong = isJson ? 'application/vnd.kubernetes.protobuf' : 'application/json';
  return [null, '', 'text/plain', 'application/octet-stream', wrong].map((contentType) =>
    faultCase(subject, recorded, {
      name: 'mislabelled',
      place: `as ${String(contentType)}`,
      fault: { kind: 'mislabelled', contentType },
      times: Number.POSITIVE_INFINITY,
      expected: contentType ? 'error' : 'right',
    }),
  );
}

/** The server has forgotten the version, for a while or for ever. */
function expiredCases(subject: Subject, recorded: Recording): readonly FaultCase[] {
  return [true, false].flatMap((withToken) =>
    [1, 2, 3].map((times) =>
      faultCase(subject, recorded, {
        name: `410 ${withToken ? 'with' : 'without'} a token, for a while`,
        place: `${String(times)} times`,
        fault: { kind: 'expired', withToken },
        times,
        expected: 'right',
      }),
    ),
  );
}
