import { ExplainedError } from '../../errors.ts';
import { execChannel, type ExecEnding, readExecEnding, readExecMessage } from '../../wire/exec-channels.ts';
import { WireError } from '../../wire/protobuf-reader.ts';
import type { Status } from '../../wire/status.ts';
import { withoutFullStop } from '../../wire/wording.ts';
import type { Answer } from '../transport/client.ts';
import { CHECK_WEBSOCKETS } from '../errors/connection-error.ts';
import { PodGoneError } from './find-pods.ts';
import { podPath } from './pod-path.ts';
import { readStatus, redirects, refusal, sayingOf } from '../errors/refusal.ts';
import type { Session } from './session.ts';
import { type LineEnd, loadWebSocket, type Want } from '../transport/web-socket.ts';

/** v5 is on by default from Kubernetes 1.30, and older versions have v4. Without stdin they are the same. */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
/** Maximum size of a Status, which is one message. */
const MAX_STATUS_BYTES = 64 * 1024;

export interface ExecRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Goes into the URL, which what stands before an API server may limit to some 8 KiB. */
  readonly command: readonly string[];
  /** How much of each stream is kept; more of it ends the exec. */
  readonly maxStdoutBytes: number;
  readonly maxStderrBytes: number;
  /** Milliseconds for the whole. */
  readonly timeout: number;
  /** Called when the server has accepted the command. From then on it runs in this very Pod. */
  readonly onOpen?: () => void;
}

