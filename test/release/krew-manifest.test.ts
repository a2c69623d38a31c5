import { expect, test } from '@jest/globals';
import { writeKrewManifest } from '../../scripts/release/krew-manifest.ts';

const before = `# By hand.
metadata:
  name: hostns
spec:
  version: v0.0.9
  homepage: https://example.com/old
  description: |
    version: of the text
  platforms:
    - selector:
        matchLabels:
          os: plan9
      # A comment of the old platform.
      uri: https://example.com/old.tar.gz
`;

const release = {
  version: '1.2.3',
  homepage: 'https://example.com/new',
  archives: [
    { platform: { os: 'linux', arch: 'arm64' }, sha256: 'a'.repeat(64) },
    { platform: { os: 'windows', arch: 'amd64' }, sha256: '1'.repeat(64) },
  ],
} as const;

const after = `# By hand.
metadata:
  name: hostns
spec:
  version: v1.2.3
  homepage: https://example.com/new
  description: |
    version: of the text
  platforms:
    - selector:
        matchLabels:
          os: linux
          arch: arm64
      uri: https://example.com/new/releases/download/v1.2.3/kubectl-hostns_v1.2.3_linux_arm64.tar.gz
      sha256: '${'a'.repeat(64)}'
      bin: kubectl-hostns
    - selector:
        matchLabels:
          os: windows
          arch: amd64
      uri: https://example.com/new/releases/download/v1.2.3/kubectl-hostns_v1.2.3_windows_amd64.zip
      sha256: '${'1'.repeat(64)}'
      bin: kubectl-hostns.exe
`;

test('the release replaces version, homepage and platforms, and nothing else', () => {
  expect(writeKrewManifest(before, release)).toBe(after);
});

test('a second time changes nothing', () => {
  expect(writeKrewManifest(after, release)).toBe(after);
});

test('what follows the platforms is not swallowed', () => {
  expect(() => writeKrewManifest(`${before}  caveats: none\n`, release)).toThrow(
    'krew-manifest.yaml has platforms 0 times where it should have it once.',
  );
});

test('a manifest that is not understood is not half written', () => {
  expect(() => writeKrewManifest(before.replace('  version: v0.0.9\n', ''), release)).toThrow(
    'krew-manifest.yaml has version 0 times where it should have it once.',
  );
});
