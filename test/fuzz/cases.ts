import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An input that once showed something wrong, as its bytes. */
export interface Case {
  /** `TARGET/NAME` */
  readonly name: string;
  readonly input: Buffer;
}

const FOLDER = join(import.meta.dirname, 'cases');

/** The cases of a target, which are the files of its folder. */
export function casesOf(target: string): readonly Case[] {
  const folder = join(FOLDER, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => ({ name: `${target}/${file}`, input: readFileSync(join(folder, file)) }));
}

/** The folders that there are. */
export function caseFolders(): readonly string[] {
  return readdirSync(FOLDER).sort();
}

/** @returns the name of the file, from the folder of the fuzzer */
export function keepCase(target: string, input: Uint8Array): string {
  const name = join('cases', target, createHash('sha256').update(input).digest('hex').slice(0, 12));
  mkdirSync(join(FOLDER, target), { recursive: true });
  writeFileSync(join(import.meta.dirname, name), input);
  return name;
}
