import { ExplainedError } from '../errors.ts';
import { readText } from './read-text.ts';

/**
 * The PEM text in a file or in base64 data, which wins as in client-go; undefined where neither is given, or the file is empty.
 *
 * @throws ExplainedError where the file cannot be read
 */
export async function readPem(what: string, path: string, data: string): Promise<string | undefined> {
  if (data !== '') return Buffer.from(data, 'base64').toString('utf8');
  if (path === '') return undefined;
  try {
    const text = await readText(path);
    return text === '' ? undefined : text;
  } catch (error) {
    throw new ExplainedError(
      `The ${what} ${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? ''}.`,
      {
        cause: error,
      },
    );
  }
}
