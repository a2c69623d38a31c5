/** `npm run build`: the bundle dist/main.cjs, and from it the single executable of this platform. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { recordCodeCaches } from './code-cache.ts';
import { writeExecutable } from './executable.ts';

const dist = join(import.meta.dirname, '..', 'dist');
const program = join(dist, 'main.cjs');
const output = join(dist, process.platform === 'win32' ? 'kubectl-hostns.exe' : 'kubectl-hostns');

const meta = join(dist, 'meta.json');

// Where a build fails, nothing of the one before is left. A release in dist/release is no part of it.
for (const file of [program, output, meta]) rmSync(file, { force: true });
mkdirSync(dist, { recursive: true });
writeFileSync(meta, JSON.stringify(await bundle(program)));
writeExecutable({ program, caches: await recordCodeCaches(program), node: process.execPath, output });
console.log(`${program} ${String(Math.round(readFileSync(program).length / 1024))} KiB`);
console.log(output);
