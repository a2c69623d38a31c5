import { isObject, objectOf, objectsOf, textOf } from './json-value.ts';
import { WireError } from './protobuf-reader.ts';

/**
 * Channel: the first byte of each message of `v4.channel.k8s.io` and `v5.channel.k8s.io`
 * (k8s.io/apimachinery/pkg/util/remotecommand and k8s.io/client-go/tools/remotecommand, 1.35).
 */
export const execChannel = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  /** Carries one Status, when all is over. */
  error: 3,
  resize: 4,
  /** From v5: the channel in the second byte will carry nothing more. */
  close: 255,
} as const;

export interface ExecMessage {
  /** One of `execChannel`, or an unknown one. */
  readonly channel: number;
  /** A view into the message. */
  readonly payload: Buffer;
}

/** End of a command: its exit code, or the message of the kubelet or the runtime if it did not start. */
export type ExecEnding =
  { readonly kind: 'exit'; readonly code: number } | { readonly kind: 'failed'; readonly message: string };

/** Maximum number of characters of an error. The longest ones of containerd have about 400. */
const MAX_TEXT = 2000;

/** @throws WireError if the message is empty */
export function readExecMessage(message: Buffer): ExecMessage {
  const [channel] = message;
  if (channel === undefined) throw new WireError('a message is empty');
  return { channel, payload: message.subarray(1) };
}

/**
 * Reads the Status of the error channel: Success, Failure with the reason NonZeroExitCode and the code among
 * the causes, or Failure for a command that could not be started.
 *
 * @throws WireError for anything else
 */
export function readExecEnding(payload: Buffer): ExecEnding {
  const status = parse(payload);
  if (!isObject(status)) throw new WireError('the Status is not an object');
  const outcome = textOf(status, 'status');
  if (outcome === 'Success') return { kind: 'exit', code: 0 };
  if (outcome !== 'Failure') throw new WireError('the Status is neither Success nor Failure');
  const reason = textOf(status, 'reason');
  if (reason !== 'NonZeroExitCode') {
    return { kind: 'failed', message: bounded(textOf(status, 'message')) };
  }
  const causes = objectsOf(objectOf(status, 'details'), 'causes');
  const cause = causes.find((candidate) => textOf(candidate, 'reason') === 'ExitCode') ?? {};
  const code = textOf(cause, 'message');
  // Windows has codes of 32 bits, signed or not.
  if (!/^-?\d{1,10}$/.test(code)) throw new WireError('the Status has no exit code');
  return { kind: 'exit', code: Number(code) };
}

function parse(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8')) as unknown;
  } catch (error) {
    throw new WireError('the Status is not JSON', { cause: error });
  }
}

/** Removes the URL of the kubelet, which contains the whole command, from an error. The reason follows the URL. */
function bounded(message: string): string {
  const text = message.replaceAll(/\?command=[^\s"]*/g, '');
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT).toWellFormed()}…` : text;
}
