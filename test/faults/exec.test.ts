import type { ExecAnswer } from '../api-server/exec.ts';
import { recordedExec } from '../api-server/kubelet.ts';
import type { Screen } from '../main/run.ts';
import { thinned, webSocketPlaces } from './boundaries.ts';
import { judgeVerify } from './judge-verify.ts';
import {
  type FaultCase,
  FaultMatrix,
  type Lane,
  pieceSizes,
  record,
  requestCases,
  REQUEST_FAULTS,
  type Subject,
} from './matrix.ts';

const matrix = new FaultMatrix(import.meta.url);

const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;
type Protocol = (typeof PROTOCOLS)[number];

const ARGV = ['verify', 'plain-2', '-o', 'json'];

interface Whole {
  readonly screen: Screen;
  /** What the server sends for the exec, from the head of its answer on. */
  readonly bytes: Buffer;
}

async function wholeOf(lane: Lane, protocol: Protocol): Promise<Whole> {
  lane.server.reset();
  const sent: Buffer[] = [];
  lane.server.exec = (call) => ({
    ...recordedExec(call),
    protocol,
    onSent: (bytes) => {
      sent.push(bytes);
    },
  });
  return { screen: await lane.run(ARGV), bytes: Buffer.concat(sent) };
}

function execCase(
  of: Omit<FaultCase, 'attempt'>,
  { screen: whole }: Whole,
  protocol: Protocol,
  change: Partial<ExecAnswer>,
  flags: readonly string[] = [],
): FaultCase {
  return {
    ...of,
    attempt: async (lane) => {
      const { server } = lane;
      server.exec = (call) => ({ ...recordedExec(call), protocol, ...change });
      return judgeVerify(whole, await lane.run([...ARGV, ...flags]));
    },
  };
}

for (const protocol of PROTOCOLS) {
  const operation = `exec, ${protocol.slice(0, 2)}`;

  matrix.test(`an exec that breaks off or stops at any boundary, in ${protocol}`, 8, async (lane) => {
    const whole = await wholeOf(lane, protocol);
    const { bytes } = whole;
    // The last line of the report, without which it is none.
    const reported = bytes.indexOf(' done\n');
    // In v4 no byte but those of the protocol's name is another.
    const places = thinned(webSocketPlaces(bytes), protocol === 'v5.channel.k8s.io' ? 1000 : 60);
    const cuts = [
      ['cut: closed', { kind: 'cut', how: 'closed' }],
      ['cut: reset', { kind: 'cut', how: 'reset' }],
      ['cut: ended from that side', { kind: 'cut', how: 'ended' }],
      ['stalled', { kind: 'stalled' }],
    ] as const;
    return places.flatMap(({ at, where }) => {
      const place = `byte ${String(at)} of ${String(bytes.length)}, ${where}`;
      return cuts.map(([fault, line]) =>
        execCase(
          { operation, fault, place, expected: at <= reported ? 'error' : 'either' },
          whole,
          protocol,
          { line: { ...line, at } },
          ['--timeout', '400ms'],
        ),
      );
    });
  });

  matrix.test(`an exec in pieces, in ${protocol}`, 4, async (lane) => {
    const whole = await wholeOf(lane, protocol);
    return pieceSizes(whole.bytes.length).map((size) =>
      execCase(
        {
          operation,
          fault: 'in chunks of 1, 2, 3 … bytes',
          place: `chunks of ${String(size)}`,
          expected: 'right',
        },
        whole,
        protocol,
        { line: { kind: 'chunked', size } },
      ),
    );
  });

  matrix.test(`an exec that does not end as it should, in ${protocol}`, 8, async (lane) => {
    const whole = await wholeOf(lane, protocol);
    const right = [
      'half-closed',
      'unknown-channel',
      'status-first',
      'status-twice',
      'garbage-behind',
      'left-open',
    ] as const;
    const other = [
      'hang',
      'deaf',
      'flood',
      'stderr-flood',
      'long-message',
      'trickle',
      'no-status',
      'unclosed',
      'cut-frame',
      'garbage',
      'text',
      'empty-message',
      'bad-frame',
      'flood-behind',
    ] as const;
    return [
      ...right.map((fault) =>
        execCase({ operation, fault, place: 'behind the report', expected: 'right' }, whole, protocol, {
          fault,
        }),
      ),
      ...other.flatMap((fault) => [
        execCase(
          { operation, fault, place: 'behind the report', expected: 'either' },
          whole,
          protocol,
          { fault },
          ['--timeout', '400ms'],
        ),
        execCase(
          { operation, fault, place: 'without a report', expected: 'error' },
          whole,
          protocol,
          { stdout: '', fault },
          ['--timeout', '400ms'],
        ),
      ]),
    ];
  });
}

matrix.test('an exec that is refused, late or nonsense', 8, async (lane) => {
  const subject: Subject = {
    operation: 'exec, before the handshake',
    argv: ARGV,
    concerns: ({ path }) => path.endsWith('/exec'),
    isAskedAgain: false,
    judge: judgeVerify,
  };
  return requestCases(subject, await record(lane, subject), REQUEST_FAULTS);
});
