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
/** Possible shells. The second one is found on the PATH of the image (busybox in distroless debug images). */
const SHELLS = ['/bin/sh', 'sh'] as const;
/** Messages and exit codes of runc and crun, and their shims, if the image does not have the shell. */
const NO_PROGRAM = /exec: "(?:\/bin\/)?sh"|executable file (?:`?(?:\/bin\/)?sh`? )?not found/;
const NO_PROGRAM_CODES: readonly number[] = [126, 127];

export interface ContainerInspection {
  readonly parts: readonly ReportPart[];
  /** Milliseconds for the inspection. */
  readonly timeout: number;
  /** Pending requests. The check of the Pod's UID can reuse their connection. */
  readonly pending: Promise<unknown>;
}

/**
 * Collects the container's report about itself, with one exec of a constant script that writes nothing. Checks that the exec
 * reached this Pod, not another one of the same name.
 *
 * @throws PodGoneError if the Pod is gone or replaced, InterruptedError on Ctrl-C. Any other failure of the exec is returned as
 *   the reason.
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
  // The UID is read as soon as the server accepts the exec, which saves a round trip.
  const onOpen = (): void => {
    const begun = check();
    begun.catch(() => undefined);
    checks.push(begun);
  };
  const seen = await report(pod, container, inspection, onOpen, session);
  // The last exec counts: a second shell needs a second one.
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

/** The part of a truncated report that was received is used. */
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

/** Explains an exec that ended without a report. */
const endings = {
  ended: 'the script ended',
  timeout: 'it took too long',
  flood: 'it printed without end',
  closed: 'the connection was closed',
  garbled: 'what came does not follow the protocol',
  stalled: 'the line went dead',
} as const;

const QUOTED_CHARACTERS = 200;

/** Returns the output of a program, for a sentence. */
export function firstLineOf(output: Buffer): string {
  return (output.toString('utf8').trim().split('\n', 1)[0] ?? '').slice(0, QUOTED_CHARACTERS);
}