interface Output {
  /** Output before the end. */
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export type ExecResult = Output &
  (
    | { readonly kind: 'ended'; readonly exitCode: number }
    /** In the kubelet's or the runtime's own words: no such program, no such container, … */
    | { readonly kind: 'not-started'; readonly message: string }
    | { readonly kind: 'cut-off'; readonly why: CutOff }
  );

/**
 * flood: the output exceeds the limit; closed: the connection ended before the command; garbled: a message does not follow the
 * protocol; stalled: the server does not answer pings; timeout: the time is over.
 */
export type CutOff = 'flood' | 'closed' | 'garbled' | 'stalled' | 'timeout';

/** Loads the modules of an exec. Callers do it while they wait for another response. */
export function prepareExec(): void {
  void loadWebSocket();
}

/**
 * Runs a command in a container, without stdin and without a terminal. A command that exceeds a limit keeps running until it
 * ends: Kubernetes cannot stop it.
 *
 * @throws PodGoneError, ForbiddenError, InterruptedError, or another ExplainedError if no command was run
 */
export async function exec(request: ExecRequest, session: Session): Promise<ExecResult> {
  const transcript = new Transcript(request);
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(new ExplainedError('The time for the command has passed.'));
  }, request.timeout);
  try {
    const answer = await session.client.webSocket({
      doing: doing(request),
      path: `${podPath(request.namespace, request.pod)}/exec`,
      query: [
        ...request.command.map((word) => ['command', word] as const),
        ['container', request.container],
        ['stdout', 'true'],
        ['stderr', 'true'],
      ],
      protocols: PROTOCOLS,
      maxMessageBytes: 1 + Math.max(request.maxStdoutBytes, request.maxStderrBytes, MAX_STATUS_BYTES),
      signal: deadline.signal,
    });
    if (answer.kind === 'refused') throw await refused(answer.answer, request, session);
    request.onOpen?.();
    return transcript.result(await answer.messages.forEach((message) => transcript.take(message)));
  } catch (error) {
    if (error === deadline.signal.reason) return transcript.result('timeout');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Collects the output of a command, message by message. */
class Transcript {
  readonly #stdout: KeptBytes;
  readonly #stderr: KeptBytes;
  #ending: ExecEnding | null = null;
  #spoiled: 'flood' | 'garbled' | null = null;

  constructor({ maxStdoutBytes, maxStderrBytes }: ExecRequest) {
    this.#stdout = new KeptBytes(maxStdoutBytes);
    this.#stderr = new KeptBytes(maxStderrBytes);
  }

  take(message: Buffer): Want {
    try {
      const { channel, payload } = readExecMessage(message);
      if (channel === execChannel.stdout) this.#keep(this.#stdout, payload);
      else if (channel === execChannel.stderr) this.#keep(this.#stderr, payload);
      else if (channel === execChannel.error && payload.length > 0) this.#ending ??= readExecEnding(payload);
      // Any other is none that was asked for; as in client-go it is left alone.
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      if (this.#ending === null) this.#spoiled = 'garbled';
    }
    if (this.#spoiled !== null) return 'nothing';
    // Output may still come behind the Status, which a proxy or a runtime has let overtake it.
    return this.#ending === null ? 'more' : 'close';
  }

  result(lineEnd: LineEnd): ExecResult {
    const output = { stdout: this.#stdout.bytes, stderr: this.#stderr.bytes };
    if (lineEnd === 'too-long') return { kind: 'cut-off', why: 'flood', ...output };
    if (this.#spoiled !== null) return { kind: 'cut-off', why: this.#spoiled, ...output };
    switch (this.#ending?.kind) {
      case 'exit':
        return { kind: 'ended', exitCode: this.#ending.code, ...output };
      case 'failed':
        return { kind: 'not-started', message: this.#ending.message, ...output };
      default:
        return { kind: 'cut-off', why: lineEnd === 'enough' ? 'closed' : lineEnd, ...output };
    }
  }

  #keep(stream: KeptBytes, payload: Buffer): void {
    if (!stream.add(payload)) this.#spoiled = 'flood';
  }
}

/** One buffer for the output: a separate Buffer for each byte would take a hundred times the memory. */
class KeptBytes {
  readonly #maximum: number;
  #buffer = Buffer.alloc(0);
  #length = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Keeps what there is room for; false where that is not all. */
  add(bytes: Buffer): boolean {
    const count = Math.min(bytes.length, this.#maximum - this.#length);
    const needed = this.#length + count;
    if (needed > this.#buffer.length) {
      const larger = Buffer.alloc(Math.min(this.#maximum, Math.max(needed, 2 * this.#buffer.length)));
      this.bytes.copy(larger);
      this.#buffer = larger;
    }
    bytes.copy(this.#buffer, this.#length, 0, count);
    this.#length = needed;
    return count === bytes.length;
  }
}

function doing({ namespace, pod, container }: ExecRequest): string {
  return `run a command in the container ${container} of the Pod ${namespace}/${pod}`;
}

/** Statuses of a proxy, or of a server that does not support WebSockets. */
const NO_WEBSOCKET_STATUSES = [405, 426, 501];
/** Message of an API server if a proxy removed the header Upgrade or Connection. */
const NO_UPGRADE_HEADER = /^upgrade request required|^unable to upgrade:/i;
/** Message of a kubelet, which an API server before 1.30 passes on unchanged. */
const KUBELET = /\bpod does not exist\b|\bcontainer not found\b|^Forbidden \(user=/;
const GET_IS_MISSING = /\bcannot get resource "pods\/exec"/;

async function refused(answer: Answer, request: ExecRequest, session: Session): Promise<ExplainedError> {
  const { namespace, pod } = request;
  const status = await readStatus(answer);
  const said = withoutFullStop(status.message);
  if (isWithoutWebSockets(answer, status)) {
    return new ExplainedError(
      `Cannot ${doing(request)}: the WebSocket upgrade failed, the server ${redirects(answer)}${sayingOf(status)}. ${CHECK_WEBSOCKETS}`,
    );
  }
  // It says the same of a node that is gone, under the name of the node.
  if (answer.status === 404 && status.reason === 'NotFound' && said === `pods "${pod}" not found`) {
    return new PodGoneError(`Cannot ${doing(request)}: there is no such Pod, or no longer (${said}).`);
  }
  if (['BadRequest', 'NotFound'].includes(status.reason) || (answer.status === 404 && !status.isStatus)) {
    return new ExplainedError(
      `Cannot ${doing(request)}: the server answers ${String(answer.status)} (${said}).`,
    );
  }
  // The request of a WebSocket is a GET, which needs `get`. From 1.35 on, `create` is checked, too.
  const needs = { verb: ['get', 'create'], resource: 'pods/exec', namespace };
  const note = GET_IS_MISSING.test(said)
    ? 'A WebSocket needs the verb `get` on pods/exec; `kubectl exec` can do without because it falls back to SPDY.'
    : '';
  return refusal(answer, status, { doing: doing(request), needs, note }, session);
}

/** The API server rejects a request with a Status, except if the client sends too many requests. */
function isWithoutWebSockets({ status: httpStatus }: Answer, { isStatus, message }: Status): boolean {
  if (httpStatus === 401 || httpStatus === 429) return false;
  return (
    httpStatus < 400 ||
    (!isStatus && !KUBELET.test(message)) ||
    NO_WEBSOCKET_STATUSES.includes(httpStatus) ||
    NO_UPGRADE_HEADER.test(message)
  );
}
