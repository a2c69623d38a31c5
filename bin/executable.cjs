'use strict';
// Where the single executable begins: as bin/kubectl-hostns does, it runs the program, which lies beside it within
// the executable. For each command there may be V8's code cache of the functions that it runs, so that they need not
// be compiled; V8 itself checks that it fits, and compiles where it does not.
const { getAssetKeys, getRawAsset } = require('node:sea');
const { Script } = require('node:vm');

const words = process.argv.slice(2);
const caches = getAssetKeys().filter((name) => name !== 'main.cjs');
// Wrong only with a command behind the value of a flag, where it costs some milliseconds and nothing else.
const cache =
  words.length === 0 || words.includes('--help') || words.includes('-h')
    ? 'help'
    : words.find((word) => caches.includes(word));

// The bundle is ASCII.
const source = Buffer.from(getRawAsset('main.cjs')).latin1Slice();
const program = new Script(source, {
  filename: 'main.cjs',
  ...(caches.includes(cache) ? { cachedData: Buffer.from(getRawAsset(cache)) } : {}),
});
program.runInThisContext()(exports, require, module);
