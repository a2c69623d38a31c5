import { get } from 'node:http';
import { afterEach } from '@jest/globals';
import type { Fault } from '../api-server/faults.ts';
import type { ApiServer, RecordedRequest } from '../api-server/server.ts';
import { isWatch } from '../api-server/watch.ts';
import { endWatching, until, watching, type Watching } from '../main/watching.ts';
import { jsonPlaces, watchFramePlaces } from './boundaries.ts';
import {
  CONNECTION_FAULTS,
  CONTENT_FAULTS,
  type FaultCase,
  FaultMatrix,
  type Lane,
  type Outcome,
  pieceSizes,
  SERVER_RETRIES,
  STATUS_FAULTS,
} from './matrix.ts';
import { smallPod, smallPods } from './small-pods.ts';

const matrix = new FaultMatrix(import.meta.url);
afterEach(endWatching);

const ARGV = ['-A', '--watch', '--output-watch-events', '--no-headers', '--show-labels'];
/** All that there is to tell, where nothing is lost and nothing is asked for again. */
const BEGINNING = ['ADDED a', 'ADDED c'];
const CHANGES = ['ADDED d', 'MODIFIED a', 'DELETED d', 'ADDED f'];
/** Versions of as many digits keep all events of the same length. */
const FIRST_VERSION = 200_000;

type Encoding = 'protobuf' | 'JSON';

function prepare(server: ApiServer, encoding: Encoding): void {
  if (server.store.pods.length !== smallPods.length) server.store.change(smallPods);
  while (server.store.version < FIRST_VERSION) server.store.advance();
  server.speaksProtobuf = encoding === 'protobuf';
}

/** What happens while somebody watches. */
function change({ store, ...server }: Pick<ApiServer, 'store'> & { readonly bookmark: () => void }): void {
  store.apply(smallPod('d', { hostNetwork: true }));
  store.apply(smallPod('e', {}));
  store.apply(smallPod('a', { hostNetwork: true }, { app: 'a', changed: 'yes' }));
  server.bookmark();
  store.remove('default', 'd');
  store.apply(smallPod('f', { hostIPC: true }));
}

function changeOn(server: ApiServer): void {
  change({
    store: server.store,
    bookmark: () => {
      server.bookmark();
    },
  });
}

function isWatchRequest({ path, query }: RecordedRequest): boolean {
  return path.endsWith('/pods') && isWatch(query);
}

function start(lane: Lane): Watching {
  return watching(matrix.cluster, ARGV, {}, lane.environment);
}

/** `ADDED a` for each row. */
function rowsOf(stdout: string): readonly string[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [event = '', , name = ''] = line.split(/ +/);
      return `${event} ${name}`;
    });
}

