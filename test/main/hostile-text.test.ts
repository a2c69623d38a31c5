import { beforeAll, describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { type PodJson, type RecordedPod, recordedPods } from '../api-server/recorded.ts';
import { UNSAFE_TEXT } from '../support/unsafe-text.ts';
import { testCluster } from './cluster.ts';

const cluster = testCluster();

/** What stands in the recorded Pod, and what a hostile cluster puts there, with as many bytes. */
const REPLACEMENTS = {
  'pod-use-hostnetwork-2': '\u001b[31m\u009b\u202e\n\u0007\u200bpod-\u0085',
  'kube-node-2': '\u001b[2J\r\n\u2066\u0085',
};
const [HOSTILE_NAME, HOSTILE_NODE] = Object.values(REPLACEMENTS) as [string, string];

function hostile({ json, protobuf }: RecordedPod): RecordedPod {
  let text = JSON.stringify(json);
  let bytes = Buffer.from(protobuf).toString('latin1');
  for (const [from, to] of Object.entries(REPLACEMENTS)) {
    expect(Buffer.byteLength(to)).toBe(from.length);
    text = text.replaceAll(from, JSON.stringify(to).slice(1, -1));
    bytes = bytes.replaceAll(from, Buffer.from(to).toString('latin1'));
  }
  return { json: JSON.parse(text) as PodJson, protobuf: Buffer.from(bytes, 'latin1') };
}

beforeAll(() => {
  cluster.server.store.change(
    recordedPods.filter(({ json }) => json.metadata.name === 'pod-use-hostnetwork-2').map(hostile),
  );
});

describe.each(['protobuf', 'json'])('a Pod with hostile strings, as %s', (encoding) => {
  const run = (...argv: string[]): ReturnType<typeof cluster.run> => {
    if (encoding === 'json') cluster.server.respond = () => ({ kind: 'json' });
    return cluster.run(['list', ...argv]);
  };

  test.each(['table', 'wide', 'name'])('shows each of them on one line of -o %s, escaped', async (format) => {
    const { code, stdout, stderr } = await run('-o', format, '--no-headers', '--show-labels');
    expect(code).toBe(0);
    expect(stdout + stderr).not.toMatch(UNSAFE_TEXT);
    expect(stdout.trimEnd()).not.toContain('\n');
    expect(stdout).toContain('\\u001b[31m\\u009b\\u202e\\u000a\\u0007\\u200bpod-\\u0085');
  });

  test.each([
    ['json', (text: string): unknown => JSON.parse(text)],
    ['yaml', (text: string): unknown => load(text)],
  ] as const)('-o %s is safe on a terminal and still holds the same strings', async (format, read) => {
    const { code, stdout } = await run('-o', format);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(UNSAFE_TEXT);
    expect(read(stdout)).toMatchObject({ items: [{ name: HOSTILE_NAME, node: HOSTILE_NODE }] });
  });
});

describe('a hostile error', () => {
  test('is escaped, and stays on one line', async () => {
    const message = 'no\u001b[2J\u009b31m\nerror: all is well\u202e';
    cluster.server.respond = () => ({ kind: 'status', status: { code: 403, reason: 'Forbidden', message } });
    const { code, stderr } = await cluster.run(['list']);
    expect(code).toBe(3);
    expect(stderr).not.toMatch(UNSAFE_TEXT);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(stderr).toContain('(no\\u001b[2J\\u009b31m\\u000aerror: all is well\\u202e)');
  });

  test('in a header or a content type is escaped, too', async () => {
    cluster.server.respond = () => ({ kind: 'other', contentType: 'text/\u0085html', body: '' });
    const { stderr } = await cluster.run(['list', '-v9']);
    expect(stderr).not.toMatch(UNSAFE_TEXT);
    expect(stderr).toContain('text/\\u0085html');
  });

  test('on the command line is escaped, too', async () => {
    const { code, stderr } = await cluster.run(['list', '-n', 'a\u001b[31mb']);
    expect(code).toBe(0);
    expect(stderr).not.toMatch(UNSAFE_TEXT);
    expect(stderr).toContain('in a\\u001b[31mb namespace');
  });
});
