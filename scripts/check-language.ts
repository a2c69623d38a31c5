/**
 * Checks that comments, texts and docs are plain English; CONTRIBUTING.md, "Language", has the rules.
 *
 *     npm run check:language [-- --all | FILE…]
 *
 * Without arguments it checks the files that are not in `NOT_YET`. --all checks every file and prints a count for each
 * directory. The exit code is 1 if there are findings.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { proseOfCode, proseOfHashes, proseOfMarkdown } from './language/prose.ts';
import { checkProse, type Finding, type Prose } from './language/rules.ts';

/** Directories and files that still wait for their rewrite. Take an entry out when its files pass. */
const NOT_YET: readonly string[] = [
  'test/api-server/',
  'test/bin.test.ts',
  'test/cli/',
  'test/cluster/',
  'test/commands/',
  'test/contract/',
  'test/faults/',
  'test/fuzz/',
  'test/kube/',
  'test/language/',
  'test/main/',
  'test/manifests/',
  'test/model/',
  'test/mutation/',
  'test/output/',
  'test/package/',
  'test/probe/',
  'test/readme.test.ts',
  'test/release/',
  'test/release-archives/',
  'test/support/',
  'test/wire/',
  'test/yaml/',
  'docs/rbac/',
];
/** Texts that others wrote, that show what not to write, or that a program generated. */
const NEVER =
  /^(?:LICENSE|package-lock\.json|docs\/generated\/|scripts\/language\/|test\/(?:fixtures|fuzz\/cases)\/|.*\.zh-CN\.md$)/;

const READERS: Readonly<Record<string, (source: string) => readonly Prose[]>> = {
  '.ts': proseOfCode,
  '.js': proseOfCode,
  '.cjs': proseOfCode,
  '.md': proseOfMarkdown,
  '.sh': proseOfHashes,
  '.yaml': proseOfHashes,
  '.yml': proseOfHashes,
};

const chosen = process.argv.slice(2).filter((argument) => argument !== '--all');
const isAll = process.argv.includes('--all');
const files = execFileSync('git', ['ls-files', '-z', ...chosen], { encoding: 'utf8' })
  .split('\0')
  .filter((file) => file !== '' && !NEVER.test(file))
  .filter((file) => isAll || chosen.length > 0 || !NOT_YET.some((prefix) => file.startsWith(prefix)));

const counts = new Map<string, number>();
for (const file of files) {
  const findings = findingsOf(file);
  if (findings.length === 0) continue;
  counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + findings.length);
  if (!isAll) for (const { line, problem } of findings) console.log(`${file}:${String(line)}: ${problem}`);
}
if (isAll) for (const [directory, count] of counts) console.log(`${String(count).padStart(6)} ${directory}`);
const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
console.log(`${String(total)} findings in ${String(files.length)} files`);
process.exitCode = total === 0 ? 0 : 1;

function findingsOf(file: string): readonly Finding[] {
  const source = readFileSync(file, 'utf8');
  const read = READERS[extname(file)] ?? (source.startsWith('#!/') ? proseOfHashes : undefined);
  return (read?.(source) ?? []).flatMap(checkProse);
}
