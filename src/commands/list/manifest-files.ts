import { constants, createReadStream, openSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { InterruptedError } from '../../errors.ts';
import { fileReason } from '../../file-reason.ts';
import { expandPattern } from './expand-pattern.ts';
import { ManifestError } from '../../manifests/manifest-error.ts';
import { ManifestBytes } from '../../manifests/manifest-text.ts';

/** Sources that -f names. */
export interface ManifestSources {
  /** Files, directories, patterns, or `-` for standard input. */
  readonly names: readonly string[];
  /** True to read subdirectories, too. */
  readonly recursive: boolean;
}

export interface ManifestFile {
  /** Path on the command line or in a directory; `-` for standard input. */
  readonly name: string;
  /** True if the user named the file itself, not a directory or pattern. */
  readonly isNamed: boolean;
  /** Its text, or the reason why it could not be read. */
  readonly content: string | ManifestError;
}

/** The parts of the process that are used. */
export interface ManifestInput {
  readonly stdin: AsyncIterable<Buffer>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Extensions of k8s.io/cli-runtime/pkg/resource. */
const MANIFEST = /\.(?:json|ya?ml)$/;

/**
 * Reads the files one after the other, those of a directory sorted by name, as kubectl does. A path that is named can be a
 * pipe. In a directory, only regular files are read.
 *
 * @throws InterruptedError
 */
export async function* manifestFiles(
  { names, recursive }: ManifestSources,
  input: ManifestInput,
): AsyncGenerator<ManifestFile> {
  for (const name of names) {
    if (name === '-') yield { name, isNamed: true, content: await textOf(input.stdin, input.signal) };
    else if (await isMissing(name)) yield* filesOfPattern(name, recursive, input.signal);
    else yield* filesOf(name, true, recursive, input.signal);
  }
}

async function isMissing(name: string): Promise<boolean> {
  const error = await stat(name).then(
    () => null,
    (reason: unknown) => reason as NodeJS.ErrnoException,
  );
  return error?.code === 'ENOENT';
}

/** Expands a path that does not exist as a pattern, as kubectl does. */
async function* filesOfPattern(
  pattern: string,
  recursive: boolean,
  signal: AbortSignal,
): AsyncGenerator<ManifestFile> {
  const names = await expandPattern(pattern);
  const reason = names === null ? 'this pattern is not valid' : 'it cannot be read: there is no such file';
  if (names === null || names.length === 0)
    yield { name: pattern, isNamed: true, content: new ManifestError(null, reason) };
  else for (const name of names) yield* filesOf(name, false, recursive, signal);
}

/** Returns the file, or the files of a directory. */
async function* filesOf(
  name: string,
  isNamed: boolean,
  recursive: boolean,
  signal: AbortSignal,
): AsyncGenerator<ManifestFile> {
  // Opening the file reports the error.
  const found = await stat(name).catch(() => null);
  if (found?.isDirectory() === true) {
    yield* filesOfFolder(name, recursive, signal);
  } else {
    const content = await textOf((found?.isFIFO() === true ? pipe : file)(name, signal), signal);
    yield { name, isNamed, content };
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
  yield { name: folder, isNamed: true, content: new ManifestError(null, reason) };
}

/** Walks a directory like filepath.Walk of Go, which does not follow links to directories, so that there are no cycles. */
async function* walk(folder: string, recursive: boolean, signal: AbortSignal): AsyncGenerator<ManifestFile> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    yield {
      name: folder,
      isNamed: true,
      content: new ManifestError(null, `it cannot be read: ${fileReason(error)}`),
    };
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (recursive) yield* walk(name, recursive, signal);
    } else if (MANIFEST.test(entry.name)) {
      yield { name, isNamed: false, content: await textOfFile(name, signal) };
    }
  }
}

/** A pipe in a directory may never have a writer, and a device may have no end. */
async function textOfFile(path: string, signal: AbortSignal): Promise<string | ManifestError> {
  try {
    const found = await stat(path);
    if (!found.isFile())
      return new ManifestError(null, found.isDirectory() ? 'it is a directory' : 'it is not a file');
  } catch (error) {
    return new ManifestError(null, `it cannot be read: ${fileReason(error)}`);
  }
  return textOf(file(path, signal), signal);
}

function file(path: string, signal: AbortSignal): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: 1 << 20, signal }) as AsyncIterable<Buffer>;
}

/** Bun's API to read a pipe: its `net.Socket` does not accept a file descriptor. */
interface BunFiles {
  file(fd: number): { stream(): AsyncIterable<Uint8Array> };
}

/**
 * Opens a pipe without blocking and polls it. A blocking open waits for a writer in a thread that Ctrl-C does not interrupt,
 * and the process waits for that thread at exit.
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
    if (signal.aborted) throw new InterruptedError(undefined, { cause: error });
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

/** A promise that rejects on Ctrl-C. */
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
      reject(new InterruptedError());
    };
    if (signal.aborted) this.#end();
    signal.addEventListener('abort', this.#end);
  }

  forget(): void {
    this.#signal.removeEventListener('abort', this.#end);
  }
}
