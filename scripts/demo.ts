/**
 * `npm run demo`: what `kubectl hostns` shows, on a machine without a cluster. It runs the program that
 * ships, dist/main.cjs, against the recorded cluster of the tests.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { base64, kubeconfig } from '../test/api-server/kubeconfig.ts';
import { startApiServer } from '../test/api-server/server.ts';
import { tokenOf } from '../test/api-server/users.ts';

const program = join(import.meta.dirname, '..', 'dist', 'main.cjs');

interface Step {
  readonly says: string;
  readonly words: readonly string[];
  /** The user of the recorded cluster who types it. */
  readonly user: string;
}

const STEPS: readonly Step[] = [
  {
    says: 'Every live Pod that shares the network, PID or IPC namespace of its node:',
    words: ['list', '-A'],
    user: 'admin',
  },
  {
    says: 'Those that share PID or IPC, with owner, addresses and ports:',
    words: ['list', '-A', '-o', 'wide', '--shares', 'pid,ipc'],
    user: 'admin',
  },
  {
    says: 'For programs:',
    words: ['list', '-o', 'yaml', '--field-selector', 'metadata.name=pod-use-hostnetwork'],
    user: 'admin',
  },
  { says: 'As a user who may not list Pods:', words: ['list', '-A'], user: 'viewer' },
];

async function runDemo(): Promise<void> {
  if (!existsSync(program)) {
    console.error('Building dist/main.cjs first...');
    execFileSync(process.execPath, [join(import.meta.dirname, 'build.ts')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  console.log('This is a recorded cluster, served from this machine; nothing here is live.');
  const folder = await mkdtemp(join(tmpdir(), 'hostns-demo-'));
  const { server, authority } = await startApiServer();
  try {
    const cluster = {
      server: server.url,
      'certificate-authority-data': base64(authority.certificate),
    };
    for (const { says, words, user } of STEPS) {
      const path = join(folder, user);
      await writeFile(path, kubeconfig({ cluster, user: { token: tokenOf(user) } }));
      console.log(`\n# ${says}\n$ kubectl hostns ${words.join(' ')}`);
      await typed(words, path);
    }
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the program on this terminal. What it says of an error is a part of the demo, not the demo's failure. */
function typed(words: readonly string[], path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...words], {
      env: { ...process.env, KUBECONFIG: path },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', () => {
      resolve();
    });
  });
}

await runDemo();
