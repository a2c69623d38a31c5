import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { recordedPods, recordedStatuses, recordedVersion } from '../api-server/recorded.ts';
import { testCluster } from './cluster.ts';
import { pathOf, shares } from './expected.ts';

const cluster = testCluster();
const EVERYTHING = ['list', '-A', '--show-completed'];

describe('-o json', () => {
  test('says of every Pod what its JSON in the cluster says', async () => {
    const { code, stdout, stderr } = await cluster.run([...EVERYTHING, '-o', 'json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      apiVersion: 'kubectl-hostns/v1',
      kind: 'SharingPodList',
      metadata: { resourceVersion: String(recordedVersion) },
      items: recordedPods
        .map(({ json }) => json)
        .filter((pod) => shares(pod).length > 0)
        .map((pod) => {
          const { metadata, spec, status } = pod;
          const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
          return {
            namespace: metadata.namespace,
            name: metadata.name,
            uid: metadata.uid,
            node: spec.nodeName ?? null,
            shares: shares(pod),
            phase: status.phase,
            status: recordedStatuses[pathOf(pod)],
            nodeIP: status.hostIP ?? null,
            podIP: status.podIP ?? null,
            owner: owner === undefined ? null : { kind: owner.kind, name: owner.name },
            runtimeClass: spec.runtimeClassName ?? null,
            hostPorts: [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ name, ports = [] }) =>
              ports.flatMap(({ hostPort, protocol }) =>
                hostPort === undefined ? [] : [{ port: hostPort, protocol, container: name }],
              ),
            ),
            labels: metadata.labels ?? {},
            createdAt: metadata.creationTimestamp,
          };
        }),
    });
  });
});

describe('-o yaml', () => {
  test('is the same document as -o json', async () => {
    const { stdout: yaml } = await cluster.run([...EVERYTHING, '-o', 'yaml']);
    const { stdout: json } = await cluster.run([...EVERYTHING, '-o', 'json']);
    expect(yaml).toMatch(/^apiVersion: kubectl-hostns\/v1\nkind: SharingPodList\n/);
    expect(load(yaml)).toEqual(JSON.parse(json));
  });
});

describe('a server that answers JSON although protobuf was asked for', () => {
  test.each([
    [['-otable']],
    [['-owide', '--show-labels']],
    [['-ojson']],
    [['-oyaml']],
    [['-oname']],
    [['-otable', '--sort-by=.status.podIP']],
  ])('is read to the same bytes: %j', async (format) => {
    const protobuf = await cluster.run([...EVERYTHING, ...format]);
    cluster.server.respond = () => ({ kind: 'json' });
    expect(await cluster.run([...EVERYTHING, ...format])).toEqual(protobuf);
    expect(protobuf.stdout.length).toBeGreaterThan(400);
  });
});
