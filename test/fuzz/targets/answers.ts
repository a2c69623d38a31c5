import { execChannel, readExecEnding, readExecMessage } from '../../../src/wire/exec-channels.ts';
import { isObject } from '../../../src/wire/json-value.ts';
import { decodeNodeJson, decodeSummaryJson } from '../../../src/wire/node-json.ts';
import { WireError } from '../../../src/wire/protobuf-reader.ts';
import { decodeStatus } from '../../../src/wire/status.ts';
import { recordedNodes, recordedSummaries } from '../../api-server/recorded.ts';
import { envelope, message } from '../../support/protobuf.ts';
import { JsonDamage } from '../damage-json.ts';
import { damageProtobuf } from '../damage-protobuf.ts';
import { bytesOf } from '../mutate.ts';
import { Random } from '../random.ts';
import { accepted, demand, demandBounded, demandEqual, type Target } from '../target.ts';

const FAILED = { reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: '137' }] } };
const endings = new JsonDamage([
  { metadata: {}, status: 'Success' },
  { metadata: {}, status: 'Failure', message: 'command terminated', ...FAILED },
  {
    status: 'Failure',
    message: 'dial tcp "https://192.0.2.2:10250/exec?command=sh&command=-c": refused',
    reason: 'InternalError',
  },
]);

function execMessage(random: Random): Buffer {
  const channel = random.pick([0, 1, 2, 3, 3, 3, 3, 3, 4, 5, 255]);
  const payload =
    channel === execChannel.error ? bytesOf(endings.make(random)) : Buffer.from('out\u001b[2J\n');
  return Buffer.concat([Buffer.from([channel]), payload]);
}

const execTarget: Target = {
  name: 'exec-channels',
  words: [
    '\u0003',
    '{"status":"Success"}',
    '"reason":"NonZeroExitCode"',
    '?command=',
    '"message":"',
    '"causes":[',
    '-',
    '99999999999',
  ],
  seeds: Array.from({ length: 12 }, (_, index) => execMessage(new Random(index))),
  make: execMessage,
  attempt: (input) => {
    const read = accepted({ errors: [WireError] }, () => readExecMessage(input));
    demand(
      (read === null) === (input.length === 0),
      'a message has a channel, and nothing else is wrong with it',
    );
    if (read === null) return false;
    const { channel, payload } = read.value;
    demandEqual(
      Buffer.concat([Buffer.from([channel]), payload]),
      input,
      'a message is its channel and its payload',
    );
    const ending = accepted({ errors: [WireError] }, () => readExecEnding(payload));
    if (ending === null) return false;
    if (ending.value.kind === 'exit')
      demand(Number.isSafeInteger(ending.value.code), 'a code is a whole number');
    else
      demand(
        ending.value.message.length <= 2001 && !/\?command=[^\s"]/.test(ending.value.message),
        'a message is short, and without the command',
      );
    return true;
  },
};

const details = message([1, 'pods'], [4, message([1, 'Reason'], [2, 'why'])], [5, 3]);
const statusMessage = Buffer.from(
  envelope(
    'Status',
    message(
      [1, message([3, 'fresh'])],
      [2, 'Failure'],
      [3, 'too old'],
      [4, 'Expired'],
      [5, details],
      [6, 410],
    ),
  ),
);
const statuses = new JsonDamage([
  {
    kind: 'Status',
    metadata: { continue: 'fresh' },
    message: 'too old',
    reason: 'Expired',
    details: { causes: [{ message: 'why' }], retryAfterSeconds: 3 },
  },
  { kind: 'Status', message: '' },
]);

const PLAIN = bytesOf('<html>\n502 Bad Gateway');

/** The first byte stands for the content type. */
function anyStatus(random: Random): Buffer {
  const type = random.below(3);
  const protobuf = Buffer.concat([
    statusMessage.subarray(0, 4),
    damageProtobuf(statusMessage.subarray(4), random),
  ]);
  const bodies = [random.once(2) ? statusMessage : protobuf, bytesOf(statuses.make(random)), PLAIN];
  const body = bodies[random.once(8) ? random.below(3) : type] ?? PLAIN;
  return Buffer.concat([Buffer.from([type]), body]);
}

const CONTENT_TYPES = [
  'application/vnd.kubernetes.protobuf',
  'application/json; charset=utf-8',
  'text/html',
] as const;

const statusTarget: Target = {
  name: 'status',
  words: ['k8s\0', '"message":', '"details":{', '\n', '\u0000', '\u0001', '\u0012\u0002'],
  seeds: Array.from({ length: 12 }, (_, index) => anyStatus(new Random(index))),
  make: anyStatus,
  attempt: (input) => {
    const body = input.subarray(1);
    const status = decodeStatus(CONTENT_TYPES[(input[0] ?? 0) % 3] ?? 'text/plain', body);
    demandBounded(status, body.length, 5);
    demand(Number.isFinite(status.retryAfterSeconds), 'the time to wait is a number');
    return status.reason !== '';
  },
};

const summaries = new JsonDamage(
  Object.values(recordedSummaries).map((summary) => {
    const { node, pods } = summary as unknown as {
      readonly node: unknown;
      readonly pods: readonly unknown[];
    };
    return { node, pods: pods.slice(0, 2) };
  }),
);
const nodes = new JsonDamage(
  recordedNodes.map(({ metadata, spec, status }) => ({
    metadata: { name: metadata.name },
    spec,
    status: {
      nodeInfo: status.nodeInfo,
      conditions: [{ type: 'Ready', status: 'False', reason: 'x', message: 'y' }],
    },
  })),
);

function isTime(time: number): boolean {
  return Number.isInteger(time) && Math.abs(time) <= 8.64e15;
}

const summaryTarget: Target = {
  name: 'node-summary',
  words: ['"network":{', '"interfaces":[', '"time":"', '"uid":"', '"rxBytes":', 'null', '{', '}', '[', ']'],
  seeds: Array.from({ length: 8 }, (_, index) =>
    bytesOf((index % 2 === 0 ? summaries : nodes).make(new Random(index), 0)),
  ),
  make: (random) => bytesOf((random.once(4) ? nodes : summaries).make(random)),
  attempt: (input) => {
    let json: unknown;
    try {
      json = JSON.parse(input.toString('utf8'));
    } catch {
      return false;
    }
    if (!isObject(json)) return false;
    demandBounded(decodeNodeJson(json), input.length, 5);
    const { node, pods } = decodeSummaryJson(json);
    demandBounded({ node, pods }, input.length, 30);
    for (const sample of [node, ...pods.values()]) {
      if (sample === null) continue;
      demand(isTime(sample.time), 'a sample has a time');
      for (const counters of sample.interfaces.values())
        demand(Object.values(counters).every(Number.isFinite), 'a counter is a number');
    }
    return node !== null || pods.size > 0;
  },
};

export const answerTargets: readonly Target[] = [execTarget, statusTarget, summaryTarget];
