import { ReleaseError } from './release-error.ts';

/**
 * Environment variables that would make the executable run other code, behave like the `bun` command, open a debugger, write files, or
 * print warnings about other programs. No flag of `bun build` switches them off.
 * A name also stands for all names that begin with it: BUN_INSPECT for BUN_INSPECT_CONNECT_TO.
 */
export const DISABLED_VARIABLES = [
  'BUN_BE_BUN',
  'BUN_BYTECODE_',
  'BUN_CONFIG_',
  'BUN_INSPECT',
  'BUN_OPTIONS',
  'NODE_CHANNEL_FD',
  'NODE_EXTRA_CA_CERTS',
] as const;

/**
 * Disables these variables in an executable of Bun: the first byte of each name becomes a NUL, which no environment
 * variable can have in its name. Names in texts and JavaScript, which follow a space, a quote, a full stop or a
 * bracket, stay unchanged.
 *
 * @throws ReleaseError if a name is not found, so that another version of Bun is not shipped unprotected
 */
export function disableVariables(bun: Buffer): Buffer {
  const patched = Buffer.from(bun);
  for (const name of DISABLED_VARIABLES) {
    let found = 0;
    for (let at = bun.indexOf(name); at !== -1; at = bun.indexOf(name, at + 1)) {
      if (' ."\'('.includes(String.fromCharCode(bun[at - 1] ?? 0))) continue;
      patched[at] = 0;
      found += 1;
    }
    if (found === 0) throw new ReleaseError(`Bun's executable does not have the variable ${name}.`);
  }
  return patched;
}
