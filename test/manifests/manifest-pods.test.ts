import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PodManifest } from '../../src/model/pod-manifest.ts';
import { hostPorts } from '../../src/model/host-ports.ts';
import { ManifestError, ManifestWarning } from '../../src/manifests/manifest-error.ts';
import { podManifests } from '../../src/manifests/manifest-pods.ts';

/** `2.items[1] Pod/web`, `7: the reason`, or `warning 7: the reason`. */
function shown(text: string, isNamed = true): readonly string[] {
  return Array.from(podManifests(text, isNamed), (found) => {
    if (found instanceof ManifestError) return `${String(found.line)}: ${found.message}`;
    if (found instanceof ManifestWarning) return `warning ${String(found.line)}: ${found.message}`;
    return `${String(found.document)}${found.path === '' ? '' : `.${found.path}`} ${found.kind}/${found.name}`;
  });
}

function one(text: string): PodManifest {
  const [found] = podManifests(text);
  if (found === undefined || found instanceof ManifestError || found instanceof ManifestWarning)
    throw new Error(found?.message ?? 'there is none');
  return found;
}

const HOST_PID = { metadata: { labels: { app: 'x' } }, spec: { hostPID: true, containers: [] } };

describe('who makes Pods', () => {
  test.each([
    ['v1', 'Pod', HOST_PID],
    ['v1', 'PodTemplate', { template: HOST_PID }],
    ['v1', 'ReplicationController', { spec: { template: HOST_PID } }],
    ['apps/v1', 'Deployment', { spec: { template: HOST_PID } }],
    ['extensions/v1beta1', 'Deployment', { spec: { template: HOST_PID } }],
    ['apps/v1', 'DaemonSet', { spec: { template: HOST_PID } }],
    ['apps/v1', 'ReplicaSet', { spec: { template: HOST_PID } }],
    ['apps/v1', 'StatefulSet', { spec: { template: HOST_PID } }],
    ['batch/v1', 'Job', { spec: { template: HOST_PID } }],
    ['batch/v1', 'CronJob', { spec: { jobTemplate: { spec: { template: HOST_PID } } } }],
    ['argoproj.io/v1alpha1', 'Rollout', { spec: { template: HOST_PID } }],
    ['serving.knative.dev/v1', 'Service', { spec: { template: HOST_PID } }],
  ])('%s %s', (apiVersion, kind, rest) => {
    const metadata = { name: 'web', namespace: 'shop' };
    const manifest = one(
      JSON.stringify({ apiVersion, kind, ...rest, metadata: { ...metadata, labels: { app: 'x' } } }),
    );
    expect(manifest).toMatchObject({ document: 1, path: '', apiVersion, kind, ...metadata });
    expect(manifest.pod.spec.hostPID).toBe(true);
    expect(manifest.pod.labels).toEqual(new Map([['app', 'x']]));
  });

  test.each([
    ['v1', 'ReplicationController'],
    ...['Deployment', 'DaemonSet', 'ReplicaSet', 'StatefulSet'].flatMap((kind) => [
      ['apps/v1', kind],
      ['extensions/v1beta1', kind],
    ]),
    ['batch/v1', 'Job'],
  ])('%s %s, also where its template has no containers yet', (apiVersion, kind) => {
    const spec = { template: { spec: { hostPID: true } } };
    expect(one(JSON.stringify({ apiVersion, kind, spec })).pod.spec.hostPID).toBe(true);
  });

  test.each([
    ['kind: ConfigMap\ndata: [no, matter, what]\n'],
    ['apiVersion: v1\nkind: Service\nspec: {hostNetwork: true}\n'],
    ['apiVersion: argoproj.io/v1\nkind: Rollout\nspec: {template: {spec: {hostPID: false}}}\n'],
    ['apiVersion: example.com/v1\nkind: Machine\nspec: {template: {spec: {hostPID: "true", os: 1}}}\n'],
    ['apiVersion: example.com/v1\nkind: Pod\nspec: {hostPID: 1}\n'],
    ['apiVersion: batch.volcano.sh/v1\nkind: Job\nspec: {template: 1}\n'],
    ['apiVersion: apps/v1\nkind: Deployment\n'],
    ['apiVersion: apps/v1\nkind: Deployment\nspec: {template: null}\n'],
    ['{"kind": "Wishes", "items": [{"kind": "Pod", "spec": {"hostPID": true}}]}'],
    [''],
    ['\n# nothing\n---\n---\n'],
    ['~\n'],
  ])('not %j', (text) => {
    expect(shown(text)).toEqual([]);
  });

  test('the name may be the beginning of one, or missing', () => {
    expect(one('kind: Pod\nmetadata: {generateName: web-}\n').name).toBe('web-*');
    expect(one('kind: Pod\nmetadata: {name: web, generateName: x-}\n').name).toBe('web');
    expect(one('kind: Pod\n')).toMatchObject({ name: '', namespace: '', apiVersion: '' });
  });
});

