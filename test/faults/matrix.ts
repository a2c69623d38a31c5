import { afterAll, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInThisContext } from 'node:vm';
import type { System } from '../../src/main.ts';
import type { Fault } from '../api-server/faults.ts';
import type { ApiServer, RecordedRequest } from '../api-server/server.ts';
import { testCluster, type TestCluster } from '../main/cluster.ts';
import { count, isInProcess, run, type Screen } from '../main/run.ts';
import type { Place } from './boundaries.ts';
import { emptyRow, type Row, ROWS_FOLDER } from './row.ts';
import { sampledCases } from './sample.ts';

/**
 * What may come of a command while something goes wrong: the very answer that there would be without it, or one
 * that says clearly that it is none.
 */
export type Outcome = 'right' | 'error' | { readonly failed: string };

export interface FaultCase {
  readonly operation: string;
  readonly fault: string;
  /** Where it goes wrong: in which request, at which byte. */
  readonly place: string;
  readonly expected: 'right' | 'error' | 'either';
  readonly attempt: (lane: Lane) => Promise<Outcome>;
}

/** Nothing here takes a tenth of it: what does hangs. */
const HANGS_MILLISECONDS = 25_000;
const QUIET_MILLISECONDS = 5000;
const SHOWN_FAILURES = 12;
/** More processes at a time would exceed the short timeouts of the cases. */
const MAX_PROCESSES = 4;

/** One server, of which each case has the whole, and the administrator who asks it. */
export class Lane {
  readonly server: ApiServer;
  /** How often a case was tried again, with more patience. */
  retries = 0;
  readonly #kubeconfig: string;

  constructor(server: ApiServer, kubeconfig: string) {
    this.server = server;
    this.#kubeconfig = kubeconfig;
  }

