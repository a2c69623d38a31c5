import { closeSync, fstatSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { isatty } from 'node:tty';

/** The file descriptors of standard output and standard error. */
export type Descriptor = 1 | 2;

/**
 * Returns the stream that writes to a file descriptor of this process.
 *
 * A terminal, a pipe and a socket keep the runtime's own stream, which a slow reader does not block. A file gets a
 * FileStream: the runtime's own stream does not check how many bytes were written, so that a file on a full disk ends
 * early without an error.
 *
 * @param own returns the runtime's own stream
 */
export function standardStream<T extends NodeJS.WritableStream>(
  descriptor: Descriptor,
  own: () => T,
): T | FileStream {
  return isFile(descriptor) ? new FileStream(descriptor) : own();
}

function isFile(descriptor: Descriptor): boolean {
  if (isatty(descriptor)) return false;
  try {
    const found = fstatSync(descriptor);
    return !found.isFIFO() && !found.isSocket();
  } catch {
    // A descriptor that is closed: the write reports the error.
    return true;
  }
}

/** Writes each chunk whole or fails. Writes are synchronous, as those to a file are in Node.js. */
class FileStream extends Writable {
  readonly #descriptor: Descriptor;

  constructor(descriptor: Descriptor) {
    super();
    this.#descriptor = descriptor;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    try {
      // On a disk that becomes full, write(2) writes what fits and reports the error only at the next call.
      for (let at = 0; at < chunk.length;) at += writeSync(this.#descriptor, chunk, at);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  /** Network file systems report some write errors only when the file is closed. */
  override _final(done: (error?: Error) => void): void {
    try {
      closeSync(this.#descriptor);
      done();
    } catch (error) {
      done(error as Error);
    }
  }
}
