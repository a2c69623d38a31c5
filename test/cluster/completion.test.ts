import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { adminKubeconfig, describeOnOwnCluster, executableFolder, hostns, kubectlPath } from './cluster.ts';
import { type ShellName, Terminal } from './terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostns-completion-'));
const helper = join(folder, 'kubectl_complete-hostns');
const environment = {
  KUBECONFIG: adminKubeconfig,
  PATH: [folder, executableFolder, dirname(kubectlPath), '/usr/bin', '/bin'].join(delimiter),
};

beforeAll(() => {
  // As the instructions say.
  writeFileSync(helper, hostns('completion').stdout, { mode: 0o755 });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What kubectl reads where the words are completed. */
function candidates(
  words: readonly string[],
  kubeconfig = adminKubeconfig,
): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const env = { ...environment, KUBECONFIG: kubeconfig };
  const { status, stdout, stderr } = spawnSync(helper, words, { env, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

const SILENCE = { code: 0, stdout: ':4\n', stderr: '' };

test('names come from the cluster', () => {
  const { code, stdout, stderr } = candidates(['list', '-n', 'kube-']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(['kube-public', 'kube-system', ':4']));
});

test('a user without rights is told nothing', () => {
  expect(candidates(['--as', 'nobody', 'list', '-n', ''])).toEqual(SILENCE);
  expect(candidates(['--as', 'nobody', 'verify', ''])).toEqual(SILENCE);
});

test('nothing that a credential plugin says is shown', () => {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'sh',
    args: ['-c', 'echo Log in at https://example.com >&2; exit 1'],
    interactiveMode: 'IfAvailable',
  };
  const path = join(folder, 'plugin.json');
  const config = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'u', user: { exec } }],
  };
  writeFileSync(path, JSON.stringify(config));
  expect(candidates(['verify', ''], path)).toEqual(SILENCE);
});

const ours = describeOnOwnCluster("completion in bash and zsh, which is of the project's own Pods.");

ours('Tab', () => {
  describe.each<ShellName>(['bash', 'zsh'])('in %s', (shell) => {
    let terminal: Terminal;

    beforeAll(async () => {
      const home = join(folder, shell);
      terminal = await Terminal.open(shell, home, environment);
      for (const name of ['pods.txt', 'web.txt', 'web.yaml']) writeFileSync(join(home, name), '');
    });

    afterAll(() => terminal.close());

    test.each([
      ['kubectl hostns lis', 'kubectl hostns list '],
      ['k hostns lis', 'k hostns list '],
      ['kubectl hostns ver', 'kubectl hostns ver'],
      ['kubectl hostns help veri', 'kubectl hostns help verify '],
      ['kubectl hostns list --all-n', 'kubectl hostns list --all-namespaces '],
      ['kubectl hostns list -o wi', 'kubectl hostns list -o wide '],
      ['kubectl hostns list -Aowi', 'kubectl hostns list -Aowide '],
      ['kubectl hostns list --output=wi', 'kubectl hostns list --output=wide '],
      ['kubectl hostns list --shares network,', 'kubectl hostns list --shares network,'],
      ['kubectl hostns verify --expect network=h', 'kubectl hostns verify --expect network=host '],
      ['kubectl hostns verify --expect pid=own,net', 'kubectl hostns verify --expect pid=own,network='],
      [
        'kubectl hostns verify --expect pid=own,network=n',
        'kubectl hostns verify --expect pid=own,network=n',
      ],
      ['kubectl hostns list -n kube-sy', 'kubectl hostns list -n kube-system '],
      ['kubectl hostns list -nkube-sy', 'kubectl hostns list -nkube-system '],
      ['kubectl hostns list --node kube-node-', 'kubectl hostns list --node kube-node-'],
      ['kubectl hostns list --context ho', 'kubectl hostns list --context hostns '],
      ['kubectl hostns verify pod-use-hostn', 'kubectl hostns verify pod-use-hostnetwork'],
      ['kubectl hostns verify pod-use-hostnetwork-', 'kubectl hostns verify pod-use-hostnetwork-2 '],
      ['kubectl hostns verify plain-1 plain-', 'kubectl hostns verify plain-1 plain-2 '],
      ['kubectl hostns verify dep', 'kubectl hostns verify deployment/'],
      ['kubectl hostns verify pod/leaky-2 pod/leaky-', 'kubectl hostns verify pod/leaky-2 pod/leaky-1 '],
      [
        'kubectl hostns ifconfig pod-use-hostnetwork -c my',
        'kubectl hostns ifconfig pod-use-hostnetwork -c myapp ',
      ],
      ['kubectl hostns list --kubeconfig pod', 'kubectl hostns list --kubeconfig pods.txt '],
      ['kubectl hostns list -f we', 'kubectl hostns list -f web.yaml '],
      // Where there is nothing to offer, there are no files either.
      ['kubectl hostns list pod', 'kubectl hostns list pod'],
      ['kubectl hostns verify -A pod', 'kubectl hostns verify -A pod'],
    ])('makes of "%s" "%s"', async (line, completed) => {
      expect((await terminal.complete(line)).line).toBe(completed);
    });

    test('goes on with a list', async () => {
      const { line } = await terminal.complete('kubectl hostns list --shares network,pi');
      // kubectl's completion for bash escapes more than it must; the word is the same.
      expect(line.replace('\\,', ',')).toBe('kubectl hostns list --shares network,pid ');
    });

    test('shows what can be meant', async () => {
      const { shown } = await terminal.complete('kubectl hostns ver');
      expect(shown).toMatch(/verify .*Check whether Pods share/);
      expect(shown).toMatch(/version .*Show the version/);
      const pods = await terminal.complete('kubectl hostns verify pod-use-hostnetwork');
      expect(pods.shown).toMatch(/pod-use-hostnetwork\s[^]*pod-use-hostnetwork-2/);
    });

    test.each(['https://127.0.0.1:1', 'https://192.0.2.77', 'no:address:at:all'])(
      'is silent, and not for long, where %s does not answer',
      async (server) => {
        const line = `kubectl hostns --server=${server} verify pod`;
        const { line: completed, shown, milliseconds } = await terminal.complete(line);
        expect(completed).toBe(line);
        expect(shown).not.toMatch(/error|cannot|pods\.txt/i);
        expect(milliseconds).toBeLessThan(5000);
      },
    );
  });
});
