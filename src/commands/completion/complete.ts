import { exitCode, type ExitCode } from '../../errors.ts';
import type { Named } from '../../kube/api/names.ts';
import { join, type SafeText, text } from '../../output/safe-text.ts';
import type { CommandContext, ConnectionOptions } from '../shared/context.ts';

/** What a word that is being typed can become. */
export type Completion =
  | { readonly kind: 'words'; readonly candidates: readonly Candidate[] }
  /** The shell's own business; with these extensions alone, where there are any. */
  | { readonly kind: 'files'; readonly extensions: readonly string[] }
  | LiveCompletion;

export interface Candidate {
  readonly value: string;
  readonly describe?: string;
}

/** Names that only the kubeconfig or the cluster knows. */
export interface LiveCompletion {
  readonly kind: 'live';
  readonly wanted: Wanted;
  readonly connection: ConnectionOptions;
  /** What stands before the name within the word: `deployment/`. */
  readonly before: string;
  /** What has been typed of the name. */
  readonly begin: string;
  /** Names that are given already. */
  readonly except: readonly string[];
  /** What could stand here as well, if more were to follow: `deployment/`. */
  readonly unfinished: readonly string[];
}

/** What the names are of. */
export type Wanted = { readonly kind: 'contexts' | 'clusters' | 'users' } | Named;

/** Cobra's ShellCompDirective, of which the bits are added up. */
const directive = { noSpace: 2, noFiles: 4, onlyExtensions: 8 } as const;

/** Whoever has pressed Tab waits, and can type nothing meanwhile. */
const MAX_MILLISECONDS = 1500;

interface Output {
  readonly candidates: readonly Candidate[];
  readonly directive: number;
}

/**
 * `kubectl hostns __complete`: the candidates, one a line, as cobra's `__complete` prints them for kubectl
 * (k8s.io/kubectl/pkg/cmd/plugin/plugin_completion.go). It says nothing else, and never fails.
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

/** @param names null where nobody has answered */
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
 * The shells put a candidate into the command line: a name that a shell would take for more than a word, or
 * the plugin for a flag, is none.
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
    // In the middle of a line nobody can be told what is wrong; the command itself will say it.
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
