import { ExplainedError } from '../errors.ts';
import { isObject, type JsonObject } from '../wire/json-value.ts';
import type { Answer } from './client.ts';

/** Answers that are read whole are small: far below this in any cluster. */
const MAX_BYTES = 64 * 1024 * 1024;

/** @throws ExplainedError where the answer breaks off or is too large */
export async function readWhole(answer: Answer, maximum = MAX_BYTES): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  await answer.body.forEach((chunk) => {
    size += chunk.length;
    if (size > maximum)
      throw new ExplainedError(`The server's answer is longer than ${String(maximum)} bytes.`);
    chunks.push(chunk);
  });
  return Buffer.concat(chunks);
}

/**
 * @param doing what was asked for, as it stands after "Cannot"
 * @throws ExplainedError where the answer is no JSON object
 */
export async function readObject(answer: Answer, doing: string): Promise<JsonObject> {
  const body = await readWhole(answer);
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new ExplainedError(`Cannot ${doing}: the server's answer is not JSON.`, { cause: error });
  }
  if (isObject(value)) return value;
  throw new ExplainedError(`Cannot ${doing}: the server's answer is not a JSON object.`);
}
