import { ExplainedError } from '../../errors.ts';
import { fileReason } from '../../file-reason.ts';
import { readText } from './read-text.ts';

/**
 * Returns the PEM text of base64 data or of a file. As in client-go, the data wins. Undefined if neither is given, or the file is
 * empty.
 *
 * @throws ExplainedError if the file cannot be read
 */
export async function readPem(what: string, path: string, data: string): Promise<string | undefined> {
  if (data !== '') return Buffer.from(data, 'base64').toString('utf8');
  if (path === '') return undefined;
  try {
    const text = await readText(path);
    return text === '' ? undefined : text;
  } catch (error) {
    throw new ExplainedError(`The ${what} ${path} cannot be read: ${fileReason(error)}.`, { cause: error });
  }
}

const BLOCK =
  /-----BEGIN ((?:[A-Z0-9]+ )*)(CERTIFICATE|PRIVATE KEY)-----([A-Za-z0-9+/=\s]*)-----END \1\2-----/g;

/**
 * Returns the certificates or private keys in a text, with the line length of RFC 7468. As in Go, blank lines and spaces are
 * allowed, which OpenSSL and BoringSSL reject in some places.
 */
export function pemBlocks(text: string, wanted: 'CERTIFICATE' | 'PRIVATE KEY'): string[] {
  return [...text.matchAll(BLOCK)]
    .map(([, prefix = '', type = '', body = '']) => ({ label: prefix + type, type, body }))
    .filter(({ label, type }) => (wanted === 'CERTIFICATE' ? label : type) === wanted)
    .map(({ label, body }) => {
      const lines = body.replaceAll(/\s/g, '').match(/.{1,64}/g) ?? [];
      return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
    });
}
