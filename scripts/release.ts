/** `npm run release`: the archives of all platforms, their checksums and krew's manifest. */
import { makeRelease } from './release/make-release.ts';
import { parseOptions } from './release/options.ts';
import { ReleaseError } from './release/release-error.ts';

try {
  await makeRelease(parseOptions(process.argv.slice(2)), (line) => {
    console.log(line);
  });
} catch (error) {
  if (!(error instanceof ReleaseError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
