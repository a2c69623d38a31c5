import type { ExecAnswer } from '../api-server/exec.ts';
import type { ApiServer, RecordedRequest } from '../api-server/server.ts';
import { recordedExec } from '../api-server/kubelet.ts';
import { hasty, makesPod, PROBE_NAME } from '../main/probing.ts';
import type { Screen } from '../main/run.ts';
import { jsonPlaces, thinned, webSocketPlaces } from './boundaries.ts';
import { judgeVerify } from './judge-verify.ts';
import {
  brokenBodyCases,
  CONTENT_FAULTS,
  chunkedCases,
  type FaultCase,
  FaultMatrix,
  type Outcome,
  record,
  requestCases,
  type RequestFault,
  REQUEST_FAULTS,
  type Subject,
} from './matrix.ts';

const matrix = new FaultMatrix(import.meta.url);

const ARGV = ['verify', 'plain-2', '--probe', '-o', 'json', '--timeout', '3s'];
const MOST_PLACES = 20;

/** Of a run that is whole; of any other an error on its own line for the probe Pod, and one for what may be left of it. */
function judgeProbe(whole: Screen, screen: Screen): Outcome {
  return judgeVerify(whole, screen, 2);
}

/** No probe Pod stays. */
function leftovers(server: ApiServer): string {
  return server.made.length === 0 ? '' : `left on the server: ${namesOf(server.made)}`;
}

function namesOf(made: ApiServer['made']): string {
  return made.map(({ json }) => json.metadata.name).join();
}

/** Of a probe Pod that cannot be removed it is said how it can be by hand. */
function unsaidLeftovers(server: ApiServer, { stderr }: Screen): string {
  const wrong = server.made.filter(
    ({ json: { metadata } }) =>
      !stderr.includes(`kubectl delete pod ${metadata.name} -n ${metadata.namespace}`),
  );
  return wrong.length === 0 ? '' : `left on the server: ${namesOf(wrong)}; ${stderr}`;
}

/** What was recorded, of execs into a probe Pod with something more. */
function intoProbes(more: () => Partial<ExecAnswer>): ApiServer['exec'] {
  return (call) => ({ ...recordedExec(call), ...(call.madeOn === undefined ? {} : more()) });
}

function isProbe({ path }: RecordedRequest): boolean {
  return PROBE_NAME.test(path.split('/').at(-1) ?? '');
}

/** Answers with 200, which is not what a review is answered with. */
function isContent(name: string): boolean {
  return CONTENT_FAULTS.some((fault) => fault.name === name);
}

/** Each request that a probe Pod needs. */
const REQUESTS: readonly (readonly [
  name: string,
  concerns: Subject['concerns'],
  more?: Partial<Subject> & { readonly faults?: readonly RequestFault[] },
])[] = [
  [
    'access review',
    ({ path }) => path.endsWith('/selfsubjectaccessreviews'),
    // Who may not even ask is not told: then the creation tells.
    {
      exceptions: Object.fromEntries(
        REQUEST_FAULTS.map(({ name, expected }) => [
          name,
          /^\d+$|^410|429 without|429, Retry-After: a date|for ever|^5\d\d/.test(name) || isContent(name)
            ? 'right'
            : expected,
        ]),
      ),
    },
  ],
  [
    'left probes, list',
    ({ path, query }) => path.endsWith('/kube-system/pods') && query.has('labelSelector'),
  ],
  [
    'node, get',
    ({ path }) => /\/nodes\/[^/]+$/.test(path),
    { exceptions: { '403': 'right', '404': 'right' } },
  ],
  [
    'probe, create',
    makesPod,
    // What a 5xx has created may be there all the same: it is not asked again.
    {
      exceptions: Object.fromEntries(
        [500, 502, 503, 504].map((code) => [`${String(code)}, Retry-After: 0`, 'error']),
      ),
    },
  ],
  ['probe, get', (request) => request.method === 'GET' && isProbe(request)],
  ['probe, exec', ({ path }) => /\/hostns-probe-\w+\/exec$/.test(path)],
  // One that is gone already, or that is another's by now, is as good.
  [
    'probe, delete',
    (request) => request.method === 'DELETE' && isProbe(request),
    {
      faults: REQUEST_FAULTS.filter(({ name }) => !['404', '409'].includes(name)),
      check: unsaidLeftovers,
      // That it is 200 is all that matters.
      exceptions: { 'cut: ended as if whole': 'right', 'cut: shorter than its length': 'either' },
    },
  ],
];

for (const [operation, concerns, more] of REQUESTS) {
  const subject: Subject = {
    operation,
    argv: ARGV,
    concerns,
    isAskedAgain: false,
    judge: judgeProbe,
    system: hasty,
    check: leftovers,
    ...more,
  };

  matrix.test(`${operation}: refused, late or nonsense`, 6, async (lane) =>
    requestCases(subject, await record(lane, subject), more?.faults),
  );

  if (operation === 'probe, exec') continue;

  matrix.test(`${operation}: breaks off or stops, or comes in pieces`, 6, async (lane) => {
    const recorded = await record(lane, subject);
    const places = thinned(jsonPlaces(recorded.body), MOST_PLACES);
    return [
      ...brokenBodyCases(subject, recorded, places, recorded.body.length - 1),
      ...chunkedCases(subject, recorded).slice(0, 10),
    ];
  });
}

