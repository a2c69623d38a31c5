import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printTable } from '../support/markdown-table.ts';
import { emptyRow, type Row, ROWS_FOLDER } from './row.ts';

/** `npm run test:faults`: runs the fault matrix and prints its results as a Markdown table. */

const folder = mkdtempSync(join(tmpdir(), 'hostns-faults-'));
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    '--config',
    'jest.faults.config.js',
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit', env: { ...process.env, [ROWS_FOLDER]: folder } },
);
const rows = readdirSync(folder)
  .sort()
  .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as readonly Row[]);
rmSync(folder, { recursive: true });

const TITLES = ['OPERATION', 'FAULT', 'PLACES', 'RIGHT ANSWER', 'CLEAR ERROR', 'FAILED', 'TRIED AGAIN'];

const COUNTS = ['places', 'right', 'error', 'failed', 'retries'] as const;

/** What the table calls faults of one sort. */
const SORTS: readonly (readonly [fault: RegExp, sort: string])[] = [
  [/^410 .* while$/, '410 up to three times, with a token or without'],
  [/Retry-After: (?:\d+(?:,.*)?)$/, 'asked to wait, by Retry-After'],
  [/^\d\d\d\b/, 'refused, by 204, 301, 400 … 504'],
  [/before an answer$|^never answered$/, 'closed, reset or silent before an answer'],
  [/^cut: .*, once$/, 'cut once: closed, reset, short, ended'],
  [/^cut: /, 'cut each time: closed, reset, short, ended'],
  [/^stalled$|^in chunks/, ''],
  [
    /^(?:half-closed|unknown-channel|status-first|status-twice|garbage-behind|left-open)$/,
    'unknown channels, Status first or twice, no close …',
  ],
  [/^(?!noise$|null$|mislabelled$)[a-z]+(?:-[a-z]+)*$/, 'hangs, floods, trickles, ends early, garbage …'],
  [/./, 'nonsense or mislabelled, with 200'],
];

function sortOf(fault: string): string {
  const [, sort = ''] = SORTS.find(([pattern]) => pattern.test(fault)) ?? [];
  return sort || fault;
}

/** Pages of a list are one line. */
function merged(all: readonly Row[]): readonly Row[] {
  const found = new Map<string, Row>();
  for (const row of all) {
    const operation = row.operation.replace(/, page \d of \d$/, ', in pages');
    const fault = sortOf(row.fault);
    const key = `${operation}\n${fault}`;
    const sum = found.get(key) ?? emptyRow(operation, fault);
    for (const count of COUNTS) sum[count] += row[count];
    found.set(key, sum);
  }
  return [...found.values()];
}

const table = merged(rows);
const total = emptyRow('all', '');
for (const row of table) for (const count of COUNTS) total[count] += row[count];
console.log();
printTable(
  TITLES,
  [...table, total].map((row) => [row.operation, row.fault, ...COUNTS.map((count) => row[count])]),
);
process.exitCode = status ?? 1;
