import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { base64, kubeconfig } from '../api-server/kubeconfig.ts';
import { startApiServer } from '../api-server/server.ts';
import { tokenOf } from '../api-server/users.ts';
import { canFetchNode, fetchNode, folderOfOwnNode, versionIn } from './node-releases.ts';
import { npm, root } from './npm.ts';
import { pack } from './pack.ts';

const scratch = mkdtempSync(join(tmpdir(), 'hostns-package-'));
const prefix = join(scratch, 'prefix');
const home = join(scratch, 'home');

/**
 * The least that `engines` allows; one of 24 that lacks a function which the former has; and the newest of 24. The last
 * is the one that runs this.
 */
const FETCHED = ['22.19.0', '24.4.1', '24.21.0'];
const versions = [...(canFetchNode ? FETCHED : []), process.versions.node];
if (!canFetchNode) {
  process.stderr.write(
    `Not tried on Node.js ${FETCHED.join(', ')}: they are fetched for Linux on x64, and this is ${process.platform} on ${process.arch}.\n`,
  );
}

const ownNode = folderOfOwnNode();
const ownVersion = ownNode === undefined ? undefined : versionIn(ownNode);
const isOld = ownVersion !== undefined && Number(ownVersion.split('.')[0]) < 22;
if (!isOld) {
  process.stderr.write(
    `Not tried on an old Node.js: this machine's own is ${ownVersion ?? 'missing'}, and would have to be older than 22.\n`,
  );
}

beforeAll(() => {
  npm('install', '--global', '--prefix', prefix, '--offline', '--ignore-scripts', pack(scratch).tarball);
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Types a command where PATH has the installed program and one Node.js, and nothing else. */
function type(node: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const PATH = [join(prefix, 'bin'), node].join(delimiter);
    execFile(
      join(prefix, 'bin/kubectl-hostns'),
      args,
      { cwd: root, env: { PATH, HOME: home, ...env } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === 'number') resolve({ code, stdout, stderr });
        else reject(error ?? new Error('It was killed.'));
      },
    );
  });
}

// Standard error is compared whole, so that a warning of Node.js is a failure.
describe.each(versions)('installed, on Node.js %s', (version) => {
  let node: string;

  beforeAll(() => {
    node = version === process.versions.node ? dirname(process.execPath) : fetchNode(version, scratch);
    expect(versionIn(node)).toBe(version);
  });

  test('it says its version', async () => {
    expect(await type(node, ['version', '--client'])).toEqual({
      code: 0,
      stdout: `Client Version: ${manifest.version}\n`,
      stderr: '',
    });
  });

  test('it shows its help', async () => {
    const { code, stdout, stderr } = await type(node, ['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: kubectl hostns');
  });

  test('it reads a manifest', async () => {
    expect(await type(node, ['list', '-f', 'examples/pod-use-hostnetwork.yaml', '-o', 'name'])).toEqual({
      code: 0,
      stdout: 'pod/pod-use-hostnetwork\n',
      stderr: '',
    });
  });

  test('it lists from an API server', async () => {
    const { server, authority } = await startApiServer();
    try {
      const config = join(scratch, 'kubeconfig');
      const cluster = {
        server: server.url,
        'certificate-authority-data': base64(authority.certificate),
      };
      writeFileSync(config, kubeconfig({ cluster, user: { token: tokenOf('admin') } }));
      const args = ['list', '--node', 'kube-node-2', '--shares', 'network', '-o', 'name'];
      expect(await type(node, args, { KUBECONFIG: config })).toEqual({
        code: 0,
        stdout: 'pod/distroless-net-2\npod/pod-use-hostnetwork-2\npod/stubborn-2\n',
        stderr: '',
      });
    } finally {
      await server.close();
    }
  });

  test('it prints the helper of completion', async () => {
    const { code, stdout, stderr } = await type(node, ['completion']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^To install it /) });
    expect(stderr).not.toContain('Warning');
    expect(stdout).toMatch(/^#!\/bin\/sh\n/);
  });

  test('it does not know a flag', async () => {
    expect(await type(node, ['list', '--frob'])).toEqual({
      code: 4,
      stdout: '',
      stderr: "error: unknown flag: --frob. Run 'kubectl hostns list --help' for the list of flags.\n",
    });
  });
});

(isOld ? test : test.skip)('installed, on a Node.js older than it needs, it says so', async () => {
  expect(await type(ownNode ?? '', ['version', '--client'])).toEqual({
    code: 3,
    stdout: '',
    stderr: `error: kubectl-hostns needs Node.js 22.19 or newer, and this is ${ownVersion ?? ''}.\n`,
  });
});

test('uninstalled, it leaves no file behind', () => {
  expect(globSync('**/kubectl-hostns', { cwd: prefix })).not.toEqual([]);
  npm('uninstall', '--global', '--prefix', prefix, manifest.name);
  const left = globSync('**', { cwd: prefix, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  expect(left.map(({ name }) => name)).toEqual([]);
});