describe('Lists', () => {
  test('of JSON and of YAML, with their places', () => {
    const list = {
      kind: 'List',
      items: [
        { kind: 'Service' },
        { kind: 'Pod', metadata: { name: 'a' } },
        { kind: 'List', items: [{ kind: 'Pod', metadata: { name: 'b' } }] },
      ],
    };
    const places = ['2.items[1] Pod/a', '2.items[2].items[0] Pod/b'];
    expect(shown(`{"kind": "Service"}\n${JSON.stringify(list)}`)).toEqual(places);
    const yaml =
      'items: [{kind: Service}, &a {kind: Pod, metadata: {name: a}}, {kind: List, items: [{kind: Pod, metadata: {name: b}}]}]';
    expect(shown(`---\nkind: Service\n---\nkind: List\n${yaml}\n`)).toEqual(places);
  });

  test('give a kind to items that have none', () => {
    expect(shown('{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"a"}}]}')).toEqual([
      '1.items[0] Pod/a',
    ]);
    const yaml =
      'kind: DeploymentList\napiVersion: apps/v1\nitems:\n- spec: {template: {spec: {hostIPC: true}}}\n';
    expect(one(yaml)).toMatchObject({ kind: 'Deployment', apiVersion: 'apps/v1' });
    expect(shown('{"kind":"List","items":[{}]}')).toEqual(['1: items[0] has no kind']);
    const custom = { spec: { template: { spec: { containers: [] } } } };
    expect(shown(JSON.stringify({ kind: 'ListenerList', items: [custom] }))).toEqual([
      '1.items[0] Listener/',
    ]);
  });

  test('are as long as they are, or none', () => {
    expect(shown('kind: List\nitems: null\n')).toEqual([]);
    expect(shown('kind: List\n')).toEqual([]);
    expect(shown('kind: List\nitems: {}\n')).toEqual(['2: items is a mapping; it takes a list']);
    const nested = (depth: number): string =>
      depth === 0 ? '{"kind":"Pod"}' : `{"kind":"List","items":[${nested(depth - 1)}]}`;
    expect(shown(nested(8))).toEqual([`1.${'items[0].'.repeat(8).slice(0, -1)} Pod/`]);
    expect(shown(nested(10))).toEqual(['1: Lists are nested more than 8 deep']);
  });
});

