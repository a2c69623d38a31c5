import { constants, createReadStream, openSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { InterruptedError } from '../errors.ts';
import { fileReason } from '../file-reason.ts';
import { ManifestError } from '../wire/manifest-error.ts';
import { ManifestBytes } from '../wire/manifest-text.ts';

/** What the -f flags of a command line name. */
export interface ManifestSources {
  /** Files, folders, or `-` for standard input. */
  readonly names: readonly string[];
  /** Whether folders in folders are looked into. */
  readonly recursive: boolean;
}

export interface ManifestFile {
  /** As it was named, or found in a folder that was named; `-` for standard input. */
  readonly name: string;
  /** Its text, or why there is none. */
  readonly content: string | ManifestError;
}

/** What is read of the process. */
export interface ManifestInput {
  readonly stdin: AsyncIterable<Buffer>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Of k8s.io/cli-runtime/pkg/resource. */
const MANIFEST = /\.(?:json|ya?ml)$/;

/**
 * Reads the files one after the other, those of a folder by their names, as kubectl does. What is named may be
 * anything that can be read, a pipe too; what is found in a folder has to be a file.
 *
 * @throws InterruptedError
 */
export async function* manifestFiles(
  { names, recursive }: ManifestSources,
  input: ManifestInput,
): AsyncGenerator<ManifestFile> {
  for (const name of names) {
    if (name === '-') {
      yield { name, content: await textOf(input.stdin, input.signal) };
      continue;
    }
    // Where it cannot be looked at, it cannot be opened, which says why.
    const found = await stat(name).catch(() => null);
    if (found?.isDirectory() === true) {
      yield* filesOfFolder(name, recursive, input.signal);
    } else {
      const content = await textOf(
        (found?.isFIFO() === true ? pipe : file)(name, input.signal),
        input.signal,
      );
      yield { name, content };
    }
  }
}

async function* filesOfFolder(
  folder: string,
  recursive: boolean,
  signal: AbortSignal,
): AsyncGenerator<ManifestFile> {
  let isEmpty = true;
  for await (const file of walk(folder, recursive, signal)) {
    isEmpty = false;
    yield file;
  }
  if (!isEmpty) return;
  const hint = recursive ? '' : '; -R looks into the folders in it, too';
  const reason = `there is no file in this folder that ends with .json, .yaml or .yml${hint}`;
  yield { name: folder, content: new ManifestError(null, reason) };
}

/** As filepath.Walk of Go, which follows no links to folders and so never goes in circles. */
async function* walk(folder: string, recursive: boolean, signal: AbortSignal): AsyncGenerator<ManifestFile> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    yield { name: folder, content: new ManifestError(null, `it cannot be read: ${fileReason(error)}`) };
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (recursive) yield* walk(name, recursive, signal);
    } else if (MANIFEST.test(entry.name)) {
      yield { name, content: await textOfFile(name, signal) };
    }
  }
}

/** Nobody would ever write into a pipe that lies about, and a device may have no end. */
async function textOfFile(path: string, signal: AbortSignal): Promise<string | ManifestError> {
  try {
    const found = await stat(path);
    if (!found.isFile())
      return new ManifestError(null, found.isDirectory() ? 'it is a folder' : 'it is no file');
  } catch (error) {
    return new ManifestError(null, `it cannot be read: ${fileReason(error)}`);
  }
  return textOf(file(path, signal), signal);
}

function file(path: string, signal: AbortSignal): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: 1 << 20, signal }) as AsyncIterable<Buffer>;
}

/** The part of Bun that reads a pipe: its `net.Socket` takes no file descriptor. */
interface BunFiles {
  file(fd: number): { stream(): AsyncIterable<Uint8Array> };
}

/**
 * To open a pipe waits for whoever writes into it, in a thread that no Ctrl-C reaches and that the end of the process
 * waits for; to open one without waiting and to poll it does not.
 */
async function* pipe(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const { Bun } = globalThis as { readonly Bun?: BunFiles };
  if (Bun !== undefined) {
    for await (const chunk of Bun.file(fd).stream()) yield Buffer.from(chunk);
    return;
  }
  yield* new Socket({ fd, readable: true, writable: false, signal }) as AsyncIterable<Buffer>;
}

/** @throws InterruptedError */
async function textOf(chunks: AsyncIterable<Buffer>, signal: AbortSignal): Promise<string | ManifestError> {
  const bytes = new ManifestBytes();
  const interruption = new Interruption(signal);
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next: IteratorResult<Buffer, unknown> = await Promise.race([iterator.next(), interruption.comes]);
      if (next.done === true) return bytes.text();
      bytes.push(next.value);
    }
  } catch (error) {
    if (signal.aborted) throw new InterruptedError('Interrupted.', { cause: error });
    if (error instanceof ManifestError) {
      await iterator.return?.();
      return error;
    }
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    return new ManifestError(null, `it cannot be read: ${fileReason(error)}`);
  } finally {
    interruption.forget();
  }
}

/** Ctrl-C as a promise. */
class Interruption {
  readonly #signal: AbortSignal;
  readonly #end: () => void;
  /** Rejects with an InterruptedError. */
  readonly comes: Promise<never>;

  constructor(signal: AbortSignal) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.comes = promise;
    this.#signal = signal;
    this.#end = () => {
      reject(new InterruptedError('Interrupted.'));
    };
    if (signal.aborted) this.#end();
    signal.addEventListener('abort', this.#end);
  }

  forget(): void {
    this.#signal.removeEventListener('abort', this.#end);
  }
}
