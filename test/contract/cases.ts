import type { Api } from './api.ts';
import type { Case, Cases } from './case.ts';
import { Conversation, type Entry, type Place } from './conversation.ts';
import { execCases } from './exec-cases.ts';
import { listCases } from './list-cases.ts';
import { nodeCases } from './node-cases.ts';
import { userCases } from './user-cases.ts';
import { watchCases } from './watch-cases.ts';
import { writeCases } from './write-cases.ts';
import type { Side } from './side.ts';
import { clear } from './subjects.ts';

/** By what they are about. */
export const subjects: Readonly<Record<string, Cases>> = {
  lists: listCases,
  watches: watchCases,
  writes: writeCases,
  exec: execCases,
  'nodes, names and workloads': nodeCases,
  users: userCases,
};

/** What a side answers to a case, which then leaves nothing behind. */
export async function answerOf(one: Case, side: Side, api: Api, place: Place): Promise<readonly Entry[]> {
  const talk = new Conversation(side, api, place);
  try {
    await one(talk);
    return talk.entries;
  } finally {
    await clear(talk, place.moving);
  }
}