describe('what is refused', () => {
  test.each([
    ['kind: Pod\nspec: {hostNetwork: "true"}', 'spec.hostNetwork is the text "true"; it takes true or false'],
    ['kind: Pod\nspec: {hostPID: 1}', 'spec.hostPID is the number 1; it takes true or false'],
    ['kind: Pod\nspec: {hostIPC: []}', 'spec.hostIPC is a list; it takes true or false'],
    ['kind: Pod\nspec: {os: windows}', 'spec.os is the text "windows"; it takes a mapping'],
    ['kind: Pod\nspec: {os: {name: 1}}', 'spec.os.name is the number 1; it takes a text'],
    ['kind: Pod\nspec: {containers: {}}', 'spec.containers is a mapping; it takes a list'],
    ['kind: Pod\nspec: {containers: [{}, a]}', 'spec.containers[1] is the text "a"; it takes a mapping'],
    ['kind: Pod\nspec: {initContainers: a}', 'spec.initContainers is the text "a"; it takes a list'],
    ['kind: Pod\nspec: []', 'spec is a list; it takes a mapping'],
    ['kind: Pod\nmetadata: {name: 123}', 'metadata.name is the number 123; it takes a text'],
    ['kind: Pod\nmetadata: a', 'metadata is the text "a"; it takes a mapping'],
    ['kind: Pod\nmetadata: {labels: [a]}', 'metadata.labels is a list; it takes a mapping'],
    ['kind: Job\nspec: {template: true}', 'spec.template is true; it takes a mapping'],
    [
      'kind: CronJob\nspec: {jobTemplate: {spec: 1}}',
      'spec.jobTemplate.spec is the number 1; it takes a mapping',
    ],
    [
      'kind: X\nspec: {template: {spec: {containers: [], hostPID: "no"}}}',
      'spec.template.spec.hostPID is the text "no"; it takes true or false',
    ],
    ['metadata: {name: a}', 'the document has no kind'],
    ['kind: ""', 'the document has no kind'],
    ['kind: 1', 'kind is the number 1; it takes a text'],
    ['kind: Pod\napiVersion: 1', 'apiVersion is the number 1; it takes a text'],
    ['[]', 'the document is a list, not an object'],
    ['hello', 'the document is the text "hello", not an object'],
  ])('%j', (text, reason) => {
    expect(shown(`kind: Pod\n---\n${text}\n---\nkind: Pod\n`)).toEqual([
      '1 Pod/',
      expect.stringMatching(/^[34]: /),
      '3 Pod/',
    ]);
    const [error] = podManifests(text);
    expect(error).toMatchObject({ message: reason });
  });

  test('null is what is not there', () => {
    expect(
      shown('kind: Pod\nmetadata: null\nspec: {hostNetwork: null, os: ~, containers:, initContainers: ~}'),
    ).toEqual(['1 Pod/']);
  });

  test('is reported with the line of the field', () => {
    const text =
      '# 1\n# 2\n---\n\nkind: List\nitems:\n- kind: Pod\n- spec: {}\n  kind: Pod\n- kind: Pod\n  spec: 1\n';
    expect(shown(text)).toEqual([
      '1.items[0] Pod/',
      '1.items[1] Pod/',
      '11: items[2].spec is the number 1; it takes a mapping',
    ]);
    expect(
      shown('{"kind": "List", "items": [\n{"kind": "Pod"},\n{"kind": "Pod", "spec": 1}]}\r\n{}\n'),
    ).toEqual([
      '1.items[0] Pod/',
      '3: items[1].spec is the number 1; it takes a mapping',
      '4: the document has no kind',
    ]);
  });

  test.each([
    ['kind: Pod\nspec:\n  containers: []\n  hostNetwork: "true"\n', 4],
    ['kind: Pod\nspec:\n  containers:\n  - name: c\n  - 7\n', 5],
    ['a: &a\n  hostPID: 1\nkind: Pod\nspec:\n  <<: *a\n', 2],
    ['{"kind": "Pod",\n "spec": {\n  "hostNetwork": 1}}', 3],
    ['{"kind": "List", "items": [\n {"kind": "Pod",\n  "spec": {"hostIPC":\n 1}}]}', 3],
    ['kind: List\nitems:\n- kind: List\n  items:\n  - kind: Pod\n    spec:\n      hostPID: 1\n', 7],
    ['# comment\nspec: {}\n', 2],
  ])('is on the line of its field: %j', (text, line) => {
    const [error] = podManifests(text);
    expect(error).toBeInstanceOf(ManifestError);
    expect(error).toMatchObject({ line });
  });

  test('a key that is there twice has the last value, and a warning on its line', () => {
    const text = 'kind: Pod\nspec:\n  hostPID: 1\n  os: {}\n  hostPID: true\n---\nkind: Pod\n';
    expect(shown(text)).toEqual([
      'warning 5: the key "hostPID" is there twice; kubectl takes the last one',
      '1 Pod/',
      '2 Pod/',
    ]);
  });

  test('is what is broken, and nothing else', () => {
    const text = 'kind: Pod\n---\nkind: [\n---\nkind: Pod\n';
    expect(shown(text)).toEqual(['1 Pod/', expect.stringMatching(/^3: it is not valid YAML: /), '3 Pod/']);
    expect(shown('{"kind":"Pod"}\n{"kind":"Pod" "spec":1}\n{"kind":"Pod"}')).toEqual([
      '1 Pod/',
      expect.stringMatching(/^2: it is not valid YAML: /),
      '3 Pod/',
    ]);
    expect(shown('{"kind":"Pod" "spec":1}\n{"kind":"Pod"}')).toEqual([
      expect.stringMatching(/^1: it is not valid YAML: /),
      '2 Pod/',
    ]);
    expect(shown('{"kind":"Pod"}\n{"kind":"Pod"')).toEqual(['1 Pod/', expect.stringMatching(/^2: /)]);
    expect(shown('{"kind":"List","items":[{"kind":"Pod"},{"kind" "x"},{"kind":"Pod"}]}')).toEqual([
      '1.items[0] Pod/',
      expect.stringMatching(/^1: items\[1\]: it is not valid YAML: /),
      '1.items[2] Pod/',
    ]);
  });
});

