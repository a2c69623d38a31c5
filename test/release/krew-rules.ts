/**
 * What krew and the reviewers of krew-index ask of a manifest: krew's internal/index/validation, its
 * cmd/validate-krew-manifest, and its guides on manifests, names and best practices.
 */

interface ManifestPlatform {
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly uri?: string;
  readonly sha256?: string;
  readonly bin?: string;
  readonly files?: unknown;
}

export interface Manifest {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string };
  readonly spec?: {
    readonly version?: string;
    readonly homepage?: string;
    readonly shortDescription?: string;
    readonly description?: string;
    readonly caveats?: string;
    readonly platforms?: readonly ManifestPlatform[];
  };
}

const knownPlatforms = ['linux/amd64', 'linux/arm64', 'darwin/amd64', 'darwin/arm64', 'windows/amd64'];

/** @returns a sentence for each rule that the manifest of a plugin breaks */
export function brokenRules(manifest: Manifest, name: string): string[] {
  const { spec = {} } = manifest;
  const { version = '', homepage = '', shortDescription = '', description = '', platforms = [] } = spec;
  const rules: readonly [boolean, string][] = [
    [manifest.apiVersion === 'krew.googlecontainertools.github.com/v1alpha2', 'apiVersion'],
    [manifest.kind === 'Plugin', 'kind'],
    [manifest.metadata?.name === name && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name), 'name'],
    [/^v\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?$/.test(version), 'version is v and a semantic version'],
    [homepage.startsWith('https://'), 'homepage is by https'],
    [shortDescription !== '' && shortDescription.length <= 50, 'shortDescription has 50 characters at most'],
    [!/[\r\n]|\.$/.test(shortDescription), 'shortDescription is a line without a full stop'],
    [
      !/\b(?:kubectl|kubernetes|krew|plugin)\b/i.test(shortDescription),
      'shortDescription has no redundant word',
    ],
    [description !== '' && isNarrow(description), 'description has 80 columns at most'],
    [!/^\s*\$|kubectl hostns|^\s*-\w/m.test(description), 'description has no usage'],
    [isNarrow(spec.caveats ?? ''), 'caveats has 80 columns at most'],
    [sameList(platforms.map(nameOf), knownPlatforms), 'platforms are the five, each once'],
    ...platforms.flatMap((platform) => platformRules(platform, homepage, version)),
  ];
  return rules.filter(([isKept]) => !isKept).map(([, rule]) => rule);
}

function platformRules(platform: ManifestPlatform, homepage: string, version: string): [boolean, string][] {
  const of = ` of ${nameOf(platform)}`;
  const { selector, uri = '', sha256 = '', bin, files } = platform;
  const isWindows = selector?.matchLabels?.['os'] === 'windows';
  const archive = nameOf(platform).replace('/', '_') + (isWindows ? '.zip' : '.tar.gz');
  const name = `kubectl-hostns_${version}_${archive}`;
  return [
    [sameList(Object.keys(selector?.matchLabels ?? {}), ['arch', 'os']), `selector${of} has os and arch`],
    [uri === `${homepage}/releases/download/${version}/${name}`, `uri${of}`],
    [/^[a-f0-9]{64}$/.test(sha256) && !/^0+$/.test(sha256), `sha256${of}`],
    [bin === (isWindows ? 'kubectl-hostns.exe' : 'kubectl-hostns'), `bin${of}`],
    [files === undefined, `files${of} are all`],
  ];
}

const nameOf = ({ selector }: ManifestPlatform): string =>
  `${selector?.matchLabels?.['os'] ?? ''}/${selector?.matchLabels?.['arch'] ?? ''}`;

const isNarrow = (text: string): boolean => text.split('\n').every((line) => line.length <= 80);

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  [...a].sort().join(' ') === [...b].sort().join(' ');
