import { parseArgs } from 'node:util';
import { ReleaseError, reasonOf } from './release-error.ts';

export interface Options {
  /** A folder of executables that were built before; without it they are built. */
  readonly executables: string | undefined;
  readonly requireSignatures: boolean;
}

/** @throws ReleaseError where `npm run release` knows no such option */
export function parseOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { executables: { type: 'string' }, 'require-signatures': { type: 'boolean' } },
    });
    if (values.executables === '') throw new Error("Option '--executables' needs a folder");
    return {
      executables: values.executables,
      requireSignatures: values['require-signatures'] ?? false,
    };
  } catch (error) {
    const [reason = ''] = reasonOf(error).split('. ');
    throw new ReleaseError(`${reason}: the options are --executables FOLDER and --require-signatures.`, {
      cause: error,
    });
  }
}
