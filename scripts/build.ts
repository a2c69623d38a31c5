/** `npm run build`: writes the bundle dist/main.cjs and the executable of this platform. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { writeOwnExecutable } from './executable.ts';
import { executableNameOf, thisPlatform } from './release/platforms.ts';

const dist = join(import.meta.dirname, '..', 'dist');
const program = join(dist, 'main.cjs');
const output = join(dist, executableNameOf(thisPlatform()));
const meta = join(dist, 'meta.json');

// A build that fails leaves nothing of an older one. A release in dist/release is not part of it.
for (const file of [program, output, meta]) rmSync(file, { force: true });
mkdirSync(dist, { recursive: true });
writeFileSync(meta, JSON.stringify(await bundle(program)));
writeOwnExecutable(program, output);
console.log(`${program} ${String(Math.round(readFileSync(program).length / 1024))} KiB`);
console.log(output);
