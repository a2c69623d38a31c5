import { readFileSync, statSync } from 'node:fs';

/** As `readBytes`. @throws the error of node:fs */
export async function readText(path: string): Promise<string> {
  return (await readBytes(path)).toString('utf8');
}

/**
 * A file of the machine's own, read at once: a pool of threads is not worth its start for some kilobytes. A pipe
 * (`--kubeconfig <(…)`) may be silent for ever: reading it must not block, so that Ctrl-C still ends the program.
 *
 * @throws the error of node:fs
 */
export async function readBytes(path: string): Promise<Buffer> {
  if (statSync(path).isFile()) return readFileSync(path);
  const { readFile } = await import('node:fs/promises');
  return readFile(path);
}
