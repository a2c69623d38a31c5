import {
  boolYaml11Tag,
  dump,
  floatYaml11Tag,
  intYaml11Tag,
  loadAll,
  nullYaml11Tag,
  Schema,
  seqTag,
  mapTag,
  strTag,
} from 'js-yaml';
import { ExplainedError } from '../../../src/errors.ts';
import { parseKubeconfig } from '../../../src/kube/config/kubeconfig.ts';
import { jsonPart } from '../../../src/manifests/json-parts.ts';
import { isObject } from '../../../src/wire/json-value.ts';
import { ManifestError, manifestLimits, ManifestWarning } from '../../../src/manifests/manifest-error.ts';
import { podManifests } from '../../../src/manifests/manifest-pods.ts';
import { ManifestBytes } from '../../../src/manifests/manifest-text.ts';
import { yamlDocument, yamlOffsets } from '../../../src/yaml/yaml-document.ts';
import { YamlError } from '../../../src/yaml/yaml-error.ts';
import { yamlParts } from '../../../src/yaml/yaml-parts.ts';
import { JsonDamage } from '../damage-json.ts';
import { bytesOf } from '../mutate.ts';
import { Random } from '../random.ts';
import { accepted, cut, demand, demandBounded, demandEqual, type Target } from '../target.ts';
import { seedPods } from './seed-pods.ts';

const YAML_WORDS = [
  '---\n',
  '...\n',
  '- ',
  ': ',
  '? ',
  '<<: ',
  '&a ',
  '*a',
  '*a : 1\n',
  '!!str ',
  '!foo ',
  '!!int "1"',
  '!!binary "eA=="',
  '{',
  '}',
  '[',
  ']',
  ', ',
  '|-\n  ',
  '>+\n  ',
  '"',
  "'",
  '#',
  '%YAML 1.1\n',
  '  ',
  '\n',
  '\t',
  '\r',
  '\u0085',
  '\u2028',
  'true',
  'yes',
  '~',
  '0x1f',
  '0b11',
  '1:30',
  '.inf',
  '.nan',
  '1_000',
  '2001-02-03',
  '__proto__: ',
  'kind: List\nitems:\n- ',
  '\\u001b',
];

/** What YAML is made of, in all its styles. */
const YAMLS = [
  'apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec:\n  hostNetwork: true\n  containers:\n  - name: c\n    ports: [{hostPort: 80}]\n',
  '# a comment\n---\nkind: &k Pod\nspec: &s\n  hostPID: yes\n  containers: []\n---\nkind: Deployment\napiVersion: apps/v1\nspec: {template: {spec: {hostIPC: on}}}\n...\n',
  'kind: List\napiVersion: v1\nitems:\n- {kind: Pod, metadata: {generateName: x-}, spec: {hostNetwork: true}}\n- kind: CronJob\n  apiVersion: batch/v1\n',
  '{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"a"},"spec":{"hostNetwork":true}},{"spec":1}]}\n{"kind":"Pod"}\n',
  "a: &x {b: [1, &y two]}\nc: *x\n<<: *x\n? d\n: |-\n  lines\n  more\ne: >\n  folded\n  text\nf: \"q\\u0041\\n\"\ng: 's'''\n",
  '- 1\n- 0x10\n- 1.5e3\n- ~\n- true\n- text\n- "quoted"\n- [a, {b: c}]\n',
];

const manifestDamage = new JsonDamage([
  { apiVersion: 'v1', kind: 'Pod', ...seedPods[0] },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: {
      template: {
        metadata: { labels: { a: 'b' } },
        spec: { hostNetwork: true, containers: [{ name: 'c', ports: [{ containerPort: 80 }] }] },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'j' },
        spec: { jobTemplate: { spec: { template: { spec: { hostPID: true } } } } },
      },
      { kind: 'List', items: [] },
    ],
  },
]);

/** A value as YAML, in the style of js-yaml or as JSON. */
function written(text: string, random: Random): string {
  if (random.once(2) || text.length > 4000) return text;
  return dump(JSON.parse(text), {
    flowLevel: random.below(4),
    noRefs: true,
    lineWidth: random.pick([20, 80]),
    forceQuotes: random.once(2),
  });
}

