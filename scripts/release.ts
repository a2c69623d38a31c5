/** `npm run release`: writes the archives of all platforms, their checksums and the krew manifest. */
import { makeRelease } from './release/make-release.ts';
import { ReleaseError } from './release/release-error.ts';

try {
  const [argument] = process.argv.slice(2);
  if (argument !== undefined) throw new ReleaseError(`release takes no arguments (got "${argument}").`);
  await makeRelease((line) => {
    console.log(line);
  });
} catch (error) {
  if (!(error instanceof ReleaseError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
