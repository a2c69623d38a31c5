/**
 * `npm run record:contract`: sends the requests of test/contract to the running test cluster, and writes the responses to
 * test/contract/answers.json. The stand-in and the cluster are both tested against this file.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { Api } from '../test/contract/api.ts';
import { answerOf, subjects } from '../test/contract/cases.ts';
import type { Entry } from '../test/contract/conversation.ts';
import { realSide } from '../test/contract/real-side.ts';
import { leave, randomPlace, settle } from '../test/contract/subjects.ts';

const file = join(import.meta.dirname, '../test/contract/answers.json');
const state = process.env['HOSTNS_CLUSTER_STATE'] ?? '/var/lib/hostns-cluster';
const side = realSide(join(state, 'admin.conf'));
const api = new Api(side);
const place = randomPlace();
const answers: Record<string, Record<string, readonly Entry[]>> = {};
try {
  await settle(side, api, place);
  for (const [subject, cases] of Object.entries(subjects)) {
    answers[subject] = {};
    for (const [name, one] of Object.entries(cases)) {
      answers[subject][name] = await answerOf(one, side, api, place);
    }
  }
} finally {
  await leave(side, api, place);
  api.close();
}
const config = (await resolveConfig(file)) ?? {};
await writeFile(file, await format(JSON.stringify(answers), { ...config, parser: 'json' }));