function makeYaml(random: Random): Uint8Array {
  if (random.once(2)) return bytesOf(random.pick(YAMLS));
  const documents = Array.from({ length: 1 + random.below(2) }, () =>
    written(manifestDamage.make(random), random),
  );
  return bytesOf(documents.join(random.pick(['\n---\n', '\n', '---\n', '\n...\n'])));
}

const YAML11 = new Schema([
  strTag,
  seqTag,
  mapTag,
  nullYaml11Tag,
  boolYaml11Tag,
  intYaml11Tag,
  floatYaml11Tag,
]);
/**
 * Where go-yaml v2 reads other than js-yaml: tags, merge keys, line ends, tabs, byte order marks, numbers of Go, `?` in
 * brackets, a colon without a space behind it, the last line of a block, the sign of 0, and an indented `---`, which is a
 * plain scalar.
 */
const OTHERWISE =
  /[!\u0085\u2028\u2029\t\uFEFF?\r>|]|<<|\d_|_\d|[-+]0|\.\d|\d[.:exoOB]|0\d|inf|nan|:[^ \n]|^ +---/im;

function byJsYaml(text: string): readonly unknown[] | null {
  try {
    return loadAll(text, { schema: YAML11 });
  } catch {
    return null;
  }
}

const documentTarget: Target = {
  name: 'yaml-document',
  words: YAML_WORDS,
  seeds: YAMLS.map(bytesOf),
  make: makeYaml,
  attempt: (input) => {
    const text = input.toString('utf8');
    const read = accepted({ errors: [YamlError], quotesRaw: true }, () => yamlDocument(text));
    if (read === null) return false;
    const { value, duplicates, ignored } = read.value;
    demandBounded(value, input.length, 60);
    const offsets = [...duplicates.map(({ offset }) => offset), ignored ?? 0, yamlOffsets(text)([])];
    demand(
      offsets.every((offset) => offset >= 0 && offset <= text.length),
      'a place is in its text',
    );
    if (!OTHERWISE.test(text) && ignored === null) {
      const other = byJsYaml(text);
      if (other !== null)
        demandEqual([value], [other[0] ?? null], 'YAML is what js-yaml reads, but for what is said');
    }
    return true;
  },
};

function attemptManifests(text: string): boolean {
  let pods = 0;
  let errors = 0;
  for (const found of podManifests(text)) {
    if (found instanceof ManifestError) {
      errors += 1;
      demand(found.message.length <= 700, 'the message of an error is bounded');
      demand(
        found.line === null || (found.line > 0 && found.line <= text.length + 1),
        'an error is on a line',
      );
    } else if (found instanceof ManifestWarning) {
      demand(found.line > 0 && found.line <= text.length + 1, 'a warning is on a line');
    } else {
      pods += 1;
      demandBounded(found, text.length, 30);
      demand(found.document > 0, 'documents are counted from 1');
      demand(
        found.pod.spec.containers.every(({ ports }) =>
          ports.every(({ hostPort }) => hostPort >= 0 && hostPort < 65_536),
        ),
        'a port is a port',
      );
    }
  }
  demand(pods + errors <= text.length, 'there are no more objects than characters');
  return errors === 0;
}

