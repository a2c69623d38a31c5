import { exitCode, type ExitCode } from '../../errors.ts';
import type { Named } from '../../kube/api/names.ts';
import { join, type SafeText, text } from '../../output/safe-text.ts';
import type { CommandContext, ConnectionOptions } from '../shared/context.ts';

/** Completions of an unfinished word. */
export type Completion =
  | { readonly kind: 'words'; readonly candidates: readonly Candidate[] }
  /** Completed by the shell; only files with these extensions, if there are any. */
  | { readonly kind: 'files'; readonly extensions: readonly string[] }
  | LiveCompletion;

export interface Candidate {
  readonly value: string;
  readonly describe?: string;
}

/** Names that are read from the kubeconfig or the cluster. */
export interface LiveCompletion {
  readonly kind: 'live';
  readonly wanted: Wanted;
  readonly connection: ConnectionOptions;
  /** Part of the word before the name: `deployment/`. */
  readonly before: string;
  /** Typed part of the name. */
  readonly begin: string;
  /** Names that are on the command line already. */
  readonly except: readonly string[];
  /** Other candidates, which need more text after them: `deployment/`. */
  readonly unfinished: readonly string[];
}

/** Kind of the names. */
export type Wanted = { readonly kind: 'contexts' | 'clusters' | 'users' } | Named;

/** Bits of cobra's ShellCompDirective. */
const directive = { noSpace: 2, noFiles: 4, onlyExtensions: 8 } as const;

/** The shell is blocked after Tab, so the time is short. */
const MAX_MILLISECONDS = 1500;

interface Output {
  readonly candidates: readonly Candidate[];
  readonly directive: number;
}

/**
 * Runs `kubectl hostns __complete`: prints one candidate per line, as cobra's `__complete` does for kubectl
 * (k8s.io/kubectl/pkg/cmd/plugin/plugin_completion.go). It prints nothing else, and never fails.
 */
export async function complete(completion: Completion, context: CommandContext): Promise<ExitCode> {
  const output = await outputOf(completion, context);
  context.stdout.write(join([...output.candidates.map(line), text`:${output.directive}\n`], ''));
  return exitCode.ok;
}

function line({ value, describe }: Candidate): SafeText {
  return describe === undefined ? text`${value}\n` : text`${value}\t${describe}\n`;
}

async function outputOf(completion: Completion, context: CommandContext): Promise<Output> {
  switch (completion.kind) {
    case 'words':
      return { candidates: completion.candidates, directive: directive.noFiles };
    case 'files':
      return {
        candidates: completion.extensions.map((value) => ({ value })),
        directive: completion.extensions.length === 0 ? 0 : directive.onlyExtensions,
      };
    case 'live':
      return liveOutput(completion, await namesInTime(completion, context));
  }
}

/** @param names null if there was no response */
function liveOutput(
  { before, begin, except, unfinished }: LiveCompletion,
  names: readonly string[] | null,
): Output {
  if (names === null) return { candidates: [], directive: directive.noFiles };
  const found = names.filter((name) => name.startsWith(begin) && isPlain(name) && !except.includes(name));
  return {
    candidates: [...found.map((name) => before + name), ...unfinished].map((value) => ({ value })),
    directive: directive.noFiles + (found.length === 0 && unfinished.length > 0 ? directive.noSpace : 0),
  };
}

/**
 * Returns true if a name is safe as a candidate: shells insert candidates into the command line, so a name must not contain
 * shell syntax or look like a flag.
 */
function isPlain(name: string): boolean {
  return /^\w[\w@%+=:,./-]{0,252}$/.test(name);
}

async function namesInTime(
  completion: LiveCompletion,
  context: CommandContext,
): Promise<readonly string[] | null> {
  const deadline = new AbortController();
  const late = new Promise<null>((resolve) => {
    deadline.signal.addEventListener('abort', () => {
      resolve(null);
    });
  });
  const timer = setTimeout(() => {
    deadline.abort();
  }, MAX_MILLISECONDS);
  const quiet: CommandContext = {
    ...context,
    isInteractive: false,
    isSilent: true,
    verbosity: 0,
    signal: AbortSignal.any([context.signal, deadline.signal]),
  };
  try {
    return await Promise.race([names(completion, quiet), late]);
  } catch {
    // An error cannot be shown while the user types. The command itself reports it later.
    return null;
  } finally {
    clearTimeout(timer);
  }
}

async function names(
  { wanted, connection }: LiveCompletion,
  context: CommandContext,
): Promise<readonly string[]> {
  switch (wanted.kind) {
    case 'contexts':
    case 'clusters':
    case 'users': {
      const { readKubeconfig } = await import('../../kube/config/kubeconfig.ts');
      const config = await readKubeconfig(connection.kubeconfig, context.environment, context.homeDirectory);
      return [...config[wanted.kind].keys()];
    }
    default: {
      const [{ withSession }, { namesOf }] = await Promise.all([
        import('../shared/session.ts'),
        import('../../kube/api/names.ts'),
      ]);
      return withSession(connection, context, (session) => namesOf(wanted, session));
    }
  }
}
