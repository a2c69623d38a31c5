import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');

/**
 * Importing these packages has no side effects, although their package.json does not declare it, so that unused code can be removed.
 * Of client-node only OIDC is used.
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

/** The WebSockets here use no compression, and loading zlib takes 6 ms. */
const withoutDeflate: Plugin = {
  name: 'without-deflate',
  setup(context) {
    context.onLoad({ filter: /[\\/]ws[\\/]lib[\\/]permessage-deflate\.js$/ }, () => ({
      contents: "module.exports = { extensionName: 'permessage-deflate' };",
    }));
  },
};

/** Help is ASCII, so its width is its length. Loading the code for any other text takes 40 ms. */
const asciiWidth: Plugin = {
  name: 'ascii-width',
  setup(context) {
    const filter = /[\\/](?:cliui|wrap-ansi|yargs)[\\/]node_modules[\\/]string-width[\\/]index\.js$/;
    context.onLoad({ filter }, () => ({ contents: 'export default (text) => text.length;' }));
  },
};

/**
 * Packages that are not bundled. The proxy agents would print a proxy's password through `debug` if DEBUG is set. `kerberos` is not
 * installed and would be loaded from the current directory.
 */
const leftOut: Plugin = {
  name: 'left-out',
  setup(context) {
    context.onResolve({ filter: /^(?:debug|kerberos)$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    context.onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({
      contents:
        path === 'debug'
          ? 'module.exports = () => Object.assign(() => undefined, { enabled: false });'
          : "throw new Error('Kerberos is not supported.');",
    }));
  },
};

/** Includes only the version of package.json, so that its other lines do not change the program. */
const versionAlone: Plugin = {
  name: 'version-alone',
  setup(context) {
    context.onLoad({ filter: /[\\/]package\.json$/ }, ({ path }) => {
      if (path !== join(root, 'package.json')) return undefined;
      const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/**
 * Writes the program with its packages as one file, which is the same on every platform.
 *
 * @param outfile path of the CommonJS file, which is ASCII
 * @returns the metafile, which lists its inputs
 */
export async function bundle(outfile: string): Promise<Metafile> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [join(root, 'src/index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node22.19',
    format: 'cjs',
    // To import a part of Node.js costs as much as the whole loader of ES modules, to require it nothing.
    supported: { 'dynamic-import': false },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // yargs asks where it is, which a bundle cannot say; nothing that is used here depends on the answer.
    define: { 'import.meta.url': JSON.stringify('file:///main.cjs') },
    // The client alone: ws has a server, too.
    alias: { ws: join(root, 'node_modules/ws/lib/websocket.js') },
    plugins: [withoutSideEffects, withoutDeflate, leftOut, asciiWidth, versionAlone],
    metafile: true,
    logLevel: 'warning',
  });
  // ASCII means the same in every encoding. esbuild escapes all other characters, except in regular expressions.
  const wrong = /.{0,20}[^\t\n -~].{0,20}/.exec(readFileSync(outfile, 'latin1'));
  if (wrong !== null) throw new Error(`The bundle is not ASCII: ${wrong[0]}`);
  return result.metafile;
}
