import { writeFileSync } from 'node:fs';
import { writeExecutable } from '../executable.ts';
import { compare, kubectlWith, ours, scratchFile, type Subject } from './measure.ts';

/** Of test/cluster/pods.yaml; a Pod of which every verdict is a match, so that the exit code is 0. */
const TUTORIAL_POD = 'pod-use-hostnetwork';

/** Start-up, small lists, and one Pod. */
export function smallCluster(runs: number): void {
  const program = scratchFile('empty.cjs');
  const empty = scratchFile('empty');
  writeFileSync(program, '');
  writeExecutable({ program, caches: new Map(), node: process.execPath, output: empty });
  const nothing: Subject = { name: 'an executable that does nothing', command: [empty] };
  compare(runs, [
    [nothing, kubectlWith('version', '--client'), '-'],
    [ours('version', '--client'), kubectlWith('version', '--client'), '<= 0.9'],
    [ours('--help'), kubectlWith('version', '--client'), '<= 1'],
    [ours('list'), kubectlWith('get', 'pods'), '<= 1'],
    [ours('list', '-A', '-o', 'json'), kubectlWith('get', 'pods', '-A', '-o', 'json'), '<= 1'],
    [ours('verify', TUTORIAL_POD), kubectlWith('exec', TUTORIAL_POD, '--', 'ifconfig'), '<= 1.2'],
    [ours('ifconfig', TUTORIAL_POD), kubectlWith('exec', TUTORIAL_POD, '--', 'ifconfig'), '<= 1.2'],
  ]);
}
