import { constants, createReadStream, openSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { InterruptedError } from '../../errors.ts';
import { fileReason } from '../../file-reason.ts';
import { expandPattern } from './expand-pattern.ts';
import { ManifestError } from '../../manifests/manifest-error.ts';
import { ManifestBytes } from '../../manifests/manifest-text.ts';

/** What the -f flags of a command line name. */
export interface ManifestSources {
  /** Files, directories, patterns, or `-` for standard input. */
  readonly names: readonly string[];
  /** Whether folders in folders are looked into. */
  readonly recursive: boolean;
}

export interface ManifestFile {
  /** As it was named, or found in a folder that was named; `-` for standard input. */
  readonly name: string;
  /** Whether the user has named it, and no directory or pattern that it is found by. */
  readonly isNamed: boolean;
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

/** What does not exist by its name may be a pattern, as for kubectl. */
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

/** The file itself, or those of a directory. */
async function* filesOf(
  name: string,
  isNamed: boolean,
  recursive: boolean,
  signal: AbortSignal,
): AsyncGenerator<ManifestFile> {
  // Where it cannot be looked at, it cannot be opened, which says why.
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

/** As filepath.Walk of Go, which follows no links to folders and so never goes in circles. */
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
      reject(new InterruptedError());
    };
    if (signal.aborted) this.#end();
    signal.addEventListener('abort', this.#end);
  }

  forget(): void {
    this.#signal.removeEventListener('abort', this.#end);
  }
}
