import { randomBytes } from 'node:crypto';
import { ExplainedError } from '../../errors.ts';
import { type ContainerView, readContainerView } from '../../inspection/container-view.ts';
import { ReportError } from '../../inspection/report-error.ts';
import { inspectionCommand, type ReportPart } from '../../inspection/script.ts';
import { exec, type ExecResult } from '../../kube/api/exec.ts';
import { requireSamePod } from '../../kube/api/find-pods.ts';
import { ForbiddenError } from '../../kube/errors/refusal.ts';
import type { Session } from '../../kube/api/session.ts';
import type { Pod } from '../../model/pod.ts';
import type { Seen } from '../../verdict/verification.ts';

/** A node with 5,000 interfaces and 20,000 listening sockets reports less. */
const MAX_REPORT_BYTES = 8 * 1024 * 1024;
const MAX_STDERR_BYTES = 64 * 1024;
/** Where a shell may be; the second is looked up on the image's own PATH (busybox in distroless debug images). */
const SHELLS = ['/bin/sh', 'sh'] as const;
/** What runc and crun say of a shell that an image does not have, and what their shims exit with. */
const NO_PROGRAM = /exec: "(?:\/bin\/)?sh"|executable file (?:`?(?:\/bin\/)?sh`? )?not found/;
const NO_PROGRAM_CODES: readonly number[] = [126, 127];

export interface ContainerInspection {
  readonly parts: readonly ReportPart[];
  /** Milliseconds for the whole. */
  readonly timeout: number;
  /** Requests that keep a connection busy which the check of the Pod's UID can use after them. */
  readonly pending: Promise<unknown>;
}

/**
 * Lets a container report on itself, by one exec of a constant script that writes nothing and soon ends. Meanwhile it
 * makes sure that the exec has reached this Pod and not another of the same name.
 *
 * @throws PodGoneError where the Pod is gone or replaced; InterruptedError on Ctrl-C; any other failure of the exec is the
 *   reason why nothing was seen
 */
export async function inspectContainer(
  pod: Pod,
  container: string,
  inspection: ContainerInspection,
  session: Session,
): Promise<Seen<ContainerView>> {
  const check = async (): Promise<void> => {
    await inspection.pending;
    await requireSamePod(pod, inspection.timeout, session);
  };
  const checks: Promise<void>[] = [];
  // The UID is read again as soon as the server has accepted the exec, which saves a round trip.
  const onOpen = (): void => {
    const begun = check();
    begun.catch(() => undefined);
    checks.push(begun);
  };
  const seen = await report(pod, container, inspection, onOpen, session);
  // The last one: a second shell is a second exec.
  await (checks.at(-1) ?? check());
  return seen;
}

async function report(
  { namespace, name: pod }: Pod,
  container: string,
  { parts, timeout }: ContainerInspection,
  onOpen: () => void,
  session: Session,
): Promise<Seen<ContainerView>> {
  const marker = randomBytes(16).toString('hex');
  const deadline = performance.now() + timeout;
  for (const shell of SHELLS) {
    let result: ExecResult;
    try {
      result = await exec(
        {
          namespace,
          pod,
          container,
          command: inspectionCommand(shell, marker, parts),
          maxStdoutBytes: MAX_REPORT_BYTES,
          maxStderrBytes: MAX_STDERR_BYTES,
          timeout: Math.max(1, deadline - performance.now()),
          onOpen,
        },
        session,
      );
    } catch (error) {
      if (!(error instanceof ExplainedError)) throw error;
      const why = error instanceof ForbiddenError ? 'exec into it is forbidden' : 'it could not be asked';
      return { kind: 'unseen', why, error };
    }
    if (!hasNoShell(result)) return interpret(result, marker);
  }
  return { kind: 'unseen', why: 'its image has no shell; use --probe' };
}

function hasNoShell(result: ExecResult): boolean {
  if (result.kind === 'not-started') return NO_PROGRAM.test(result.message);
  return result.kind === 'ended' && NO_PROGRAM_CODES.includes(result.exitCode) && result.stdout.length === 0;
}

/** A report that was cut off still says what it has said. */
function interpret(result: ExecResult, marker: string): Seen<ContainerView> {
  if (result.kind === 'not-started')
    return { kind: 'unseen', why: `the script could not be started: ${result.message}` };
  try {
    return { kind: 'seen', what: readContainerView(result.stdout.toString('utf8'), marker) };
  } catch (error) {
    if (!(error instanceof ReportError)) throw error;
    const ending = endings[result.kind === 'ended' ? 'ended' : result.why];
    const said = firstLineOf(result.stderr);
    const quoted = said === '' ? '' : ` (it says "${said}")`;
    return { kind: 'unseen', why: `${ending}${quoted}; its report cannot be read: ${error.message}` };
  }
}

/** How an exec ended that brought no report. */
const endings = {
  ended: 'the script ended',
  timeout: 'it took too long',
  flood: 'it printed without end',
  closed: 'the connection was closed',
  garbled: 'what came does not follow the protocol',
  stalled: 'the line went dead',
} as const;

const QUOTED_CHARACTERS = 200;

/** What a program has said, for a sentence. */
export function firstLineOf(output: Buffer): string {
  return (output.toString('utf8').trim().split('\n', 1)[0] ?? '').slice(0, QUOTED_CHARACTERS);
}
