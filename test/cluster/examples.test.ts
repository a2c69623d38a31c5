import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../../src/cli/parse.ts';
import {
  adminKubeconfig,
  apply,
  ask,
  describeOnOwnCluster,
  eventually,
  kubectl,
  PROBE,
  startHostns,
} from './cluster.ts';

const ours = describeOnOwnCluster('the examples of the help, for they name Pods and nodes of ours.');

/** What the examples speak of and the cluster has not. */
const web = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-1', namespace: 'default', labels: { app: 'web' } },
  spec: {
    nodeName: 'kube-node-2',
    terminationGracePeriodSeconds: 0,
    containers: ['web', 'proxy'].map(container),
  },
};
const kubeProxy = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'kube-proxy', namespace: 'kube-system' },
  spec: {
    selector: { matchLabels: { app: 'kube-proxy' } },
    template: {
      metadata: { labels: { app: 'kube-proxy' } },
      spec: { hostNetwork: true, terminationGracePeriodSeconds: 0, containers: [container('kube-proxy')] },
    },
  },
};

function container(name: string): object {
  return { name, image: 'e2e.local/busybox:1', imagePullPolicy: 'Never' };
}

/** Exit codes of a command that has done what it was asked for, whatever it has found. */
const DONE = [0, 1, 2];

ours('the examples of the help', () => {
  beforeAll(async () => {
    apply(web, kubeProxy);
    await eventually(
      'they run',
      () =>
        ask('get', 'pod', 'web-1', '--no-headers').includes('2/2') &&
        ask('get', 'ds', 'kube-proxy', '-n', 'kube-system', '-o', 'jsonpath={.status.numberReady}') === '2',
    );
  });
  afterAll(() => {
    ask('delete', 'pod', 'web-1', '--force', '--grace-period=0');
    ask('delete', 'daemonset', 'kube-proxy', '-n', 'kube-system');
  });

  const examples = commands.flatMap(({ name, examples: own }) =>
    own.map(({ command }) => [name, command] as const),
  );

  test.each(examples)('of %s: %s', async (_, line) => {
    // The cluster reaches no registry.
    const image = line.includes('--probe') ? PROBE.slice(1) : [];
    const [, ...argv] = [...line.split(' '), ...image];
    if (argv.some((word) => ['-w', '--watch', '--watch-only'].includes(word))) {
      const watch = startHostns(...argv.slice(1));
      await eventually('there are rows', () => watch.stdout() !== '');
      expect(await watch.end('SIGINT')).toMatchObject({ code: 130, stderr: '' });
      return;
    }
    const manifest = readFileSync(
      join(import.meta.dirname, '../../examples/pod-use-hostnetwork.yaml'),
      'utf8',
    );
    const { code, stdout, stderr } = kubectl(argv, adminKubeconfig, manifest);
    expect({ stderr, isDone: DONE.includes(code ?? -1) }).toEqual({
      stderr: expect.any(String),
      isDone: true,
    });
    expect(stdout).not.toBe('');
    expect(stderr).not.toMatch(/^error/m);
  });
});

describe('the help', () => {
  test.each(commands.map(({ name }) => name))('of %s shows its examples', (name) => {
    const { code, stdout } = kubectl(['hostns', name, '--help']);
    expect(code).toBe(0);
    for (const { command } of commands.find((one) => one.name === name)?.examples ?? []) {
      // It may be broken into lines.
      for (const word of command.split(' ')) expect(stdout.split(/\s+/)).toContain(word);
    }
  });
});
