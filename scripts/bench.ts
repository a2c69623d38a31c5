/**
 * `npm run bench`: compares whole commands with kubectl and curl on the real test cluster, as ratios within one run. A slow machine
 * makes nothing fail: the bars are printed next to the results. Times are medians of some runs. Long commands run once.
 *
 *     npm run bench -- [--pods 1000,10000,100000] [--runs 3] [--only PART,…]
 *
 * The parts. --only selects some of them:
 * - start-up: start-up, small lists and one Pod, against kubectl.
 * - far: small lists and one Pod, against kubectl, with 100 ms of latency to the API server.
 * - crowd: a hundred Pods of one node, against kubectl.
 * - lists: list -A of each of these numbers of Pods, against curl and kubectl.
 * - json: with lists: also kubectl with jq, which takes minutes and 10 GiB for 100,000 Pods.
 * - pages: the last of these numbers of Pods in pages of several sizes.
 * - watch: a watch for a minute in which 1,000 Pods change each second.
 */
import { cpus, arch, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { changes } from './bench/churn.ts';
import { crowd } from './bench/crowd.ts';
import { lists, pageSizes, withPods } from './bench/many-pods.ts';
import { missing, removeScratch } from './bench/measure.ts';
import { roundTrips } from './bench/round-trips.ts';
import { smallCluster } from './bench/small-cluster.ts';

const PARTS = ['start-up', 'far', 'crowd', 'lists', 'json', 'pages', 'watch'];
const WATCHED_PODS = 10_000;
const WATCH_SECONDS = 60;

const { values: options } = parseArgs({
  options: {
    pods: { type: 'string', default: '1000,10000,100000' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string', default: PARTS.join(',') },
  },
});
const counts = options.pods.split(',').map(Number);
const runs = Number(options.runs);
const parts = options.only.split(',');
const wrong = [
  ...counts
    .filter((count) => !Number.isSafeInteger(count) || count < 1)
    .map(() => '--pods takes numbers of Pods'),
  ...(Number.isSafeInteger(runs) && runs > 0 ? [] : ['--runs takes a number']),
  ...(parts.every((part) => PARTS.includes(part)) ? [] : [`--only takes ${PARTS.join(', ')}`]),
  ...(parts.includes('json') && !parts.includes('lists') ? ['--only json takes lists as well'] : []),
  missing() ?? [],
].flat();
if (wrong[0] !== undefined) {
  console.error(wrong[0]);
  process.exit(1);
}

// Remove what the benchmark created. Child processes receive the same signal from the terminal.
const interruption = new AbortController();
process.on('SIGINT', () => {
  interruption.abort();
});
try {
  console.log(
    `${String(cpus().length)} CPUs, ${String(Math.round(totalmem() / 2 ** 30))} GiB, ${process.platform} ${release()} ${arch()}\n`,
  );
  if (parts.includes('start-up')) smallCluster(runs);
  if (parts.includes('far')) await roundTrips(runs);
  if (parts.includes('crowd')) crowd(runs);
  if (parts.includes('watch')) {
    await withPods(WATCHED_PODS, interruption.signal, () =>
      changes(WATCHED_PODS, WATCH_SECONDS, interruption.signal),
    );
  }
  for (const count of counts) {
    const isLast = count === counts.at(-1);
    if (!parts.includes('lists') && !(isLast && parts.includes('pages'))) continue;
    await withPods(count, interruption.signal, () => {
      if (parts.includes('lists')) lists(count, runs, parts.includes('json'));
      if (isLast && parts.includes('pages')) pageSizes(runs);
    });
  }
} finally {
  removeScratch();
}
