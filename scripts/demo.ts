/**
 * `npm run demo`: shows `kubectl hostns` on a machine without a cluster. It runs the released program, dist/main.cjs, with the
 * recorded cluster of the tests.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCode, type ExitCode } from '../src/errors.ts';
import { base64, kubeconfig } from '../test/api-server/kubeconfig.ts';
import { startApiServer } from '../test/api-server/server.ts';
import { tokenOf } from '../test/api-server/users.ts';

const program = join(import.meta.dirname, '..', 'dist', 'main.cjs');

interface Step {
  readonly says: string;
  readonly words: readonly string[];
  /** The user of the recorded cluster who types it. */
  readonly user: string;
  readonly exitCode: ExitCode;
}

const STEPS: readonly Step[] = [
  {
    says: 'Every live Pod that shares the network, PID or IPC namespace of its node:',
    words: ['list', '-A'],
    user: 'admin',
    exitCode: exitCode.ok,
  },
  {
    says: 'Those that share PID or IPC, with owner, addresses and ports:',
    words: ['list', '-A', '-o', 'wide', '--shares', 'pid,ipc'],
    user: 'admin',
    exitCode: exitCode.ok,
  },
  {
    says: "What ifconfig shows in the tutorial's Pod, which is in the network of its node:",
    words: ['ifconfig', 'pod-use-hostnetwork-2', 'ens192'],
    user: 'admin',
    exitCode: exitCode.ok,
  },
  {
    says: 'Is it what it declares? The kubelet sees it from outside, the container from inside:',
    words: ['verify', 'pod-use-hostnetwork-2'],
    user: 'admin',
    // Both recorded nodes run on one machine, which leaves ipc open.
    exitCode: exitCode.inconclusive,
  },
  {
    says: 'One declares hostNetwork and does not have it, one declares nothing and has it all:',
    words: ['verify', 'stubborn-2', 'leaky-2'],
    user: 'admin',
    exitCode: exitCode.mismatch,
  },
  {
    says: 'Beyond doubt, by a Pod of ours on the node, whatever the image: this one has no shell.',
    words: ['verify', 'distroless-net-2', '--probe'],
    user: 'admin',
    exitCode: exitCode.ok,
  },
  {
    says: 'Every Pod of a node, one line each, by one request to its kubelet:',
    words: ['verify', '--all', '-A', '--node', 'kube-node-2', '--no-exec'],
    user: 'admin',
    exitCode: exitCode.mismatch,
  },
  {
    says: 'For programs:',
    words: ['list', '-o', 'yaml', '--field-selector', 'metadata.name=pod-use-hostnetwork-2'],
    user: 'admin',
    exitCode: exitCode.ok,
  },
  {
    says: 'As a user who may not list Pods:',
    words: ['list', '-A'],
    user: 'viewer',
    exitCode: exitCode.failed,
  },
];

async function runDemo(): Promise<void> {
  console.log('This is a recorded cluster, served from this machine; nothing here is live.');
  // Always: what an older build shows is not what is there.
  execFileSync(process.execPath, [join(import.meta.dirname, 'build.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const folder = await mkdtemp(join(tmpdir(), 'hostns-demo-'));
  const { server, authority } = await startApiServer();
  try {
    const cluster = {
      server: server.url,
      'certificate-authority-data': base64(authority.certificate),
    };
    for (const { says, words, user, exitCode: expected } of STEPS) {
      const path = join(folder, user);
      await writeFile(path, kubeconfig({ cluster, user: { token: tokenOf(user) } }));
      console.log(`\n# ${says}\n$ kubectl hostns ${words.join(' ')}`);
      const code = await typed(words, path);
      if (code !== expected)
        throw new Error(`It ended with ${String(code)} and should have with ${String(expected)}.`);
    }
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the program on this terminal, and returns its exit code. */
function typed(words: readonly string[], path: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...words], {
      env: { ...process.env, KUBECONFIG: path },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', resolve);
  });
}

await runDemo();
