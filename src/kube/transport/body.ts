import { ExplainedError } from '../../errors.ts';
import { isObject, type JsonObject, textOf } from '../../wire/json-value.ts';
import type { Answer } from './client.ts';

/** Maximum size of a response that is read as a whole. Real ones are far smaller. */
const MAX_BYTES = 64 * 1024 * 1024;

/** @throws ExplainedError if the response breaks off or is too large */
export function readWhole(answer: Answer, maximum: number): Promise<Buffer> {
  return readUpTo(answer, maximum, "The server's answer");
}

async function readUpTo(answer: Answer, maximum: number, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  await answer.body.forEach((chunk) => {
    size += chunk.length;
    if (size > maximum) throw new ExplainedError(`${what} is longer than ${String(maximum)} bytes.`);
    chunks.push(chunk);
  });
  return Buffer.concat(chunks);
}

/**
 * Reads a JSON object.
 *
 * @param doing what was requested, as it follows "Cannot"
 * @throws ExplainedError if the response is not a JSON object
 */
export async function readObject(answer: Answer, doing: string): Promise<JsonObject> {
  const body = await readUpTo(answer, MAX_BYTES, `Cannot ${doing}: the server's answer`);
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new ExplainedError(`Cannot ${doing}: the server's answer is not JSON.`, { cause: error });
  }
  if (isObject(value)) return value;
  throw new ExplainedError(`Cannot ${doing}: the server's answer is not a JSON object.`);
}

/**
 * Reads an API object and checks its kind. Without the check, another object, such as a Status or the JSON of a proxy, would be read
 * as an object without any fields.
 *
 * @param kinds accepted kinds
 * @throws ExplainedError if the response has another kind
 */
export async function readKind(
  answer: Answer,
  doing: string,
  kinds: readonly [string, ...string[]],
): Promise<JsonObject> {
  const object = await readObject(answer, doing);
  const kind = textOf(object, 'kind');
  if (!kinds.includes(kind)) {
    const what = kind === '' ? 'an object without a kind' : `a ${kind}`;
    throw new ExplainedError(`Cannot ${doing}: the server's answer is ${what}, not a ${kinds[0]}.`);
  }
  if (kind.endsWith('List') && !('items' in object)) {
    throw new ExplainedError(`Cannot ${doing}: the server's answer is a ${kind} without items.`);
  }
  return object;
}
