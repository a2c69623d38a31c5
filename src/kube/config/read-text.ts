import { readFileSync, statSync } from 'node:fs';

/** Reads a text file like `readBytes`. @throws the error of node:fs */
export async function readText(path: string): Promise<string> {
  return (await readBytes(path)).toString('utf8');
}

/**
 * Reads a local file synchronously: starting the thread pool takes longer than reading some kilobytes. A pipe
 * (`--kubeconfig <(…)`) may never have data, so it is read without blocking, and Ctrl-C still ends the program.
 *
 * @throws the error of node:fs
 */
export async function readBytes(path: string): Promise<Buffer> {
  if (statSync(path).isFile()) return readFileSync(path);
  const { readFile } = await import('node:fs/promises');
  return readFile(path);
}