/** What kubectl does not read. */
function ignoredFrom(line: number): string {
  return `warning ${String(line)}: kubectl ignores everything from here to the next ---, because the document ends before it`;
}

function refusedSeparator(line: number): string {
  return `${String(line)}: kubectl takes only a comment behind a --- at the beginning of a line`;
}

describe('JSON and YAML mixed', () => {
  test.each([
    ['{kind: Pod, metadata: {name: "}"}}', ['1 Pod/}']],
    ['{"kind": "Pod", "metadata": {"name": "a",},}', ['1 Pod/a']],
    ['---\n{"kind": "Pod"}{"kind": "Pod"}\n---\nkind: Pod\n', [ignoredFrom(2), '1 Pod/', '2 Pod/']],
    ['kind: Pod\n...\nkind: Pod\n', [ignoredFrom(3), '1 Pod/']],
    ['  kind: Pod\nspec: {hostPID: true}\n', [ignoredFrom(2), '1 Pod/']],
    ['kind: Pod\n...\n# only a comment\n', ['1 Pod/']],
    ['{"kind": "Pod"}\n---\n{"kind": "Pod"}\n---\nkind: Pod\n', ['1 Pod/', '2 Pod/', '3 Pod/']],
    ['{"kind": "Pod"}\n{kind: Pod}\n', ['1 Pod/', '2 Pod/']],
    [
      '{"kind": "Pod"}\n{"kind": "Pod"}\n{kind: Pod}\n',
      ['1 Pod/', '2 Pod/', '3: it is not valid JSON, which kubectl requires behind two objects of JSON'],
    ],
    ['kind: Pod\n--- # comment\nkind: Pod\n', ['1 Pod/', '2 Pod/']],
    ['kind: Pod\n--- {kind: Pod}\n---\nkind: Pod\n', ['1 Pod/', refusedSeparator(2), '3 Pod/']],
    ['kind: Pod\n-----BEGIN\nkind: Pod\n', ['1 Pod/', refusedSeparator(2)]],
    [
      '%YAML 1.1\n---\nkind: Pod\n',
      [expect.stringMatching(/^1: kubectl does not read directives /), '2 Pod/'],
    ],
    ['\n\n {"kind": "Pod"}\n\n\n{"kind": "Pod"}\n', ['1 Pod/', '2 Pod/']],
    ['---  \n\n  {"kind": "Pod"}{"kind": "Pod"}', [ignoredFrom(3), '1 Pod/']],
    [
      '{"kind":"List","items":[{kind: Pod, metadata: {name: a}},{"kind":"Pod"}]}',
      ['1.items[0] Pod/a', '1.items[1] Pod/'],
    ],
    ['---\n---\n# c\n---\nkind: Pod\n', ['3 Pod/']],
    ['{"kind": "Pod"}\n\n{"kind": "Pod"}{"kind": "Pod"}', ['1 Pod/', '2 Pod/', '3 Pod/']],
    ['{kind: Pod, # }\n  metadata: {name: a}}', ['1 Pod/a']],
    ["{kind: Pod, metadata: {name: '}'}}", ['1 Pod/}']],
  ])('%j', (text, manifests) => {
    expect(shown(text)).toEqual(manifests);
  });

  test('what is JSON is read as JSON, in which U+2028 ends no line', () => {
    const pod = '{"kind":"Pod","metadata":{"name":"a\u2028b"}}';
    expect(shown(pod)).toEqual(['1 Pod/a\u2028b']);
    expect(shown(`{"kind":"List","items":[${pod}]}`)).toEqual(['1.items[0] Pod/a\u2028b']);
  });

  test('YAML in flow style may stand behind millions of characters', () => {
    const before = `# ${'x'.repeat(3 << 20)}\nkind: Secret\n`;
    expect(shown(`${before}---\n{kind: Pod}\n`)).toEqual(['2 Pod/']);
  });
});