/** The bytes of the changes as the server sends them. */
async function streamOf(lane: Lane, encoding: Encoding): Promise<Buffer> {
  const { server } = lane;
  server.reset();
  prepare(server, encoding);
  const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${String(server.store.version)}`;
  const chunks: Buffer[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    const Accept = 'application/vnd.kubernetes.protobuf';
    get(`${server.url}/api/v1/pods?${query}`, { headers: { Accept }, agent: false }, (response) => {
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', resolve);
    }).on('error', reject);
  });
  await until('it is watched', () => server.watches === 1);
  changeOn(server);
  server.endWatches('ended');
  await ended;
  return Buffer.concat(chunks);
}

/** What is wrong with the rows: each change must be one of what was shown before. */
function contradiction(rows: readonly string[]): string {
  const shown = new Set<string>();
  for (const row of rows) {
    const [event = '', name = ''] = row.split(' ');
    if (shown.has(name) === (event === 'ADDED')) return `${row} makes no sense: ${rows.join(', ')}`;
    if (event === 'DELETED') shown.delete(name);
    else shown.add(name);
  }
  return '';
}

/** A watch of which the requests that `fault` names go wrong, and which must show all in the end. */
function watchCase(
  of: Pick<FaultCase, 'operation' | 'fault' | 'place' | 'expected'>,
  encoding: Encoding,
  faultOf: (nth: number) => Fault | null,
): FaultCase {
  return {
    ...of,
    attempt: async (lane) => {
      const { server } = lane;
      prepare(server, encoding);
      let count = 0;
      server.respond = (request) => {
        if (!isWatchRequest(request)) return null;
        count += 1;
        return faultOf(count);
      };
      const watch = start(lane);
      let isOver = false;
      void watch.ended.finally(() => (isOver = true));
      await until('it is watched', () => count > 0 || isOver);
      if (of.expected === 'error') return refused(watch);
      changeOn(server);
      await until(
        'the changes are shown',
        () => isOver || watch.stdout().includes('ADDED      default   f'),
        () => watch.stdout() + watch.stderr(),
      );
      // Whatever is told twice is told before that.
      server.store.apply(smallPod('z', { hostPID: true }));
      await until(
        'the last is shown',
        () => isOver || watch.stdout().includes(' z '),
        () => watch.stdout() + watch.stderr(),
      );
      const { code, stdout, stderr } = await watch.end();
      const rows = rowsOf(stdout);
      const problem = contradiction(rows);
      if (of.fault.startsWith('cut') && count < 2) return { failed: 'it was not cut' };
      if (problem !== '') return { failed: problem };
      if (code !== 130 || stderr.replaceAll(/^Note: the watch [^\n]+\n/gm, '') !== '')
        return { failed: `${String(code)} ${stderr}` };
      const all = [...BEGINNING, ...CHANGES, 'ADDED z'];
      // A Pod that has come and gone while nobody listened is never shown.
      const isRight =
        rows.join() === all.join() ||
        [...rows].sort().join() ===
          all
            .filter((row) => !row.endsWith(' d'))
            .sort()
            .join();
      return isRight ? 'right' : { failed: rows.join() };
    },
  };
}

/** What was there is shown, and then one error. */
async function refused(watch: Watching): Promise<Outcome> {
  const { code, stdout, stderr } = await watch.ended;
  const isClear =
    code === 3 && /^error: [^\n]+\n$/.test(stderr) && rowsOf(stdout).join() === BEGINNING.join();
  return isClear ? 'error' : { failed: JSON.stringify({ code, stdout, stderr }) };
}

/** A watch that says nothing more behind some byte: it shows what was whole, and no more, until Ctrl-C. */
function stalledCase(
  of: Pick<FaultCase, 'operation' | 'fault' | 'place' | 'expected'>,
  encoding: Encoding,
  at: number,
  whole: readonly string[],
): FaultCase {
  return {
    ...of,
    attempt: async (lane) => {
      const { server } = lane;
      prepare(server, encoding);
      server.respond = (request) => (isWatchRequest(request) ? { kind: 'stalled', at } : null);
      const watch = start(lane);
      await until('it is watched', () => server.watches === 1);
      changeOn(server);
      const expected = [...BEGINNING, ...whole];
      await until(
        'it shows what came',
        () => rowsOf(watch.stdout()).length >= expected.length,
        () => watch.stdout(),
      );
      await until('all has come that will', () => server.bytesOfWatches === at);
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      const { code, stdout, stderr } = await watch.end();
      const isRight = code === 130 && stderr === '' && rowsOf(stdout).join() === expected.join();
      return isRight ? 'right' : { failed: JSON.stringify({ code, stdout, stderr }) };
    },
  };
}

/** Where each event ends, and the row that it is. */
function endsOf(stream: Buffer, encoding: Encoding): readonly number[] {
  const ends: number[] = [];
  for (let at = 0; at < stream.length;) {
    at = encoding === 'protobuf' ? at + 4 + stream.readUInt32BE(at) : stream.indexOf('\n', at) + 1;
    ends.push(at);
  }
  return ends;
}

/** Of the events the second and the bookmark are no rows. */
const ROW_OF_EVENT = [CHANGES[0], null, CHANGES[1], null, CHANGES[2], CHANGES[3]];

for (const encoding of ['protobuf', 'JSON'] as const) {
  const operation = `watch, ${encoding}`;

  matrix.test(`a watch that breaks off or stops at any boundary, in ${encoding}`, 6, async (lane) => {
    const stream = await streamOf(lane, encoding);
    const ends = endsOf(stream, encoding);
    const places = encoding === 'protobuf' ? watchFramePlaces(stream) : jsonPlaces(stream);
    return places.flatMap(({ at, where }, index) => {
      const place = `byte ${String(at)} of ${String(stream.length)}, ${where}`;
      const broken = (
        [
          ['closed', 'cut: closed'],
          ['ended', 'cut: ended as if whole'],
          // Little else than a close.
          ...(index % 5 === 0 ? ([['reset', 'cut: reset']] as const) : []),
        ] as const
      ).map(([how, fault]) =>
        watchCase({ operation, fault, place, expected: 'right' }, encoding, (nth) =>
          nth === 1 ? { kind: 'truncated', at, how } : null,
        ),
      );
      const whole = ends.flatMap((end, nth) => (end <= at ? (ROW_OF_EVENT[nth] ?? []) : []));
      return [
        ...broken,
        stalledCase({ operation, fault: 'stalled', place, expected: 'right' }, encoding, at, whole),
      ];
    });
  });

  matrix.test(`a watch in pieces, in ${encoding}`, 6, async (lane) => {
    const { length } = await streamOf(lane, encoding);
    return pieceSizes(length).map((size) =>
      watchCase(
        {
          operation,
          fault: 'in chunks of 1, 2, 3 … bytes',
          place: `chunks of ${String(size)}`,
          expected: 'right',
        },
        encoding,
        () => ({ kind: 'chunked', size }),
      ),
    );
  });

  matrix.test(`a watch that is refused, late or nonsense, in ${encoding}`, 6, async () => {
    /** Those that a server that is there says no with: to begin with they end it. */
    const refusals = STATUS_FAULTS.filter(
      ({ name }) =>
        !/^(?:410|429, Retry-After: [01]$|429 without|429, Retry-After: a date|502|503|504)/.test(name),
    ).filter(({ name }) => !/for ever|3600/.test(name));
    const others = [...STATUS_FAULTS, ...SERVER_RETRIES, ...CONNECTION_FAULTS, ...CONTENT_FAULTS].filter(
      (fault) => !refusals.includes(fault) && !/for ever|3600|never answered/.test(fault.name),
    );
    const first = others.map(({ name, fault, times }) =>
      watchCase({ operation, fault: name, place: 'the first request', expected: 'right' }, encoding, (nth) =>
        nth <= Math.min(times, 2) ? fault : null,
      ),
    );
    const second = [...others, ...refusals].map(({ name, fault, times }) =>
      watchCase(
        { operation, fault: name, place: 'the second request', expected: 'right' },
        encoding,
        (nth) => {
          if (nth === 1) return { kind: 'truncated', at: 0, how: 'ended' };
          return nth <= 1 + Math.min(times, 2) ? fault : null;
        },
      ),
    );
    const ended = refusals.map(({ name, fault }) =>
      watchCase(
        { operation, fault: name, place: 'the first request', expected: 'error' },
        encoding,
        () => fault,
      ),
    );
    return Promise.resolve([...first, ...second, ...ended]);
  });
}
