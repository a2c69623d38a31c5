import { afterAll, beforeAll } from '@jest/globals';
import type { ExecAnswer, ExecCall } from '../api-server/exec.ts';
import { recordedExec } from '../api-server/kubelet.ts';
import { recordedPods, recordedWorkloads } from '../api-server/recorded.ts';
import { type ApiServer, startApiServer } from '../api-server/server.ts';
import { tokenOf } from '../api-server/users.ts';
import { COMMANDS } from './exec-cases.ts';
import type { Side } from './side.ts';
import { testContract } from './suite.ts';

let side: Side;
let server: ApiServer;

beforeAll(async () => {
  const started = await startApiServer();
  server = started.server;
  server.storesMade = true;
  server.namespaces = new Set(recordedPods.map(({ json }) => json.metadata.namespace));
  server.exec = playedExec;
  side = {
    server: new URL(server.url),
    authority: started.authority.certificate,
    administrator: { kind: 'token', token: tokenOf('admin') },
    compact: () => {
      server.store.compact();
      return Promise.resolve();
    },
    complete: (namespace, name) => {
      const pod = server.store.find(namespace, name);
      if (pod === undefined) throw new Error(`There is no Pod ${namespace}/${name}.`);
      server.store.apply({ ...pod.json, status: { phase: 'Succeeded' } });
      return Promise.resolve();
    },
    deployment: (name) => {
      const paths = Object.keys(recordedWorkloads);
      const path = paths.find((one) => one.endsWith(`/deployments/${name}`));
      return Promise.resolve(path?.split('/')[5] ?? '');
    },
  };
});
testContract(() => side);

// Behind those of the suite, which still asks it.
afterAll(() => server.close());

/** What there is no recording of. */
function playedExec(call: ExecCall): ExecAnswer {
  const played = COMMANDS.find(({ command }) => command.join(' ') === call.command.join(' '));
  return played ?? recordedExec(call);
}