describe('a file that is found in a directory', () => {
  test.each([
    ['agent: {enabled: true}\n'],
    ['- op: replace\n'],
    ['{"compilerOptions": {}}'],
    ['resources: [a.yaml]\nresources: [b.yaml]\n'],
    ['apiVersion: v2\nname: x\nversion: 1.0.0\n'],
    ['apiVersion: kustomize.config.k8s.io/v1beta1\nresources: [a.yaml]\n'],
  ])('may have another purpose: %j', (text) => {
    expect(shown(text, false)).toEqual([]);
    expect(shown(text)).not.toEqual([]);
  });

  test('has none if one of its documents is a manifest', () => {
    const errors = ['1: the document has no kind', '5: the document has no kind'];
    expect(shown('a: 1\n---\nkind: ConfigMap\n---\nb: 2\n', false)).toEqual(errors);
    expect(shown('apiVersion: v1\nmetadata: {name: x}\n', false)).toEqual(['1: the document has no kind']);
    expect(shown('kind: [\n', false)).toHaveLength(1);
  });
});

describe('a template is reported as one', () => {
  test.each([
    ['{{- if .Values.agent }}\nkind: Pod\n{{- end }}\n'],
    ['kind: Pod\nmetadata:\n  name: {{ include "a" . }}\n'],
    ['{{/* several\nlines */}}\nkind: Pod\n'],
    ['kind: Pod\nspec: {hostNetwork: "{{ .Values.hostNetwork }}"}\n'],
    ['kind: Pod\nspec:\n  containers:\n  {{- range .Values.containers }}\n  - name: c\n  {{- end }}\n'],
  ])('%j', (text) => {
    const [error] = podManifests(text);
    expect(error).toMatchObject({ kind: 'template' });
  });

  test.each([
    ['kind: [\n'],
    ['kind: Pod\nname: a-{{ b }}\nspec: [\n'],
    ['kind: Pod\nspec: {hostPID: "x"}\n'],
  ])('but not %j', (text) => {
    const [error] = podManifests(text);
    expect(error).toMatchObject({ kind: 'broken' });
  });
});

