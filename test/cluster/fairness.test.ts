import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import {
  adminKubeconfig,
  apply,
  ask,
  describeOnOwnCluster,
  eventually,
  hostns,
  kubectl,
  kubectlPath,
  randomName,
  startHostns,
  stateFolder,
} from './cluster.ts';

/** So many that their list is not sent before somebody reads it. */
const PODS = 5000;

const ours = describeOnOwnCluster("the API server's priority and fairness, which is given new rules.");
ours('a user of whom the API server takes one request at a time', () => {
  const load = join(stateFolder, 'bin/load');
  const name = randomName('fairness');
  const as = ['--as', name] as const;
  let other: ChildProcess;

  beforeAll(async () => {
    execFileSync(load, ['--pods', String(PODS)], { stdio: ['ignore', 'ignore', 'inherit'] });
    ask('create', 'clusterrole', name, '--verb=list', '--resource=pods');
    ask('create', 'clusterrolebinding', name, `--clusterrole=${name}`, `--user=${name}`);
    const limited = { nominalConcurrencyShares: 0, lendablePercent: 0, borrowingLimitPercent: 0 };
    apply(
      {
        apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
        kind: 'PriorityLevelConfiguration',
        metadata: { name },
        spec: { type: 'Limited', limited: { ...limited, limitResponse: { type: 'Reject' } } },
      },
      {
        apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
        kind: 'FlowSchema',
        metadata: { name },
        spec: {
          matchingPrecedence: 2,
          priorityLevelConfiguration: { name },
          rules: [
            {
              subjects: [{ kind: 'User', user: { name } }],
              resourceRules: [
                { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] },
              ],
            },
          ],
        },
      },
    );
    await eventually('the right is granted', () => hostns('list', ...as).code === 0, 20);
    // A list whose reader does not read is not at its end.
    const list = ['get', '--raw', '/api/v1/pods', '--disable-compression', ...as];
    other = spawn(kubectlPath, list, {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { KUBECONFIG: adminKubeconfig },
    });
    await eventually(
      'the only seat is taken',
      () => hostns('list', ...as, '--request-timeout=1s').code !== 0,
      30,
    );
  });

  afterAll(() => {
    other.kill('SIGKILL');
    kubectl(['delete', 'flowschema,prioritylevelconfiguration,clusterrolebinding,clusterrole', name]);
    execFileSync(load, ['--delete'], { stdio: ['ignore', 'ignore', 'inherit'] });
  });

  test('waits for as long as it is told to, as far as --request-timeout allows', () => {
    const { code, stdout, stderr } = hostns('list', ...as, '--request-timeout=3s', '-v=6');
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/ 429 .*\n.*the server asks to wait 1 s\n/);
    expect(stderr).toMatch(
      /^error: Cannot list Pods in the namespace default: the server answers 429 and asks to wait/m,
    );
  });

  test('has the answer as soon as its turn has come', async () => {
    const waiting = startHostns('list', ...as, '-o', 'name', '-v=6');
    await eventually('it waits', () => waiting.stderr().includes('asks to wait'), 20);
    expect(waiting.stdout()).toBe('');
    other.kill('SIGKILL');
    await eventually('it is answered', () => waiting.stdout() !== '', 20);
    expect(await waiting.end('SIGINT')).toMatchObject({
      code: 0,
      stdout: hostns('list', '-o', 'name').stdout,
    });
  });
});
