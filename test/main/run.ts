import { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { main, type System } from '../../src/main.ts';
import { recordedPods } from '../api-server/recorded.ts';

/** 21 days after the youngest recorded Pod was made: every one of them is `21d` old. */
const NOW =
  Math.max(...recordedPods.map(({ json }) => Date.parse(json.metadata.creationTimestamp))) + 21 * 86_400_000;

export interface Screen {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a person sees who types `kubectl hostns ARGV`. */
export async function run(
  argv: readonly string[],
  environment: Environment = {},
  system: Partial<System> = {},
): Promise<Screen> {
  const stdout = new Collector();
  const stderr = new Collector();
  const code = await main(argv, {
    stdout,
    stderr,
    terminal: null,
    stdin: Readable.from([]),
    env: environment,
    homeDirectory: '/nowhere',
    now: () => NOW,
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    signal: new AbortController().signal,
    ...system,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** What is written to it, as text. */
export class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}
