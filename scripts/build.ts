/** `npm run build`: the bundle dist/main.cjs, and from it the single executable of this platform. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { writeExecutable } from './executable.ts';
import { installedBun } from './release/bun-packages.ts';
import { executableNameOf, thisPlatform } from './release/platforms.ts';

const dist = join(import.meta.dirname, '..', 'dist');
const program = join(dist, 'main.cjs');
const platform = thisPlatform();
const output = join(dist, executableNameOf(platform));
const meta = join(dist, 'meta.json');

// A build that fails leaves nothing of an older one. A release in dist/release is not part of it.
for (const file of [program, output, meta]) rmSync(file, { force: true });
mkdirSync(dist, { recursive: true });
writeFileSync(meta, JSON.stringify(await bundle(program)));
writeExecutable({ program, platform, bun: readFileSync(installedBun(platform)), output });
console.log(`${program} ${String(Math.round(readFileSync(program).length / 1024))} KiB`);
console.log(output);
