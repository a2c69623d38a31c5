import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import {
  compare,
  environment,
  hostns,
  kubectl,
  kubectlWith,
  ours,
  scratchFile,
  type Subject,
} from './measure.ts';

/** Number of Pods that the kubelet accepts in addition to the existing ones. */
const CROWD = 100;

/** Verifies a hundred Pods in the network of one node, with one request to the kubelet, and with eight execs at a time. */
export function crowd(runs: number): void {
  const namespace = 'hostns-bench';
  const names = Array.from({ length: CROWD }, (_, index) => `sharing-${String(index)}`);
  const cluster = (...args: readonly string[]): void => {
    execFileSync(kubectl, args, { env: environment, stdio: 'ignore' });
  };
  const manifest = scratchFile('crowd.json');
  const pods = names.map((name) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      nodeName: 'kube-node-2',
      hostNetwork: true,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'c', image: 'e2e.local/busybox:1', imagePullPolicy: 'Never' }],
    },
  }));
  writeFileSync(manifest, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: pods }));
  const remove = (): void => {
    cluster('delete', 'namespace', namespace, '--ignore-not-found');
  };
  // What a run has left that was killed.
  remove();
  cluster('create', 'namespace', namespace);
  try {
    cluster('wait', '--for=create', 'serviceaccount/default', '-n', namespace, '--timeout=60s');
    cluster('create', '-f', manifest);
    cluster('wait', '--for=condition=Ready', 'pods', '--all', '-n', namespace, '--timeout=300s');
    const scope = ['--all', '-n', namespace];
    untilSampled(names.length, namespace);
    const summary = kubectlWith('get', '--raw', '/api/v1/nodes/kube-node-2/proxy/stats/summary');
    const loop = `for name in ${names.join(' ')}; do '${kubectl}' exec -n ${namespace} "$name" -- ifconfig; done`;
    const oneByOne: Subject = { name: '100 kubectl exec, one by one', command: ['bash', '-ec', loop] };
    compare(runs, [
      [ours('verify', ...scope, '--no-exec'), summary, '<= 2'],
      [ours('verify', ...scope), oneByOne, '<= 0.25'],
      [ours('verify', ...scope, '--probe', '--probe-image', 'e2e.local/busybox:1'), oneByOne, '<= 0.25'],
      // What the kubelet cannot tell is asked of each of them.
      [ours('verify', ...scope, '--expect', 'pid=own'), oneByOne, '-'],
    ]);
  } finally {
    remove();
  }
}

/** The kubelet takes a first sample of a Pod 10 s to 20 s after its start. */
function untilSampled(count: number, namespace: string): void {
  const args = ['verify', '--all', '-n', namespace, '--no-exec'];
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const { stdout } = spawnSync(hostns, args, { env: environment, encoding: 'utf8' });
    if (stdout.includes(`${String(count)} Pods: ${String(count)} match`)) return;
    execFileSync('sleep', ['1']);
  }
  throw new Error('The kubelet does not tell of every Pod.');
}
