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

describe('a template', () => {
  const TEMPLATE = '{range .items[*]}{.namespace}/{.name}{"\\n"}{end}';

  test('prints parts of the document that -o json prints', async () => {
    const { stdout: json } = await cluster.run([...EVERYTHING, '-o', 'json']);
    const { items } = JSON.parse(json) as { readonly items: readonly Record<string, string>[] };
    expect(await cluster.run([...EVERYTHING, '-o', `jsonpath=${TEMPLATE}`])).toEqual({
      code: 0,
      stdout: items.map(({ namespace, name }) => `${String(namespace)}/${String(name)}\n`).join(''),
      stderr: '',
    });
  });

  test('may be a file', async () => {
    const template = await cluster.file(TEMPLATE);
    expect(await cluster.run([...EVERYTHING, '-o', `jsonpath-file=${template}`])).toEqual(
      await cluster.run([...EVERYTHING, '-o', `jsonpath=${TEMPLATE}`]),
    );
    const columns = await cluster.file('NAME NODE\n.name .node\n');
    expect(await cluster.run(['list', '-o', `custom-columns-file=${columns}`])).toEqual(
      await cluster.run(['list', '-o', 'custom-columns=NAME:.name,NODE:.node']),
    );
  });

  test('of custom columns makes a table', async () => {
    expect(await cluster.run(['list', '-o', 'custom-columns=POD:.name,SHARES:.shares[*],X:.x'])).toEqual({
      code: 0,
      stdout: `\
POD                     SHARES    X
distroless-net-2        network   <none>
pod-use-hostnetwork-2   network   <none>
stubborn-2              network   <none>
`,
      stderr: '',
    });
    const { stdout } = await cluster.run(['list', '--no-headers', '-o', 'custom-columns=POD:.name']);
    expect(stdout).toBe('distroless-net-2\npod-use-hostnetwork-2\nstubborn-2\n');
  });

  test('prints a list of values as JSON', async () => {
    const { stdout } = await cluster.run(['list', '-o', 'jsonpath-as-json={.items[*].name}']);
    expect(JSON.parse(stdout)).toEqual(['distroless-net-2', 'pod-use-hostnetwork-2', 'stubborn-2']);
  });

  test('prints verdicts', async () => {
    const argv = ['verify', '--all', '--no-exec', '-l', 'app=web', '-n', 'shop', '-o'];
    const { stdout: json } = await cluster.run([...argv, 'json']);
    const { items } = JSON.parse(json) as { readonly items: readonly Record<string, unknown>[] };
    const { stdout } = await cluster.run([...argv, 'custom-columns=NAME:.name,VERDICT:.verdict']);
    expect(
      stdout
        .split('\n')
        .slice(1, -1)
        .map((line) => line.split(/ +/)),
    ).toEqual(items.map(({ name, verdict }) => [name, verdict ?? '<nil>']));
  });

  test.each([
    [['list', '-o', 'jsonpath={.items['], 4, 'invalid template for -o jsonpath: unterminated array'],
    [['list', '-o', 'jsonpath='], 4, '-o jsonpath needs a template: -o jsonpath=TEMPLATE'],
    [
      ['list', '-o', 'custom-columns'],
      4,
      '-o custom-columns needs a template: -o custom-columns=TITLE:PATH,…',
    ],
    [
      ['list', '-o', 'jsonpath={.kind[0]}'],
      3,
      'Cannot apply the template of -o jsonpath: string is not array or slice.',
    ],
    [
      ['list', '-o', 'jsonpath-file=/no/such'],
      3,
      'Cannot read the template file /no/such: there is no such file.',
    ],
    [
      ['verify', 'plain-2', '--probe', '--dry-run=client', '-o', 'jsonpath={.a}'],
      4,
      'The flag --dry-run cannot be combined with -o jsonpath. Use -o table, wide, json, yaml.',
    ],
  ] as const)('is refused: %j', async (argv, code, message) => {
    expect(await cluster.run(argv)).toEqual({ code, stdout: '', stderr: `error: ${message}\n` });
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