describe('a custom resource', () => {
  const AGENT = 'apiVersion: example.com/v1\nkind: Agent\nspec:\n  template:\n    spec:\n';
  test.each([
    ['      hostNetwork: true\n'],
    ['      hostNetwork: true\n      containers: {name: c}\n'],
    ['      hostNetwork: true\n      os: windows\n      hostPID: 1\n      initContainers: 7\n'],
  ])('counts without a list of containers: %j', (spec) => {
    expect(one(AGENT + spec).pod.spec).toMatchObject({ hostNetwork: true, hostPID: false, containers: [] });
  });
});

describe('what the API completes is complete', () => {
  const withPorts = (spec: object): ReturnType<typeof hostPorts> =>
    hostPorts(one(JSON.stringify({ kind: 'Pod', spec })).pod);
  const ports = [{ containerPort: 80 }, { containerPort: 53, hostPort: 5353, protocol: 'UDP' }];

  test('the ports of a hostNetwork Pod are those of its node', () => {
    const containers = [{ name: 'c', ports }];
    expect(withPorts({ hostNetwork: true, containers })).toEqual([
      { port: 80, protocol: 'TCP', container: 'c' },
      { port: 5353, protocol: 'UDP', container: 'c' },
    ]);
    expect(withPorts({ containers })).toEqual([{ port: 5353, protocol: 'UDP', container: 'c' }]);
  });

  test('a Pod without a spec has no containers', () => {
    expect(one('kind: Pod').pod.spec).toMatchObject({
      containers: [],
      initContainers: [],
      hostNetwork: false,
    });
  });

  test('what is no port is none', () => {
    const numbers = [0, -1, 1.5, 65_536, '80', null];
    const wrong = numbers.map((hostPort) => ({ hostPort }));
    expect(withPorts({ hostNetwork: true, containers: [{ ports: wrong }] })).toEqual([]);
  });

  test('labels are text', () => {
    const text = 'kind: Pod\nmetadata: {labels: {a: 1, b: yes, c: {toString: 1}, d: [], e: ~, f: g}}\n';
    expect(one(text).pod.labels).toEqual(
      new Map([
        ['a', '1'],
        ['b', 'true'],
        ['f', 'g'],
      ]),
    );
  });
});

describe('there is an end to', () => {
  test('documents', () => {
    expect(shown('---\n'.repeat(100_002))).toEqual([
      '100002: there are more than 100000 documents; the rest is not read',
    ]);
    const most = '{"kind":"X"}\n'.repeat(100_000);
    expect(shown(most)).toEqual([]);
    expect(shown(`${most}{"kind":"X"}`)).toEqual([
      '100001: there are more than 100000 documents; the rest is not read',
    ]);
    expect(shown(`${most}---\n\n\nkind: X`)).toEqual([
      '100002: there are more than 100000 documents; the rest is not read',
    ]);
  });

  test('items', () => {
    const item = '{"kind":"X"}';
    expect(shown(`{"kind":"List","items":[${`${item},`.repeat(50_000)}{"kind":"Pod"}]}`)).toEqual([
      '1.items[50000] Pod/',
    ]);
    expect(shown(`kind: List\nitems:\n${'- {kind: X}\n'.repeat(100_001)}`)).toEqual([
      '100003: there are more than 100000 objects; the rest is not read',
    ]);
  });

  test('errors', () => {
    const errors = shown('---\n[\n'.repeat(2000));
    expect(errors).toHaveLength(1001);
    expect(errors.at(-1)).toBe('2002: there are more than 1000 errors; the rest is not read');
  });

  test('errors, and not to Pods', () => {
    expect(shown('{"kind":"Pod"}'.repeat(1002)).at(-1)).toBe('1002 Pod/');
  });

  test('large objects of JSON, and not to a List of them', () => {
    const podOf = (length: number): string => `{"kind":"Pod","x":"${'x'.repeat(length - 21)}"}`;
    const most = 16 << 20;
    expect(shown(podOf(most))).toEqual(['1 Pod/']);
    expect(shown(podOf(most + 1))).toEqual([
      '1: it is not valid JSON, nested deeper than 200 or longer than 16 MiB',
    ]);
    expect(shown(`{"kind":"List","x":"${'x'.repeat(most)}","items":[]}`)).toEqual([
      '1: it is not valid JSON, nested deeper than 200 or longer than 16 MiB',
    ]);
    const half = podOf(9 << 20);
    expect(shown(`{"kind":"List","items":[${half},${half}]}`)).toEqual([
      '1.items[0] Pod/',
      '1.items[1] Pod/',
    ]);
  });

  test('large documents of YAML', () => {
    const podOf = (length: number): string => `{kind: Pod, x: "${'x'.repeat(length - 19)}"}\n`;
    expect(shown(podOf(4 << 20))).toEqual(['1 Pod/']);
    expect(shown(podOf((4 << 20) + 1))).toEqual([
      '1: it has more than 4 MiB; a List as long as that is read as JSON only',
    ]);
  });

  test('large JSON that is none', () => {
    const broken = `{"kind" "Pod"${' '.repeat((4 << 20) - 15)}}`;
    const errors = shown(`${broken}\n`.repeat(13));
    expect(errors).toHaveLength(13);
    for (const error of errors.slice(0, -1)) expect(error).toContain('it is not valid YAML');
    expect(errors.at(-1)).toBe('13: this is not JSON, and what is not JSON is read up to 16 MiB');
  });

  test('what is neither JSON nor YAML', () => {
    expect(shown(`{"a": ${'['.repeat(17 << 20)}`)).toEqual([
      '1: it is not valid JSON, nested deeper than 200 or longer than 16 MiB',
    ]);
  });
});