  /** What a person sees who types `kubectl hostns ARGV`. One that hangs is ended, and says so. */
  async run(argv: readonly string[], system: Partial<System> = {}): Promise<Screen> {
    const controller = new AbortController();
    const hangs = setTimeout(() => {
      controller.abort();
    }, HANGS_MILLISECONDS);
    try {
      const screen = await run(
        argv,
        { KUBECONFIG: this.#kubeconfig },
        { signal: controller.signal, ...system },
      );
      return controller.signal.aborted ? { ...screen, stderr: `${screen.stderr}(it hung)` } : screen;
    } finally {
      clearTimeout(hangs);
    }
  }

  get environment(): { readonly KUBECONFIG: string } {
    return { KUBECONFIG: this.#kubeconfig };
  }

  /** What is open although nobody asks any more; '' for nothing. */
  async leftOpen(): Promise<string> {
    const { server } = this;
    const isQuiet = (): boolean => server.openConnections + server.execs + server.watches === 0;
    const until = performance.now() + QUIET_MILLISECONDS;
    while (!isQuiet() && performance.now() < until) await sleep(1);
    if (isQuiet()) return '';
    return `left open on the server: ${String(server.openConnections)} connections, ${String(server.execs)} execs, ${String(server.watches)} watches`;
  }
}

/** Lanes for the tests of one file, and the table of what has come of its cases. */
export class FaultMatrix {
  readonly cluster: TestCluster;
  readonly #lanes: Lane[] = [];
  readonly #rows = new Map<string, Row>();

  constructor(fileName: string) {
    this.cluster = testCluster();
    afterAll(() => {
      const folder = process.env[ROWS_FOLDER];
      if (folder === undefined) return;
      writeFileSync(join(folder, `${basename(fileName)}.json`), JSON.stringify([...this.#rows.values()]));
    });
  }

  async lanes(count: number): Promise<readonly Lane[]> {
    while (this.#lanes.length < count) {
      const server = await this.cluster.startServer({ plain: true });
      const kubeconfig = await this.cluster.kubeconfig({ cluster: { server: server.url } });
      this.#lanes.push(new Lane(server, kubeconfig));
    }
    return this.#lanes.slice(0, count);
  }

  /** One test of all cases that `make` gives, so many at a time. The executable gets some of them. */
  test(name: string, width: number, make: (lane: Lane) => Promise<readonly FaultCase[]>): void {
    test(
      name,
      async () => {
        const lanes = await this.lanes(isInProcess ? width : MAX_PROCESSES);
        const [first] = lanes;
        if (first === undefined) throw new Error('There is no lane.');
        const all = await make(first);
        first.server.reset();
        expect(all.length).toBeGreaterThan(0);
        const cases = sampledCases(all);
        count('fault cases', all.length);
        count('fault cases run', cases.length);
        expect(await this.#failures(cases, lanes)).toEqual([]);
      },
      180_000,
    );
  }

  async #failures(cases: readonly FaultCase[], lanes: readonly Lane[]): Promise<readonly string[]> {
    const failures: string[] = [];
    const stop = listenForAccidents((what) => failures.push(what));
    const timers = timersHeld();
    const queue = cases.values();
    const work = async (lane: Lane): Promise<void> => {
      for (const one of queue) {
        const before = lane.retries;
        const outcome = await attempt(one, lane);
        this.#count(one, outcome, lane.retries - before);
        if (typeof outcome === 'object') {
          failures.push(`${one.operation} | ${one.fault} | ${one.place}: ${outcome.failed}`);
        }
      }
    };
    await Promise.all(lanes.map(work));
    // What nobody waits for is told some turns of the event loop later.
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const until = performance.now() + QUIET_MILLISECONDS;
    while (timersHeld() > timers && performance.now() < until) await sleep(5);
    if (timersHeld() > timers) failures.push('a timer would keep the program from ending');
    stop();
    const more = failures.length - SHOWN_FAILURES;
    return more > 0 ? [...failures.slice(0, SHOWN_FAILURES), `and ${String(more)} more`] : failures;
  }

  #count({ operation, fault }: FaultCase, outcome: Outcome, retries: number): void {
    const key = `${operation}\n${fault}`;
    const row = this.#rows.get(key) ?? emptyRow(operation, fault);
    this.#rows.set(key, row);
    row.places += 1;
    row.retries += retries;
    row[typeof outcome === 'object' ? 'failed' : outcome] += 1;
  }
}

async function attempt(one: FaultCase, lane: Lane): Promise<Outcome> {
  lane.server.reset();
  const outcome = await one
    .attempt(lane)
    .catch((error: unknown) => ({ failed: `it threw ${String(error)}` }));
  const open = await lane.leftOpen();
  lane.server.reset();
  if (typeof outcome === 'object') return outcome;
  if (open !== '') return { failed: open };
  if (one.expected === 'either' || outcome === one.expected) return outcome;
  return { failed: `${outcome} instead of ${one.expected}` };
}

/** Promises that are rejected and awaited by nobody, and warnings of Node.js. */
function listenForAccidents(note: (what: string) => void): () => void {
  // The one that a test sees is a copy, which is told nothing.
  const ownProcess = runInThisContext('process') as NodeJS.Process;
  const onRejection = (reason: unknown): void => {
    note(`an unhandled rejection: ${String(reason)}`);
  };
  const onWarning = (warning: Error): void => {
    note(`a warning: ${String(warning)}`);
  };
  ownProcess.on('unhandledRejection', onRejection);
  ownProcess.on('warning', onWarning);
  return () => {
    ownProcess.off('unhandledRejection', onRejection);
    ownProcess.off('warning', onWarning);
  };
}

/** How many timers would keep the program from ending; its sockets are seen by the server, which outlives it. */
function timersHeld(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

/** Whether nothing is said but one error, in a sentence of ours. */
export function isOneError(stderr: string): boolean {
  return /^error: [^\n]+\n$/.test(stderr) && !/Internal error|undefined|NaN|\[object/.test(stderr);
}

/** For a command that prints all or nothing. `Note:`s may stand beside what is right. */
export function allOrNothing(whole: Screen, screen: Screen): Outcome {
  const isWhole = screen.stdout === whole.stdout && screen.code === whole.code;
  if (isWhole && screen.stderr.replaceAll(/^Note: [^\n]+\n/gm, '') === whole.stderr) return 'right';
  if (screen.code === 3 && screen.stdout === '' && isOneError(screen.stderr)) return 'error';
  return { failed: JSON.stringify(screen).slice(0, 600) };
}

/**
 * Lets it go wrong with some of the requests for which `concerns` holds.
 *
 * @param times how many of them; what comes behind is answered as it should be
 */
export function inject(
  server: ApiServer,
  fault: Fault,
  concerns: (request: RecordedRequest) => boolean,
  times: number,
): void {
  let count = 0;
  server.respond = (request) => {
    if (!concerns(request)) return null;
    count += 1;
    return count <= times ? fault : null;
  };
}

/** A fault of a whole request, and what is to come of a single one, of which nothing was understood. */
export interface RequestFault {
  readonly name: string;
  readonly fault: Fault;
  readonly times: number;
  readonly expected: FaultCase['expected'];
  /** Milliseconds of --request-timeout, which ends what would take long. */
  readonly patience?: number;
}

const ALWAYS = Number.POSITIVE_INFINITY;
const JSON_TYPE = 'application/json';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';

function statusFault(code: number, reason: string, seconds?: string): Fault {
  return {
    kind: 'status',
    status: {
      code,
      reason,
      message: `made up: ${reason}`,
      ...(seconds === undefined ? {} : { retryAfterSeconds: Number(seconds) }),
    },
    ...(seconds === undefined ? {} : { headers: { 'Retry-After': seconds } }),
  };
}

function content(contentType: string | null, body: string | Buffer, code = 200): Fault {
  return { kind: 'other', code, contentType, body };
}

/** Statuses that a server answers with, wherever they come from. */
export const STATUS_FAULTS: readonly RequestFault[] = [
  ...(
    [
      [400, 'BadRequest'],
      [401, 'Unauthorized'],
      [403, 'Forbidden'],
      [404, 'NotFound'],
      [405, 'MethodNotAllowed'],
      [406, 'NotAcceptable'],
      [409, 'Conflict'],
      [500, 'InternalError'],
      [502, 'BadGateway'],
      [503, 'ServiceUnavailable'],
      [504, 'Timeout'],
    ] as const
  ).map(([code, reason]): RequestFault => ({
    name: String(code),
    fault: statusFault(code, reason),
    times: ALWAYS,
    expected: 'error',
  })),
  {
    name: '429 without Retry-After',
    fault: statusFault(429, 'TooManyRequests'),
    times: ALWAYS,
    expected: 'error',
  },
  {
    name: '429, Retry-After: 0',
    fault: statusFault(429, 'TooManyRequests', '0'),
    times: 3,
    expected: 'right',
  },
  {
    name: '429, Retry-After: 1',
    fault: statusFault(429, 'TooManyRequests', '1'),
    times: 1,
    expected: 'right',
  },
  {
    name: '429, Retry-After: 0, for ever',
    fault: statusFault(429, 'TooManyRequests', '0'),
    times: ALWAYS,
    expected: 'error',
  },
  {
    name: '429, Retry-After: 3600, --request-timeout',
    fault: statusFault(429, 'TooManyRequests', '3600'),
    times: ALWAYS,
    expected: 'error',
    patience: 300,
  },
  {
    name: '429, Retry-After: a date',
    fault: {
      kind: 'status',
      status: { code: 429, reason: 'TooManyRequests', message: 'later' },
      headers: { 'Retry-After': 'Wed, 21 Oct 2026 07:28:00 GMT' },
    },
    times: ALWAYS,
    expected: 'error',
  },
  {
    name: '410 without a token',
    fault: { kind: 'expired', withToken: false },
    times: ALWAYS,
    expected: 'error',
  },
  { name: '301', fault: content('text/html', 'Moved', 301), times: ALWAYS, expected: 'error' },
  { name: '204', fault: content(null, '', 204), times: ALWAYS, expected: 'error' },
];

/** Those with Retry-After that are asked again, but for a creation. */
export const SERVER_RETRIES: readonly RequestFault[] = [500, 502, 503, 504].map((code) => ({
  name: `${String(code)}, Retry-After: 0`,
  fault: statusFault(code, 'InternalError', '0'),
  times: 2,
  expected: 'right',
}));

/** Connections that fail before there is an answer. */
export const CONNECTION_FAULTS: readonly RequestFault[] = [
  { name: 'closed before an answer', fault: { kind: 'closed' }, times: ALWAYS, expected: 'error' },
  { name: 'reset before an answer', fault: { kind: 'reset' }, times: ALWAYS, expected: 'error' },
  {
    name: 'never answered',
    fault: { kind: 'unanswered' },
    times: ALWAYS,
    expected: 'error',
    patience: 150,
  },
];

/** Answers with 200 that are not what was asked for. */
export const CONTENT_FAULTS: readonly RequestFault[] = [
  {
    name: 'HTML with 200',
    fault: content('text/html; charset=utf-8', '<html>Log in</html>'),
    times: ALWAYS,
    expected: 'error',
  },
  { name: 'nothing with 200', fault: content(JSON_TYPE, ''), times: ALWAYS, expected: 'error' },
  { name: 'nothing of no type', fault: content(null, ''), times: ALWAYS, expected: 'error' },
  { name: 'null', fault: content(JSON_TYPE, 'null'), times: ALWAYS, expected: 'error' },
  { name: 'an array', fault: content(JSON_TYPE, '[]'), times: ALWAYS, expected: 'error' },
  { name: 'an empty object', fault: content(JSON_TYPE, '{}'), times: ALWAYS, expected: 'error' },
  {
    name: 'another kind of object',
    fault: content(JSON_TYPE, '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x"}}'),
    times: ALWAYS,
    expected: 'error',
  },
  {
    name: 'a Status with 200',
    fault: content(
      JSON_TYPE,
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"no","code":500}',
    ),
    times: ALWAYS,
    expected: 'error',
  },
  {
    name: 'a Pod without a name',
    fault: content(JSON_TYPE, '{"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"kube-system"}}'),
    times: ALWAYS,
    expected: 'error',
  },
  {
    name: 'a list without items',
    fault: content(JSON_TYPE, '{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"1"}}'),
    times: ALWAYS,
    expected: 'error',
  },
  { name: 'noise', fault: content(PROTOBUF, Buffer.alloc(5000, 0xa7)), times: ALWAYS, expected: 'error' },
  {
    name: 'noise as JSON',
    fault: content(JSON_TYPE, Buffer.alloc(5000, 0xa7)),
    times: ALWAYS,
    expected: 'error',
  },
  {
    name: 'JSON nested too deeply',
    fault: content(JSON_TYPE, '['.repeat(200_000)),
    times: ALWAYS,
    expected: 'error',
  },
];

export const REQUEST_FAULTS: readonly RequestFault[] = [
  ...STATUS_FAULTS,
  ...SERVER_RETRIES,
  ...CONNECTION_FAULTS,
  ...CONTENT_FAULTS,
];

/** One request of a command that is to be tried with every fault. */
export interface Subject {
  readonly operation: string;
  readonly argv: readonly string[];
  readonly concerns: (request: RecordedRequest) => boolean;
  /** Of a body that breaks off: whether it is asked for again. */
  readonly isAskedAgain: boolean;
  readonly judge: (whole: Screen, screen: Screen) => Outcome;
  /** How the server is to be for it. */
  readonly prepare?: (server: ApiServer) => void;
  readonly system?: Partial<System>;
  /** What is expected of a fault where it is not what is expected in general. */
  readonly exceptions?: Readonly<Record<string, FaultCase['expected']>>;
  /** What must hold once it is over; '' where it does. */
  readonly check?: (server: ApiServer, screen: Screen) => string | Promise<string>;
}

/** A command as it should go, and the answer to its request. */
export interface Recorded {
  readonly whole: Screen;
  readonly body: Buffer;
}

/** Runs the command without a fault. */
export async function record(lane: Lane, subject: Subject): Promise<Recorded> {
  lane.server.reset();
  subject.prepare?.(lane.server);
  const whole = await lane.run(subject.argv, subject.system);
  const body = lane.server.requests.find(subject.concerns)?.answer?.body;
  if (body === undefined)
    throw new Error(`${subject.operation}: it is not asked for.\n${JSON.stringify(whole)}`);
  return { whole, body };
}

/** The case of one fault of the request. */
export function faultCase(
  subject: Subject,
  { whole }: Recorded,
  { name, place, fault, times, expected, patience }: RequestFault & { readonly place: string },
): FaultCase {
  const attempt = async (lane: Lane, milliseconds: number | undefined): Promise<Outcome> => {
    subject.prepare?.(lane.server);
    inject(lane.server, fault, subject.concerns, times);
    const flags = milliseconds === undefined ? [] : ['--request-timeout', `${String(milliseconds)}ms`];
    const screen = await lane.run([...subject.argv, ...flags], subject.system);
    if (!lane.server.requests.some(subject.concerns)) return { failed: 'it was not asked for' };
    const wrong = (await subject.check?.(lane.server, screen)) ?? '';
    return wrong === '' ? subject.judge(whole, screen) : { failed: wrong };
  };
  return {
    operation: subject.operation,
    fault: name,
    place,
    expected: subject.exceptions?.[name] ?? expected,
    attempt: async (lane) => {
      let outcome = await attempt(lane, patience);
      // On a busy machine it may be another request that has taken so long, or one more.
      for (let longer = (patience ?? 5000) * 5; typeof outcome === 'object' && longer < 5000; longer *= 5) {
        lane.server.reset();
        lane.retries += 1;
        outcome = await attempt(lane, longer);
      }
      return outcome;
    },
  };
}

/** The cases of the faults of a whole request. */
export function requestCases(
  subject: Subject,
  recorded: Recorded,
  faults: readonly RequestFault[] = REQUEST_FAULTS,
): readonly FaultCase[] {
  return faults.map((fault) => faultCase(subject, recorded, { ...fault, place: 'the request' }));
}

const HOWS = {
  closed: 'cut: closed',
  reset: 'cut: reset',
  ended: 'cut: ended as if whole',
  short: 'cut: shorter than its length',
} as const;

/**
 * The cases of a body that breaks off, or that stops coming, at each of the places.
 *
 * @param needed how many of its bytes hold all that there is to know
 */
export function brokenBodyCases(
  subject: Subject,
  recorded: Recorded,
  places: readonly Place[],
  needed = recorded.body.length,
): readonly FaultCase[] {
  const { length } = recorded.body;
  return places.flatMap(({ at, where }, index) => {
    // To the client a reset is little else than a close, and what is too short little else than what is cut.
    const hows =
      index % 5 === 0 || at === length
        ? (['closed', 'ended', 'reset', 'short'] as const)
        : (['closed', 'ended'] as const);
    const place = `byte ${String(at)} of ${String(length)}, ${where}`;
    const broken = hows.flatMap((how) => {
      const fault = { kind: 'truncated', at, how } as const;
      const isComplete = (how === 'ended' && at >= needed) || (how === 'short' && at === length);
      const lasting = faultCase(subject, recorded, {
        name: HOWS[how],
        place,
        fault,
        times: ALWAYS,
        expected: isComplete ? 'either' : 'error',
      });
      const once = { name: `${HOWS[how]}, once`, place, fault, times: 1, expected: 'right' } as const;
      return subject.isAskedAgain ? [lasting, faultCase(subject, recorded, once)] : [lasting];
    });
    const stalled = faultCase(subject, recorded, {
      name: 'stalled',
      place,
      fault: { kind: 'stalled', at },
      times: ALWAYS,
      expected: 'error',
      patience: 150,
    });
    return [...broken, stalled];
  });
}

/**
 * Sizes of the pieces in which something comes. Pieces of one byte end at every byte; the fuzzer cuts what decoders read
 * at any others.
 */
export function pieceSizes(length: number): readonly number[] {
  const sizes = Array.from({ length: Math.min(length, 32) }, (_, index) => index + 1);
  for (let size = 64; size < length; size *= 2) sizes.push(size - 1, size, size + 1);
  return sizes;
}

/** The cases of a body that comes in pieces. */
export function chunkedCases(subject: Subject, recorded: Recorded): readonly FaultCase[] {
  return pieceSizes(recorded.body.length).map((size) =>
    faultCase(subject, recorded, {
      name: 'in chunks of 1, 2, 3 … bytes',
      place: `chunks of ${String(size)}`,
      fault: { kind: 'chunked', size },
      times: ALWAYS,
      expected: 'right',
    }),
  );
}
