/** `npm run build`: the bundle dist/main.cjs, and from it the single executable of this platform. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const bundle = join(dist, 'main.cjs');
const executable = join(dist, process.platform === 'win32' ? 'kubectl-hostns.exe' : 'kubectl-hostns');

/**
 * They do not say so, but importing client-node, undici or hpagent does nothing by itself: what of them is
 * not used can go. (Only client-node's OIDC is.)
 */
const withoutSideEffects: Plugin = {
  name: 'without-side-effects',
  setup(context) {
    context.onResolve({ filter: /^(?:@kubernetes\/client-node\/|undici$|hpagent$|\.)/ }, async (args) => {
      const isOurs = !args.path.startsWith('.') || /@kubernetes[\\/]client-node/.test(args.importer);
      if (!isOurs || args.pluginData === 'resolving') return undefined;
      const found = await context.resolve(args.path, {
        importer: args.importer,
        kind: args.kind,
        resolveDir: args.resolveDir,
        pluginData: 'resolving',
      });
      return { ...found, sideEffects: false };
    });
  },
};

/** Nothing is compressed within a WebSocket here, and to load zlib costs 6 ms. */
const withoutDeflate: Plugin = {
  name: 'without-deflate',
  setup(context) {
    context.onLoad({ filter: /[\\/]ws[\\/]lib[\\/]permessage-deflate\.js$/ }, () => ({
      contents: "module.exports = { extensionName: 'permessage-deflate' };",
    }));
  },
};

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
const result = await build({
  entryPoints: [join(root, 'src/index.ts')],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  target: 'node22.19',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // yargs asks where it is, which a bundle cannot say; nothing that is used here depends on the answer.
  define: { 'import.meta.url': JSON.stringify('file:///main.cjs') },
  // The client alone: ws has a server, too.
  alias: { ws: join(root, 'node_modules/ws/lib/websocket.js') },
  plugins: [withoutSideEffects, withoutDeflate],
  metafile: true,
  logLevel: 'warning',
});
writeFileSync(join(dist, 'meta.json'), JSON.stringify(result.metafile));

const config = join(dist, 'sea-config.json');
writeFileSync(
  config,
  JSON.stringify({
    main: bundle,
    output: executable,
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    // A young generation of 1 MiB, for the list of a large cluster is garbage as soon as it is decoded; and no
    // helper threads, which cost more memory than they save time in a run of seconds.
    execArgv: ['--max-semi-space-size=1', '--v8-pool-size=0'],
  }),
);
execFileSync(process.execPath, ['--build-sea', config], {
  cwd: dist,
  stdio: ['ignore', 'ignore', 'inherit'],
});
rmSync(config);
// --build-sea writes the file in one piece, which the page cache then holds in such large pieces that each
// page fault maps megabytes of it: a copy has 35 MiB less resident.
copyFileSync(executable, `${executable}.copy`);
renameSync(`${executable}.copy`, executable);
console.log(`${bundle} ${String(Math.round(readFileSync(bundle).length / 1024))} KiB`);
console.log(executable);
