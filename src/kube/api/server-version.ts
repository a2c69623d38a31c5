import { ExplainedError } from '../../errors.ts';
import { textOf } from '../../wire/json-value.ts';
import { readObject } from '../transport/body.ts';
import { readStatus, refusal } from '../errors/refusal.ts';
import type { Session } from './session.ts';

export interface ServerVersion {
  readonly gitVersion: string;
  readonly platform: string;
}

/** @throws ExplainedError if the server does not return its version */
export async function serverVersion(session: Session): Promise<ServerVersion> {
  const doing = 'ask for the version of the server';
  const answer = await session.client.get({ doing, path: '/version', accept: 'application/json' });
  if (answer.status !== 200) {
    const needs = { verb: 'get', resource: '/version', namespace: null };
    throw await refusal(answer, await readStatus(answer), { doing, needs }, session);
  }
  const version = await readObject(answer, doing);
  const gitVersion = textOf(version, 'gitVersion');
  if (gitVersion === '') throw new ExplainedError(`Cannot ${doing}: the server's answer names none.`);
  return { gitVersion, platform: textOf(version, 'platform') };
}
