import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import packageJson from '../../package.json' with { type: 'json' };
import { checkIntegrity, pinOf } from '../../scripts/release/bun-packages.ts';
import { platforms } from '../../scripts/release/platforms.ts';

test('each platform has a Bun of its own, pinned by version and SHA-512', () => {
  const pins = platforms.map((platform) => pinOf(platform));
  expect(new Set(pins.map(({ integrity }) => integrity)).size).toBe(platforms.length);
  for (const { version, integrity } of pins) {
    expect(version).toBe(packageJson.devDependencies.bun);
    expect(integrity).toMatch(/^sha512-[\w+/]{86}==$/);
  }
});

test('a platform that package-lock.json does not pin is refused', () => {
  const [platform] = platforms;
  if (platform === undefined) throw new Error('There are platforms.');
  const locked = (entry: { version?: string; integrity?: string }) => ({
    packages: { 'node_modules/@oven/bun-linux-x64': entry },
  });
  const message = 'package-lock.json does not pin @oven/bun-linux-x64 by version and SHA-512.';
  expect(() => pinOf(platform, { packages: {} })).toThrow(message);
  expect(() => pinOf(platform, locked({ version: '1.4.5' }))).toThrow(message);
  expect(() => pinOf(platform, locked({ version: '1.4.5', integrity: 'sha1-abc' }))).toThrow(message);
});

test('a tarball must have the pinned SHA-512', () => {
  const tarball = Buffer.from('a tarball');
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const pin = { name: '@oven/bun-linux-x64', version: '1.4.5', integrity };
  expect(() => {
    checkIntegrity(tarball, pin);
  }).not.toThrow();
  expect(() => {
    checkIntegrity(Buffer.from('a Tarball'), pin);
  }).toThrow(
    /^The tarball of @oven\/bun-linux-x64@1\.4\.5 is not the one that package-lock\.json pins: it has sha512-\S+ instead of sha512-/,
  );
});