matrix.test('an exec into a probe Pod that breaks off or stops at any boundary', 6, async (lane) => {
  const operation = 'probe, exec';
  const sent: Buffer[][] = [];
  lane.server.exec = intoProbes(() => {
    const chunks: Buffer[] = [];
    sent.push(chunks);
    return { onSent: (bytes) => void chunks.push(bytes) };
  });
  const whole = await lane.run(ARGV, hasty);
  const bytes = Buffer.concat(sent[0] ?? []);
  // The last line of the report, without which it is none.
  const reported = bytes.indexOf(' done\n');
  return thinned(webSocketPlaces(bytes), 80).flatMap(({ at, where }) =>
    (
      [
        ['cut: closed', { kind: 'cut', how: 'closed', at }],
        ['cut: ended from that side', { kind: 'cut', how: 'ended', at }],
        ['stalled', { kind: 'stalled', at }],
      ] as const
    ).map(([fault, line]): FaultCase => ({
      operation,
      fault,
      place: `byte ${String(at)} of ${String(bytes.length)}, ${where}`,
      expected: at <= reported ? 'error' : 'either',
      attempt: async (own) => {
        const { server } = own;
        server.exec = intoProbes(() => ({ line }));
        const screen = await own.run([...ARGV, '--timeout', '700ms'], hasty);
        const left = leftovers(server);
        return left === '' ? judgeProbe(whole, screen) : { failed: left };
      },
    })),
  );
});

const HOLD_ARGV = [...ARGV, '--expect', 'pid=host'];

/** Whether an exec asks for repeated readings: `sh -c SCRIPT NAME MARKER hold …`. */
function isHold({ command, madeOn }: Parameters<ApiServer['exec']>[0]): boolean {
  return madeOn !== undefined && command[5] === 'hold';
}

/** What was recorded, of execs for repeated readings with something more. */
function intoHolds(more: (answer: ExecAnswer) => Partial<ExecAnswer>): ApiServer['exec'] {
  return (call) => {
    const answer = recordedExec(call);
    return isHold(call) ? { ...answer, ...more(answer) } : answer;
  };
}

matrix.test('repeated readings that break off or stop at any boundary', 6, async (lane) => {
  const sent: Buffer[][] = [];
  lane.server.exec = intoHolds(() => {
    const chunks: Buffer[] = [];
    sent.push(chunks);
    return { onSent: (bytes) => void chunks.push(bytes) };
  });
  const whole = await lane.run(HOLD_ARGV, hasty);
  if (sent.length !== 1) throw new Error(`There were ${String(sent.length)} execs for repeated readings.`);
  const bytes = Buffer.concat(sent[0] ?? []);
  return thinned(webSocketPlaces(bytes), 60).flatMap(({ at, where }) =>
    (
      [
        ['cut: closed', { kind: 'cut', how: 'closed', at }],
        ['cut: ended from that side', { kind: 'cut', how: 'ended', at }],
        ['stalled', { kind: 'stalled', at }],
      ] as const
    ).map(([fault, line]): FaultCase => ({
      operation: 'probe, repeated readings',
      fault,
      place: `byte ${String(at)} of ${String(bytes.length)}, ${where}`,
      expected: 'either',
      attempt: async (own) => {
        const { server } = own;
        server.exec = intoHolds(() => ({ line }));
        const screen = await own.run([...HOLD_ARGV, '--timeout', '700ms'], hasty);
        const left = leftovers(server);
        return left === '' ? judgeProbe(whole, screen) : { failed: left };
      },
    })),
  );
});

matrix.test('a line of repeated readings that is lost, doubled or noise', 6, async (lane) => {
  let lines: readonly string[] = [];
  lane.server.exec = intoHolds(({ stdout = '' }) => {
    lines = stdout.toString().split('\n');
    return {};
  });
  const whole = await lane.run(HOLD_ARGV, hasty);
  const step = Math.ceil(lines.length / 40);
  const places = lines
    .map((_, at) => at)
    .filter((line) => line % step === 0 || line < 8 || line > lines.length - 6);
  const changes: readonly (readonly [fault: string, change: (line: string) => readonly string[]])[] = [
    ['lost', () => []],
    ['doubled', (line) => [line, line]],
    ['noise', () => ['\u0000\u001b[31mnoise 4026531836']],
  ];
  return places.flatMap((place) =>
    changes.map(([fault, change]): FaultCase => ({
      operation: 'probe, repeated readings',
      fault: `a line is ${fault}`,
      place: `line ${String(place + 1)} of ${String(lines.length)}`,
      expected: 'either',
      attempt: async (own) => {
        const { server } = own;
        server.exec = intoHolds(({ stdout = '' }) => ({
          stdout: stdout
            .toString()
            .split('\n')
            .flatMap((line, at) => (at === place ? change(line) : [line]))
            .join('\n'),
        }));
        const screen = await own.run(HOLD_ARGV, hasty);
        const left = leftovers(server);
        return left === '' ? judgeProbe(whole, screen) : { failed: left };
      },
    })),
  );
});
