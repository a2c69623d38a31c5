import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from './api.ts';
import { answerOf, subjects } from './cases.ts';
import type { Entry } from './conversation.ts';
import type { Side } from './side.ts';
import { leave, randomPlace, settle } from './subjects.ts';

/** By subject and case: what the real cluster has answered (`npm run record:contract`). */
const answers = JSON.parse(readFileSync(join(import.meta.dirname, 'answers.json'), 'utf8')) as Readonly<
  Record<string, Readonly<Record<string, readonly Entry[]>>>
>;

/** Holds one side to the answers. */
export function testContract(start: () => Side): void {
  const place = randomPlace();
  let side: Side;
  let api: Api;
  beforeAll(async () => {
    side = start();
    api = new Api(side);
    await settle(side, api, place);
  });
  afterAll(async () => {
    await leave(side, api, place);
    api.close();
  });

  describe.each(Object.entries(subjects))('%s', (subject, cases) => {
    test.each(Object.entries(cases))('%s', async (name, one) => {
      const expected = answers[subject]?.[name] ?? [];
      const given = await answerOf(one, side, api, place);
      // By their requests, so that a difference names its own.
      expect(given.map(({ request }) => request)).toEqual(expected.map(({ request }) => request));
      for (const [index, answer] of given.entries()) expect(answer).toEqual(expected[index]);
    });
  });

  test('there is no answer without its case', () => {
    const names = Object.entries(answers).map(([subject, cases]) => [subject, Object.keys(cases)]);
    const asked = Object.entries(subjects).map(([subject, cases]) => [subject, Object.keys(cases)]);
    expect(names).toEqual(asked);
  });
}
