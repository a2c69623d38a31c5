import { writeFileSync } from 'node:fs';
import { writeOwnExecutable } from '../executable.ts';
import { compare, kubectlWith, ours, scratchFile, type Subject } from './measure.ts';

/** A Pod of test/cluster/pods.yaml whose verdicts all match, so that the exit code is 0. */
export const TUTORIAL_POD = 'pod-use-hostnetwork';

/** Measures the start-up, small lists, and one Pod. */
export function smallCluster(runs: number): void {
  const program = scratchFile('empty.cjs');
  const empty = scratchFile('empty');
  writeFileSync(program, '');
  writeOwnExecutable(program, empty);
  const nothing: Subject = { name: 'an executable that does nothing', command: [empty] };
  compare(runs, [
    [nothing, kubectlWith('version', '--client'), '-'],
    [ours('version', '--client'), kubectlWith('version', '--client'), '<= 0.4'],
    [ours('--help'), kubectlWith('version', '--client'), '<= 0.6'],
    [ours('list'), kubectlWith('get', 'pods'), '<= 0.8'],
    [ours('list', '-A', '-o', 'json'), kubectlWith('get', 'pods', '-A', '-o', 'json'), '<= 1'],
    [ours('verify', TUTORIAL_POD), kubectlWith('exec', TUTORIAL_POD, '--', 'ifconfig'), '<= 1.1'],
    [ours('ifconfig', TUTORIAL_POD), kubectlWith('exec', TUTORIAL_POD, '--', 'ifconfig'), '<= 1'],
  ]);
}
