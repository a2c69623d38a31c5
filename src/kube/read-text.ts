import { readFileSync, statSync } from 'node:fs';

/**
 * A file of the machine's own, read at once: a pool of threads is not worth its start for some kilobytes. A pipe
 * (`--kubeconfig <(…)`) may be silent for ever: reading it must not block, so that Ctrl-C still ends the program.
 *
 * @throws the error of node:fs
 */
export async function readText(path: string): Promise<string> {
  if (statSync(path).isFile()) return readFileSync(path, 'utf8');
  const { readFile } = await import('node:fs/promises');
  return readFile(path, 'utf8');
}