/** The parts follow each other, and between them are separators and comments only. */
function demandParts(text: string): void {
  let at = 0;
  const between = (end: number): void => {
    const lines = text.slice(at, end).split('\n');
    demand(
      lines.every((line) => /^(?:---.*|\s*(?:#.*)?)$/su.test(line)),
      'the parts of a text are all of it',
    );
  };
  for (const { start, end } of yamlParts(text)) {
    demand(start >= at && end >= start, 'the parts of a text follow each other');
    between(start);
    at = end;
  }
  between(text.length);
}

const manifestTarget: Target = {
  name: 'manifests',
  words: YAML_WORDS,
  seeds: YAMLS.map(bytesOf),
  make: makeYaml,
  attempt: (input) => {
    const refusals = { errors: [ManifestError] };
    const readBytes = (pieces: readonly Buffer[]): { readonly value: string } | null =>
      accepted(refusals, () => {
        const bytes = new ManifestBytes();
        for (const piece of pieces) bytes.push(piece);
        return bytes.text();
      });
    const whole = readBytes([input]);
    demandEqual(readBytes(cut(input, Random.of(input))), whole, 'a file is the same wherever it is cut');
    if (whole === null) return false;
    demandParts(whole.value);
    return attemptManifests(whole.value);
  },
};

/** Where the first object of the text ends, by the parser of the language. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isDeep(text: string): boolean {
  return (text.match(/[[{]/g)?.length ?? 0) > manifestLimits.depth;
}

const partsTarget: Target = {
  name: 'json-parts',
  words: [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '"items":[',
    '"\\u0069tems":',
    'null',
    '1',
    '""',
    ' ',
    '\n',
    '{"a":{}}',
  ],
  seeds: [
    '{"kind":"List","items":[{"a":[1,"x]"]},{"b":"\\"}"}],"z":null}',
    '{"items":[1],"items":[2,[3]]}',
    '[{"items":[1]}]',
    '{}',
  ].map(bytesOf),
  make: (random) => bytesOf(manifestDamage.make(random)),
  attempt: (input) => {
    const text = input.toString('utf8');
    const read = accepted({ errors: [ManifestError] }, () => jsonPart(text, 0, text.length));
    const part = read?.value ?? null;
    const json = jsonOf(text.trimEnd());
    const opens = text.startsWith('{') || text.startsWith('[');
    if (part === null) {
      demand(json === undefined || !opens || isDeep(text), 'what is JSON has an end');
      return false;
    }
    demandBounded(part, input.length, 10);
    demand(part.start === 0 && part.end > 0 && part.end <= text.length, 'a part is in its text');
    if (json === undefined || !opens) return false;
    demand(text.slice(part.end).trim() === '', 'the end of JSON is its end');
    const items =
      isObject(json) && Object.hasOwn(json, 'items') && Array.isArray(json['items']) ? json['items'] : null;
    const found = part.items?.elements.map(({ start, end }) => jsonOf(text.slice(start, end))) ?? null;
    demandEqual(found, items, 'the items are the items');
    return true;
  },
};

const KUBECONFIG = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'c',
  contexts: [{ name: 'c', context: { cluster: 'k', user: 'u', namespace: 'n' } }],
  clusters: [
    {
      name: 'k',
      cluster: {
        server: 'https://192.0.2.2:6443',
        'certificate-authority': 'ca.crt',
        'insecure-skip-tls-verify': false,
        extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { a: 1 } }],
      },
    },
  ],
  users: [
    {
      name: 'u',
      user: {
        token: 't',
        tokenFile: '../t',
        'client-key': '/k',
        'as-groups': ['g', 1],
        'as-user-extra': { a: ['b'] },
        exec: {
          apiVersion: 'v1',
          command: './x',
          args: ['--a'],
          env: [{ name: 'A', value: 'b' }],
          provideClusterInfo: true,
        },
        'auth-provider': { name: 'oidc', config: { 'id-token': 'x' } },
      },
    },
  ],
};
const kubeconfigDamage = new JsonDamage([
  KUBECONFIG,
  { clusters: KUBECONFIG.clusters },
  { users: KUBECONFIG.users },
]);

const kubeconfigTarget: Target = {
  name: 'kubeconfig',
  words: [...YAML_WORDS, 'users:\n- name: u\n  user:\n', 'exec:\n', 'current-context: '],
  seeds: [
    bytesOf(dump(KUBECONFIG)),
    bytesOf(JSON.stringify(KUBECONFIG)),
    bytesOf('# nothing\n'),
    bytesOf(''),
  ],
  make: (random) => bytesOf(written(kubeconfigDamage.make(random), random)),
  attempt: (input) => {
    const text = input.toString('utf8');
    const read = accepted({ errors: [ExplainedError], quotesRaw: true }, () =>
      parseKubeconfig(text, '/home/u/.kube/config'),
    );
    if (read === null) return false;
    demandBounded(read.value, input.length, 60);
    const { clusters, users } = read.value;
    const paths = [
      ...[...clusters.values()].map(({ certificateAuthority }) => certificateAuthority),
      ...[...users.values()].flatMap(({ tokenFile, clientCertificate, clientKey }) => [
        tokenFile,
        clientCertificate,
        clientKey,
      ]),
    ];
    demand(
      paths.every((path) => path === '' || path.startsWith('/')),
      'a path does not hang on where the program runs',
    );
    if (isObject(jsonOf(text)))
      demandEqual(parseKubeconfig(`# as YAML\n${text}`, '/home/u/.kube/config'), read.value, 'JSON is YAML');
    return true;
  },
};

export const yamlTargets: readonly Target[] = [documentTarget, manifestTarget, partsTarget, kubeconfigTarget];
