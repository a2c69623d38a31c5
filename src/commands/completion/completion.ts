import { exitCode, type ExitCode } from '../../errors.ts';
import { safeLines } from '../../output/safe-text.ts';
import type { CommandContext } from '../shared/context.ts';

/**
 * kubectl searches PATH for a program of this name. RES_OPTIONS limits the DNS lookups of the C library: Node.js waits for
 * its threads at exit, however short the timeout of the completion is.
 */
const HELPER = `#!/bin/sh
# Completes "kubectl hostns" in every shell that completes kubectl (1.26 or newer).
# Its name is kubectl_complete-hostns, and it must be executable and in a folder of PATH.

# A name server that does not answer must not block the shell.
export RES_OPTIONS="$RES_OPTIONS timeout:1 attempts:1"

if command -v kubectl-hostns >/dev/null 2>&1; then
  exec kubectl-hostns __complete "$@"
fi
exec kubectl hostns __complete "$@"
`;

const INSTRUCTIONS = `\
To install it in a folder of PATH, here ~/.local/bin:
  kubectl hostns completion > ~/.local/bin/kubectl_complete-hostns
  chmod +x ~/.local/bin/kubectl_complete-hostns
kubectl's own completion calls it, once that is set up in your shell:
  source <(kubectl completion bash)              # or zsh; kubectl completion --help has the others
  complete -o default -F __start_kubectl k       # in bash, for an alias k
On Windows kubectl takes a program only by its ending, so there it must be a kubectl_complete-hostns.cmd
with the line "@kubectl-hostns __complete %*" (not tried).
`;

/** Runs `kubectl hostns completion`: prints the helper script, and how to install it to standard error. */
export function completion({ stdout, stderr }: CommandContext): ExitCode {
  stdout.write(safeLines(HELPER));
  stderr.write(safeLines(INSTRUCTIONS));
  return exitCode.ok;
}
