import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepsOf } from '../support/console-blocks.ts';
import { ask, describeOnOwnCluster, kubectl, probes, runInShell } from './cluster.ts';

const ours = describeOnOwnCluster('the tutorial, whose output is of kube-node-2 of our own cluster.');

const [english, chinese] = ['tutorial.md', 'tutorial.zh-CN.md'].map((page) =>
  stepsOf(readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8')),
);
const clusterPods = join(import.meta.dirname, 'pods.yaml');

/** The objects that the tutorial creates, as arguments of `kubectl get` and `kubectl delete`. */
const TUTORIAL_OBJECTS = [
  'pod/pod-use-hostnetwork',
  'pod/pod-use-own-network',
  'rolebinding/jane-edit',
] as const;

/** The parts of an output that differ from run to run, and what replaces them before the comparison. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  // Column widths depend on the words in the column. ifconfig ends some lines with a space.
  [/ +/g, ' '],
  [/ $/gm, ''],
  [/\b((?:packets|errors|dropped|overruns|frame|carrier|collisions|bytes):)\d+(?: \([^)]*\))?/g, '$1N'],
  // Counters are the same in two readings only while the interface is idle.
  [/\byes, same counters\b/g, 'yes'],
  [/\b(net|pid|ipc):\[\d+\]/g, '$1:[INODE]'],
  // Pods of other suites keep their veth until the kubelet has stopped them.
  [/^(?:veth\w+ Link .*\n(?: .*\n)+\n)+/gm, 'VETH\n\n'],
  [/^veth(?:\w+|\* \(\d+\))((?: (?:\([a-z -]+\)|yes))+).*$/gm, 'VETH$1'],
  // The bridge plugin chooses the hardware addresses of cni0 and of the eth0 of a Pod. The other devices have fixed ones.
  [/(?<=^(?:cni0|eth0) Link encap:Ethernet HWaddr )\S+/gm, 'MAC'],
  [/(?<=^(?:cni0|eth0) Link .*\n .*\n inet6 addr: )fe80::\S+/gm, 'LINK-LOCAL'],
  [/(?<=^(?:cni0|eth0) .*)fe80::\S+/gm, 'LINK-LOCAL'],
  // 10.244.3.0 is flannel.1, 10.244.3.1 is cni0, and the Pods get the addresses after these.
  [/\b10\.244\.3\.(?:[2-9]|\d{2,3})\b/g, 'POD-IP'],
  // The age in a row of `list`.
  [/(?<= Running )(?:\d+[smh])+$/gm, 'AGE'],
];

function withoutVariableParts(output: string): string {
  return VARIABLE.reduce((text, [pattern, replacement]) => text.replaceAll(pattern, replacement), output);
}

test('both pages of the tutorial have the same commands and outputs', () => {
  expect(chinese).toEqual(english);
  expect(english).not.toEqual([]);
});

ours('the tutorial', () => {
  beforeAll(() => {
    // The tutorial starts on a cluster without Pods, and its Pod needs port 80 of the node and the name of another Pod.
    ask('delete', '-f', clusterPods, '--ignore-not-found', '--now');
    // The page shows the devices of kube-node-2, and its manifest leaves the node to the scheduler.
    ask('cordon', 'kube-node-1');
  });

  afterAll(() => {
    // In case a step failed. Otherwise the page has deleted them.
    kubectl(['delete', ...TUTORIAL_OBJECTS, '--ignore-not-found', '--now']);
    ask('uncordon', 'kube-node-1');
    ask('apply', '-f', clusterPods);
    ask('wait', '--for=condition=Ready', '-f', clusterPods, '--timeout=90s');
  });

  test.each(english ?? [])('$command', ({ command, output }) => {
    // The cluster has no registry to pull the default image of the probe Pod from.
    const image = command.includes('--probe') ? ' --probe-image e2e.local/busybox:1' : '';
    expect(withoutVariableParts(runInShell(command + image))).toBe(withoutVariableParts(output));
  });

  test('the tutorial leaves nothing behind', () => {
    expect(ask('get', ...TUTORIAL_OBJECTS, '--ignore-not-found', '-o', 'name')).toBe('');
    expect(probes()).toEqual([]);
  });
});