test('any text is Pods or errors', () => {
  const word = fc.constantFrom(
    ...[
      'kind: ',
      'Pod\n',
      'List\n',
      'items:',
      '- ',
      'spec: ',
      'hostNetwork: ',
      'true\n',
      '---\n',
      '...\n',
      '\n  ',
      '\n',
      '<<: ',
    ],
    ...[
      '{',
      '}',
      '[',
      ']',
      '"kind"',
      ':',
      '"Pod"',
      '"items"',
      ',',
      '"',
      '&a ',
      '*a ',
      '\uFEFF',
      '\u2028',
      '%YAML 1.1\n',
    ],
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 3 })), { maxLength: 60 }), (parts) => {
      for (const found of podManifests(parts.join(''))) {
        if (found instanceof ManifestError || found instanceof ManifestWarning)
          expect(found.message).not.toBe('');
        else expect(found.kind).not.toBe('');
      }
    }),
    { numRuns: 1000 },
  );
});

test('any object is Pods or errors', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue(),
      fc.constantFrom('Pod', 'List', 'Job', '__proto__'),
      tie('object'),
    ),
    object: fc.dictionary(
      fc.constantFrom(
        'kind',
        'items',
        'spec',
        'template',
        'metadata',
        'labels',
        'containers',
        'ports',
        'hostNetwork',
        'os',
        '__proto__',
        'toString',
      ),
      tie('any'),
    ),
  })).object;
  fc.assert(
    fc.property(value, (object) => {
      const text = JSON.stringify({ kind: 'Pod', ...(object as object) });
      for (const found of podManifests(text)) expect(found).toBeDefined();
    }),
    { numRuns: 1000 },
  );
});

describe('a manifest that is not valid YAML is refused in linear time', () => {
  // Each of these took minutes with an expression that backtracks: the test would reach its time limit.
  test.each([
    ['many comments without line breaks', `${'#"'.repeat(1_000_000)}\u0001`],
    ['a line of unfinished template actions', '[{{'.repeat(300_000)],
    ['blank lines before a broken one', `${' \n'.repeat(500_000)}\u0001`],
    ['one long line of hyphens', `${'-'.repeat(1_000_000)}\u0001`],
    ['lines of spaces before an unfinished action', `${':  '.repeat(300_000)}{{`],
  ])('%s', (_, text) => {
    expect(shown(text).filter((line) => !/^\d+: /.test(line))).toEqual([]);
  });
});
