import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare, kubeconfig, kubectlWith, ours, scratchFile, type Subject } from './measure.ts';
import { TUTORIAL_POD } from './small-cluster.ts';

/** Delay of one direction. A round trip takes twice as long. */
const DELAY_MILLISECONDS = 50;

/** Measures one Pod and small lists with 100 ms of latency to the API server. */
export async function roundTrips(runs: number): Promise<void> {
  const [, host = '', port = ''] =
    /server: "?https:\/\/([^:"]+):(\d+)/.exec(readFileSync(kubeconfig, 'utf8')) ?? [];
  const proxy = spawn(
    process.execPath,
    [join(import.meta.dirname, 'delay-proxy.ts'), host, port, String(DELAY_MILLISECONDS)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  try {
    const [own] = (await once(proxy.stdout, 'data')) as [Buffer]; // The port is its first line.
    const slow = scratchFile('slow.conf');
    const config = readFileSync(kubeconfig, 'utf8');
    writeFileSync(slow, config.replace(`${host}:${port}`, `${host}:${own.toString().trim()}`), {
      mode: 0o600,
    });
    const far = ({ name, command }: Subject): Subject => ({
      name: `${name}, 100 ms away`,
      command: [...command.slice(0, 1), '--kubeconfig', slow, ...command.slice(1)],
    });
    const exec = far(kubectlWith('exec', TUTORIAL_POD, '--', 'ifconfig'));
    compare(runs, [
      [far(ours('list')), far(kubectlWith('get', 'pods')), '<= 1'],
      [far(ours('verify', TUTORIAL_POD)), exec, '<= 1'],
      [far(ours('ifconfig', TUTORIAL_POD)), exec, '<= 1'],
    ]);
  } finally {
    proxy.kill();
  }
}
