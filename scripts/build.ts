/** `npm run build`: the bundle dist/main.cjs, and from it the single executable of this platform. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { writeExecutable } from './executable.ts';

const dist = join(import.meta.dirname, '..', 'dist');
const main = join(dist, 'main.cjs');
const output = join(dist, process.platform === 'win32' ? 'kubectl-hostns.exe' : 'kubectl-hostns');

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
writeFileSync(join(dist, 'meta.json'), JSON.stringify(await bundle(main)));
writeExecutable({ main, node: process.execPath, isForThisPlatform: true, output });
console.log(`${main} ${String(Math.round(readFileSync(main).length / 1024))} KiB`);
console.log(output);
