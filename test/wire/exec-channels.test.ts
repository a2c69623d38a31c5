import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type ExecEnding,
  execChannel,
  readExecEnding,
  readExecMessage,
} from '../../src/wire/exec-channels.ts';
import { WireError } from '../../src/wire/protobuf-reader.ts';

const ending = (status: unknown): ExecEnding => readExecEnding(Buffer.from(JSON.stringify(status)));

describe('a message', () => {
  test('begins with its channel', () => {
    expect(readExecMessage(Buffer.from('\u0001lo: flags=73'))).toEqual({
      channel: execChannel.stdout,
      payload: Buffer.from('lo: flags=73'),
    });
    expect(readExecMessage(Buffer.of(255, 1))).toEqual({ channel: execChannel.close, payload: Buffer.of(1) });
  });

  test('may be a channel alone', () => {
    expect(readExecMessage(Buffer.of(2))).toEqual({ channel: execChannel.stderr, payload: Buffer.alloc(0) });
  });

  test('may not be empty', () => {
    expect(() => readExecMessage(Buffer.alloc(0))).toThrow(new WireError('a message is empty'));
  });
});

/** As recorded from kube-apiserver 1.35.4 with containerd. */
const NON_ZERO = {
  metadata: {},
  status: 'Failure',
  message: 'command terminated with non-zero exit code: command terminated with exit code 7',
  reason: 'NonZeroExitCode',
  details: { causes: [{ reason: 'ExitCode', message: '7' }] },
};
const NO_SHELL =
  'Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "53f8": OCI runtime exec failed: exec failed: unable to start container process: exec: "/bin/sh": stat /bin/sh: no such file or directory: unknown';

const withCode = (message: unknown): unknown => ({
  ...NON_ZERO,
  details: {
    causes: [
      { reason: 'Other', message: '1' },
      { reason: 'ExitCode', message },
    ],
  },
});

describe('the Status at the end', () => {
  test('is an exit code', () => {
    expect(ending({ metadata: {}, status: 'Success' })).toEqual({ kind: 'exit', code: 0 });
    expect(ending(NON_ZERO)).toEqual({ kind: 'exit', code: 7 });
    expect(ending(withCode('137'))).toEqual({ kind: 'exit', code: 137 });
    expect(ending(withCode('-1073741510'))).toEqual({ kind: 'exit', code: -1073741510 });
  });

  test('or why the command could not be started', () => {
    const status = { metadata: {}, status: 'Failure', message: NO_SHELL, reason: 'InternalError', code: 500 };
    expect(ending(status)).toEqual({ kind: 'failed', message: NO_SHELL });
    expect(ending({ status: 'Failure' })).toEqual({ kind: 'failed', message: '' });
  });

  test('is cut where it is longer than anybody reads', () => {
    const status = { status: 'Failure', message: `x${'😀'.repeat(5000)}` };
    expect(ending(status)).toEqual({
      kind: 'failed',
      // The emoji that is cut in half is none.
      message: `x${'😀'.repeat(999)}\ufffd…`,
    });
  });

  test('is whole where it is as long as that', () => {
    const message = 'x'.repeat(2000);
    expect(ending({ status: 'Failure', message })).toEqual({ kind: 'failed', message });
    expect(ending({ status: 'Failure', message: `${message}x` })).toEqual({
      kind: 'failed',
      message: `${message}…`,
    });
  });

  test('does not repeat the command, where it names a URL', () => {
    const message =
      'error dialing backend: Post "https://192.0.2.1:10250/exec/a?command=%2Fbin%2Fsh&command=-c": EOF, ?command=x';
    expect(ending({ status: 'Failure', message })).toEqual({
      kind: 'failed',
      message: 'error dialing backend: Post "https://192.0.2.1:10250/exec/a": EOF, ',
    });
  });

  test.each<[string, string]>([
    ['', 'the Status is not JSON'],
    ['<html>', 'the Status is not JSON'],
    ['{"status":"Success"', 'the Status is not JSON'],
    ['{"status":"Success"}{"status":"Success"}', 'the Status is not JSON'],
    ['null', 'the Status is not an object'],
    ['["Success"]', 'the Status is not an object'],
    ['"Success"', 'the Status is not an object'],
    ['{}', 'the Status is neither Success nor Failure'],
    ['{"status":0}', 'the Status is neither Success nor Failure'],
    ['{"status":"success"}', 'the Status is neither Success nor Failure'],
    ['{"status":"Failure","reason":"NonZeroExitCode"}', 'the Status has no exit code'],
    ['{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":7}}', 'the Status has no exit code'],
    [JSON.stringify(withCode(7)), 'the Status has no exit code'],
    [JSON.stringify(withCode('')), 'the Status has no exit code'],
    [JSON.stringify(withCode('7 ')), 'the Status has no exit code'],
    [JSON.stringify(withCode('0x7')), 'the Status has no exit code'],
    [JSON.stringify(withCode('9'.repeat(11))), 'the Status has no exit code'],
  ])('is none where it is %j', (text, message) => {
    expect(() => readExecEnding(Buffer.from(text))).toThrow(WireError);
    expect(() => readExecEnding(Buffer.from(text))).toThrow(message);
  });
});

test('whatever comes is understood or a WireError, and no longer than 2,001 characters', () => {
  const understand = (message: Buffer): ExecEnding | null => {
    try {
      return readExecEnding(readExecMessage(message).payload);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return null;
    }
  };
  const json = fc
    .record(
      {
        status: fc.oneof(fc.constantFrom('Success', 'Failure'), fc.jsonValue()),
        reason: fc.oneof(fc.constant('NonZeroExitCode'), fc.jsonValue()),
        message: fc.oneof(fc.string({ maxLength: 5000, size: 'max' }), fc.jsonValue()),
        details: fc.oneof(
          fc.record({
            causes: fc.array(
              fc.oneof(
                fc.record({ reason: fc.constant('ExitCode'), message: fc.jsonValue() }),
                fc.jsonValue(),
              ),
            ),
          }),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: [] },
    )
    .map((status) => Buffer.from(`\u0003${JSON.stringify(status)}`));
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
  fc.assert(
    fc.property(fc.oneof(json, bytes), (message) => {
      const understood = understand(message);
      if (understood?.kind === 'failed') {
        expect(understood.message.length).toBeLessThanOrEqual(2001);
      } else if (understood !== null) {
        expect(Number.isSafeInteger(understood.code)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
