import { describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { testCluster } from './cluster.ts';
import { Collector, inProcessTest, programCommand, type Screen } from './run.ts';

const cluster = testCluster();

const [command, ...args] = programCommand.map((part) => (part.endsWith('.ts') ? resolve(part) : part));

/** A user that the machine does not know. */
const UNKNOWN_USER = 54_321;
const isRoot = process.getuid?.() === 0;
if (!isRoot)
  process.stderr.write('Skipped: users without an entry in /etc/passwd, which only root can become.\n');

const REPORT = ` Please report it at ${manifest.bugs} with the output of -v=6.\n`;

interface Place {
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  readonly user?: number;
  /** A module that is loaded before the program. */
  readonly before?: string;
}

async function runIn(
  argv: readonly string[],
  { environment = {}, directory = '/', user, before }: Place,
): Promise<Screen> {
  const preload = before === undefined ? [] : ['--require', before];
  const child = spawn(command ?? '', [...preload, ...args, ...argv], {
    cwd: directory,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  const [stdout, stderr] = [new Collector(), new Collector()];
  child.stdout.pipe(stdout);
  child.stderr.pipe(stderr);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, stdout: stdout.text, stderr: stderr.text };
}

describe('without HOME', () => {
  (isRoot ? test : test.skip).each([[['--help']], [['version', '--client']], [['completion']]])(
    '%j works for a user without an entry in /etc/passwd',
    async (argv) => {
      const { code, stdout } = await runIn(argv, { user: UNKNOWN_USER });
      expect(code).toBe(0);
      expect(stdout).not.toBe('');
    },
  );

  test.each([[{}], [{ HOME: '' }]])('%j, KUBECONFIG is read', async (home) => {
    const { code, stderr } = await runIn(['list'], {
      environment: { ...home, KUBECONFIG: '/nowhere/config' },
    });
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining('no context is chosen in /nowhere/config'),
    });
  });

  test('.kube/config of the current directory is read, as kubectl does', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hostns-no-home-'));
    const missing = await runIn(['list'], { directory });
    expect(missing.code).toBe(3);
    expect(missing.stderr).toContain(`no context is chosen in ${join(directory, '.kube', 'config')}`);
    await mkdir(join(directory, '.kube'));
    await writeFile(join(directory, '.kube', 'config'), 'current-context: here\ncontexts: [{name: here}]\n');
    const found = await runIn(['list'], { directory });
    expect(found.stderr).toContain('The context "here" in');
    await rm(directory, { recursive: true });
  });
});

/** Nothing can be loaded into the executable. */
describe('an internal error is reported and exits with 3', () => {
  inProcessTest.each([
    ['that is thrown in a callback', `setTimeout(() => { throw new Error('broken'); }, 1500);`],
    [
      'in a promise that nothing handles',
      `setTimeout(() => void Promise.reject(new Error('broken.')), 1500);`,
    ],
    ['of another type', `setTimeout(() => { throw 'broken'; }, 1500);`],
  ])('%s', async (_, code) => {
    cluster.server.respond = () => ({ kind: 'unanswered' });
    const environment = { KUBECONFIG: await cluster.kubeconfig() };
    const end = await runIn(['list'], { environment, before: await cluster.file(code) });
    expect(end.code).toBe(3);
    expect(end.stderr).toContain(`error: Internal error: broken.${REPORT}`);
  });

  inProcessTest('when the event loop ends before the command', async () => {
    const before = await cluster.file(`
      require('node:fs/promises').readFile = () => new Promise(() => undefined);
      require('node:module').syncBuiltinESMExports();`);
    const { code, stderr } = await runIn(['list'], { environment: { KUBECONFIG: '/dev/null' }, before });
    expect(code).toBe(3);
    expect(stderr).toContain(`error: Internal error: The event loop ended before the command.${REPORT}`);
  });
});
