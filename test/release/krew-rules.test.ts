import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { brokenRules, type Manifest } from './krew-rules.ts';

const text = readFileSync(join(import.meta.dirname, '../../krew-manifest.yaml'), 'utf8');
const read = (yaml: string): Manifest => load(yaml) as Manifest; // Each field is looked at by brokenRules().

test('the manifest keeps all of krew’s rules', () => {
  expect(brokenRules(read(text), 'hostns')).toEqual([]);
});

test('the manifest is of the version and the repository of package.json', () => {
  expect(read(text).spec).toMatchObject({
    version: `v${packageJson.version}`,
    homepage: packageJson.homepage,
  });
});

describe('a manifest that breaks a rule is seen', () => {
  test.each([
    ['v1alpha2', 'v1', 'apiVersion'],
    ['kind: Plugin', 'kind: Pod', 'kind'],
    ['name: hostns', 'name: HostNs', 'name'],
    [/version: v.*/, 'version: 0.1.0', 'version is v and a semantic version'],
    [/homepage: https/, 'homepage: http', 'homepage is by https'],
    [
      /shortDescription: .*/,
      `shortDescription: ${'x'.repeat(51)}`,
      'shortDescription has 50 characters at most',
    ],
    [/(shortDescription: .*)/, '$1.', 'shortDescription is a line without a full stop'],
    [/shortDescription: .*/, 'shortDescription: A kubectl plugin', 'shortDescription has no redundant word'],
    [/(description: \|\n)/, `$1    ${'x'.repeat(81)}\n`, 'description has 80 columns at most'],
    [/(description: \|\n)/, '$1    kubectl hostns list\n', 'description has no usage'],
    ['os: darwin', 'os: linux', 'platforms are the five, each once'],
    [/linux_amd64.tar.gz/, 'linux_amd64.tgz', 'uri of linux/amd64'],
    [/sha256: '[0-9a-f]{4}/, "sha256: 'ABCD", 'sha256 of linux/amd64'],
    ['bin: kubectl-hostns.exe', 'bin: kubectl-hostns', 'bin of windows/amd64'],
    ['bin: kubectl-hostns.exe', 'bin: kubectl-hostns.exe\n      files: []', 'files of windows/amd64 are all'],
  ])('%s: %s', (pattern, replacement, rule) => {
    expect(brokenRules(read(text.replace(pattern, replacement)), 'hostns')).toContain(rule);
  });
});
