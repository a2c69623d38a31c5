import { createServer as createPlainServer, type IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { reviewAccess } from './access-review.ts';
import { type Authority, type Certificate, createAuthority } from './certificate.ts';
import { answerExec, type ExecAnswer, type ExecCall, execCall, execPath, refusedProtocol } from './exec.ts';
import { type Answer, type Fault, send } from './faults.ts';
import { parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';
import { recordedExec, recordedSummary } from './kubelet.ts';
import {
  checkPreconditions,
  ending,
  type MadePod,
  readPod,
  startingStatus,
  validatePod,
  withDefaults,
} from './made-pods.ts';
import { Namespaces } from './namespaces.ts';
import { patchPod } from './patch.ts';
import { joinPodList } from './pod-list-bytes.ts';
import { expired, type PodPage, PodStore, readToken } from './pod-store.ts';
import {
  type NodeJson,
  type PodJson,
  recordedNodes,
  recordedPods,
  recordedServerVersion,
  recordedWorkloads,
} from './recorded.ts';
import { whenRead } from './request-body.ts';
import { badRequest, notFound, type Status, statusAsJson, statusAsProtobuf, StatusError } from './status.ts';
import { isTable, tableOf } from './tables.ts';
import { authenticate, authorize } from './users.ts';
import { isWatch, PodWatch, type WatchCall, watchCall, watchHeaders } from './watch.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const JSON_TYPE = 'application/json';
/** The API server compresses what is larger, where the client accepts it. */
const GZIP_FROM_BYTES = 128 * 1024;
/** A Pod or its status, or the Pods of a namespace or of all. */
const PODS_PATH = /^\/api\/v1\/(?:namespaces\/([^/]+)\/)?pods(?:\/([^/]+?)(\/status)?)?$/;
const NAMESPACES_PATH = /^\/api\/v1\/namespaces(?:\/([^/]+))?$/;
const ACCESS_REVIEWS_PATH = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** An answer, which may be a WebSocket, or a body without an end. */
type OwnAnswer = Answer & { readonly exec?: ExecAnswer; readonly watch?: WatchCall };

/** A request as it came. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** '' for none. */
  readonly body: string;
  /** How many came before it. */
  readonly index: number;
  /** What was answered, or would have been but for a fault in the sending of it. */
  answer?: Answer;
}

export interface ServerOptions {
  readonly authority: Authority;
  /** Its own certificate; by default a good one for 127.0.0.1 and localhost. */
  readonly certificate?: Certificate;
  /** HTTP without TLS, for the administrator, as `kubectl proxy` serves it. */
  readonly plain?: boolean;
}

/**
 * A stand-in for a Kubernetes API server on 127.0.0.1. Its contents are recorded from a real one, and its
 * words are those of kube-apiserver 1.35. Made for tests and the demo: one process, few requests.
 */
export class ApiServer {
  readonly url: string;
  readonly port: number;
  readonly requests: RecordedRequest[] = [];
  /** How many connections were opened. */
  connections = 0;
  readonly store = new PodStore();
  /** Says what goes wrong with a request, or null for nothing. */
  respond: (request: RecordedRequest) => Fault | null = () => null;
  /** Says what a command in a container answers. */
  exec: (call: ExecCall) => ExecAnswer = recordedExec;
  /** What the kubelet of a node answers for stats/summary, having been asked that often before. */
  summary: (node: string, asked: number) => object = recordedSummary;
  nodes: readonly NodeJson[] = recordedNodes;
  /** Tokens that are taken besides those of `tokenOf`, and whose each is. */
  otherTokens: ReadonlyMap<string, string> = new Map();
  /** The Pods that clients have made and not deleted, from the oldest on. */
  readonly made: MadePod[] = [];
  /**
   * Whether a Pod that a client makes is one of the store, as in a cluster where no kubelet looks at it: in every
   * list and watch, with the status that clients give it, and none of `made`. Then clients can also change and
   * delete the recorded ones.
   */
  storesMade = false;
  /** Those in which Pods can be made; null for any. */
  namespaces: Set<string> | null = null;
  /** What an admission plugin makes of a Pod that a client wants to make. */
  mutate: (pod: PodJson) => PodJson = unchanged;
  /** Says with what an admission plugin refuses such a Pod, as `mutate` left it; null where it does not. */
  admit: (pod: PodJson) => Status | null = () => null;
  /** What has become of a made Pod once it was asked for that often, this time included. */
  statusOfMade: (pod: PodJson, asked: number) => object = startingStatus;
  /** Whether it gives protobuf to who asks for it, or JSON as some proxies do. */
  speaksProtobuf = true;
  /** The clock of the Date header, in milliseconds since 1970; null for no such header. */
  clock: (() => number) | null = null;
  /** A limit of the server's own to the Pods in one page. */
  largestPage = Number.POSITIVE_INFINITY;
  readonly #watches = new Set<PodWatch>();
  /** The connections that are open. */
  readonly #sockets: ReadonlySet<Socket>;
  #execs = 0;
  /** Those that clients have made. */
  readonly #ownNamespaces = new Namespaces();
  readonly #close: () => Promise<void>;

  private constructor(
    port: number,
    isPlain: boolean,
    sockets: ReadonlySet<Socket>,
    close: () => Promise<void>,
  ) {
    this.port = port;
    this.url = `${isPlain ? 'http' : 'https'}://127.0.0.1:${String(port)}`;
    this.#sockets = sockets;
    this.#close = close;
  }

  static async start({ authority, certificate, plain = false }: ServerOptions): Promise<ApiServer> {
    const { certificate: cert, key } =
      certificate ??
      (await authority.issue({
        commonName: 'kube-apiserver',
        names: ['127.0.0.1', 'localhost', 'kubernetes'],
      }));
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      response.sendDate = false;
      if (api.clock !== null) response.setHeader('Date', new Date(api.clock()).toUTCString());
      whenRead(request, (body) => {
        api.#handle(request, response, body);
      });
    };
    const server = plain
      ? createPlainServer(handle)
      : createTlsServer(
          { cert, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: false },
          handle,
        );
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      api.#upgrade(request, socket, head);
    });
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      api.connections += 1;
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    });
    // A client process that is killed resets its connections.
    server.on('secureConnection', (socket: Socket) => socket.on('error', () => undefined));
    // A client that finds the certificate wrong hangs up, which is no concern of the server's.
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const api = new ApiServer(port, plain, sockets, async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return api;
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** How many connections are open. */
  get openConnections(): number {
    return this.#sockets.size;
  }

  /** In how many WebSockets a command may still say something. */
  get execs(): number {
    return this.#execs;
  }

  /** How many watches are open, including those in which nothing comes any more. */
  get watches(): number {
    return [...this.#watches].filter(({ isOpen }) => isOpen).length;
  }

  /** How many bytes of their bodies the open watches have sent. */
  get bytesOfWatches(): number {
    return [...this.#watches].reduce((sum, { sent }) => sum + sent, 0);
  }

  /** Ends all watches properly, cuts their connections, or sends first an ERROR event with that Status. */
  endWatches(how: 'ended' | 'cut' | Status): void {
    for (const watch of this.#watches) watch.end(how);
  }

  /**
   * Sends a bookmark with the version of the store to each open watch that allows them. The real one does it each
   * minute; two seconds before the end, where there is a newer version than the watch began with, it comes here too.
   */
  bookmark(): void {
    for (const watch of this.#watches) watch.bookmark();
  }

  /** Sends bytes, whatever they are, to all open watches. */
  sendToWatches(bytes: string | Uint8Array): void {
    for (const watch of this.#watches) watch.send(Buffer.from(bytes));
  }

  /** Waits until the clients of a test have closed their connections, or for a second. */
  async disconnected(): Promise<void> {
    for (let waited = 0; this.#sockets.size > 0 && waited < 1000; waited += 5) await sleep(5);
  }

  /**
   * Back to how it began: no requests, no faults, no watches. The store goes back to the Pods of its last
   * `change`, by new versions.
   */
  reset(): void {
    this.endWatches('cut');
    this.store.restore();
    this.storesMade = false;
    this.#ownNamespaces.clear();
    this.requests.length = 0;
    this.connections = 0;
    this.respond = () => null;
    this.exec = recordedExec;
    this.summary = recordedSummary;
    this.nodes = recordedNodes;
    this.otherTokens = new Map();
    this.made.length = 0;
    this.namespaces = null;
    this.mutate = unchanged;
    this.admit = () => null;
    this.statusOfMade = startingStatus;
    this.speaksProtobuf = true;
    this.largestPage = Number.POSITIVE_INFINITY;
    this.clock = null;
  }

  /** A request for a WebSocket, which anything but an exec that is let through is answered as any other. */
  #upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): void {
    const response = new ServerResponse(incoming);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on('finish', () => socket.end());
    this.#handle(incoming, response, '', (answer) => {
      response.detachSocket(socket);
      this.#execs += 1;
      socket.once('close', () => (this.#execs -= 1));
      answerExec(incoming, socket, head, answer);
    });
  }

  #handle(
    incoming: IncomingMessage,
    response: ServerResponse,
    body: string,
    openExec: ((answer: ExecAnswer) => void) | null = null,
  ): void {
    const url = new URL(incoming.url ?? '/', this.url);
    const request: RecordedRequest = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body,
      index: this.requests.length,
    };
    this.requests.push(request);
    const fault = this.respond(request);
    switch (fault?.kind) {
      case 'closed':
        incoming.socket.destroy();
        return;
      case 'reset':
        incoming.socket.resetAndDestroy();
        return;
      case 'unanswered':
        // Else it is not noticed that a client has gone who wanted a WebSocket.
        if (openExec !== null) incoming.socket.resume().on('end', () => incoming.socket.destroy());
        return;
      default: {
        const answer = this.#answer(request, certifiedUser(incoming), fault);
        request.answer = answer;
        const reply = (): void => {
          if (answer.exec !== undefined) openExec?.(answer.exec);
          else if (answer.watch !== undefined) this.#watch(response, answer.watch, answer.headers, fault);
          else send(response, answer, fault);
        };
        if (fault?.kind === 'late') void fault.until.then(reply);
        else reply();
      }
    }
  }

  #watch(response: ServerResponse, call: WatchCall, headers: Answer['headers'], fault: Fault | null): void {
    const watch = new PodWatch(call, this.store, { response, headers, fault });
    this.#watches.add(watch);
    response.on('close', () => this.#watches.delete(watch));
  }

  #answer(request: RecordedRequest, certified: string | undefined, fault: Fault | null): OwnAnswer {
    const accepts = request.headers.accept ?? JSON_TYPE;
    const isProtobuf = this.speaksProtobuf && accepts.startsWith(PROTOBUF) && fault?.kind !== 'json';
    try {
      switch (fault?.kind) {
        case 'status':
          return statusAnswer(fault.status, isProtobuf, fault.headers);
        case 'expired':
          throw expired(
            fault.withToken ? (readToken(request.query.get('continue') ?? '') ?? { start: '' }) : undefined,
          );
        case 'other':
          return {
            code: fault.code ?? 200,
            headers: {
              ...contentType(fault.contentType),
              ...(fault.contentEncoding === undefined ? {} : { 'Content-Encoding': fault.contentEncoding }),
            },
            body: Buffer.from(fault.body),
          };
        case 'mislabelled': {
          const answer = this.#rightAnswer(request, certified, isProtobuf, null);
          return { ...answer, headers: contentType(fault.contentType) };
        }
        case 'encoded': {
          const { code, headers, body } = this.#rightAnswer(request, certified, isProtobuf, null);
          const encode = ENCODERS[fault.encoding] ?? ((plain) => plain);
          return { code, headers: { ...headers, 'Content-Encoding': fault.encoding }, body: encode(body) };
        }
        default:
          return this.#rightAnswer(request, certified, isProtobuf, fault);
      }
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      return statusAnswer(error.status, isProtobuf);
    }
  }

  #rightAnswer(
    request: RecordedRequest,
    certified: string | undefined,
    isProtobuf: boolean,
    fault: Fault | null,
  ): OwnAnswer {
    const { path, query, headers } = request;
    const isPlain = this.url.startsWith('http:');
    const caller = authenticate(headers.authorization, isPlain ? 'admin' : certified, this.otherTokens);
    const user = impersonated(headers) ?? caller;
    if (path === '/version') return json(recordedServerVersion);

    const exec = execPath(path);
    if (exec !== null) return this.#execAnswer(request, user, exec);
    if (['POST', 'DELETE', 'PATCH'].includes(request.method)) return this.#write(request, user, isProtobuf);
    const [, namespace, name] = PODS_PATH.exec(path) ?? [];
    if (namespace !== undefined && name !== undefined) {
      authorize(user, 'get', 'pods', decoded(namespace), decoded(name));
      return json(this.#pod(decoded(namespace), decoded(name), isMetadataOnly(headers)));
    }
    if (path.endsWith('/pods') && path.startsWith('/api/v1/')) {
      const scope = namespace === undefined ? null : decoded(namespace);
      if (isWatch(query)) {
        authorize(user, 'watch', 'pods', scope);
        const watch = watchCall(scope, query, isProtobuf);
        return { code: 200, headers: watchHeaders(watch), body: Buffer.alloc(0), watch };
      }
      authorize(user, 'list', 'pods', scope);
      const page = this.store.list(scope, query, this.largestPage);
      const shown = fault?.kind === 'empty-page' ? this.#emptyPage(page, query, fault.continueToken) : page;
      if (isTable(headers)) return json(tableOf(shown.pods.map((pod) => pod.json.metadata.name)));
      const body = isProtobuf
        ? podListAsProtobuf(shown)
        : podListAsJson(shown, this.#listMade(scope, query, shown));
      return compressed(request, { 'Content-Type': isProtobuf ? PROTOBUF : JSON_TYPE }, body);
    }
    const [, ownNamespace] = NAMESPACES_PATH.exec(path) ?? [];
    if (ownNamespace !== undefined) {
      authorize(user, 'get', 'namespaces', decoded(ownNamespace), decoded(ownNamespace));
      return json(this.#ownNamespaces.get(decoded(ownNamespace)));
    }
    if (path === '/api/v1/nodes') {
      authorize(user, 'list', 'nodes', null);
      const matches = parseLabelSelector(query.get('labelSelector') ?? '');
      const items = this.nodes.filter(({ metadata }) => matches(metadata.labels ?? {}));
      if (isTable(headers)) return json(tableOf(items.map(({ metadata }) => metadata.name)));
      return isMetadataOnly(headers)
        ? json({
            kind: 'PartialObjectMetadataList',
            apiVersion: 'meta.k8s.io/v1',
            metadata: {},
            items: items.map(({ metadata }) => ({ metadata })),
          })
        : json({ kind: 'NodeList', apiVersion: 'v1', metadata: {}, items });
    }
    if (path === '/api/v1/namespaces') {
      authorize(user, 'list', 'namespaces', null);
      const ofPods = this.store.pods.map((pod) => pod.json.metadata.namespace);
      return json(tableOf([...new Set([...ofPods, ...this.#ownNamespaces.names])].sort()));
    }
    const [, node, summary] = /^\/api\/v1\/nodes\/([^/]+)(\/proxy\/stats\/summary)?$/.exec(path) ?? [];
    if (node !== undefined) {
      const resource = summary === undefined ? 'nodes' : 'nodes/proxy';
      authorize(user, 'get', resource, null, decoded(node));
      const found = this.nodes.find(({ metadata }) => metadata.name === decoded(node));
      if (found === undefined) throw notFound('nodes', decoded(node));
      if (summary === undefined) {
        return json(
          isMetadataOnly(headers)
            ? partialMetadata(found.metadata)
            : { kind: 'Node', apiVersion: 'v1', ...found },
        );
      }
      const asked = this.requests.filter((earlier) => earlier.path === path).length - 1;
      return json(this.summary(decoded(node), asked));
    }
    const [, group = '', scope, plural, workload] =
      /^\/apis\/(\w+)\/v1\/namespaces\/([^/]+)\/(\w+)\/([^/]+)$/.exec(path) ?? [];
    if (scope !== undefined && plural !== undefined && workload !== undefined) {
      authorize(user, 'get', `${plural}.${group}`, decoded(scope), decoded(workload));
      const found = recordedWorkloads[path];
      if (found === undefined) throw notFound(`${plural}.${group}`, decoded(workload));
      return json(found);
    }
    const [, api = '', within, kinds] = /^\/apis\/(\w+)\/v1\/namespaces\/([^/]+)\/(\w+)$/.exec(path) ?? [];
    if (within !== undefined && kinds !== undefined) {
      authorize(user, 'list', `${kinds}.${api}`, decoded(within));
      const paths = Object.keys(recordedWorkloads).filter((own) => own.startsWith(`${path}/`));
      return json(tableOf(paths.map((own) => own.slice(path.length + 1))));
    }
    throw unknownPath();
  }

  #execAnswer(
    { query, headers }: RecordedRequest,
    user: string,
    exec: { readonly namespace: string; readonly pod: string },
  ): OwnAnswer {
    const made = findPod(this.made, exec.namespace, exec.pod);
    const pod =
      made === undefined ? findPod(this.store.pods, exec.namespace, exec.pod)?.json : this.#withStatus(made);
    const { call, isRunning } = execCall(exec, query, user, pod);
    if (headers.upgrade !== 'websocket') throw badRequest('Upgrade request required');
    const refusal = refusedProtocol(headers);
    if (refusal !== null) return refusal;
    const madeOn = made?.json.spec.nodeName;
    const answer = isRunning
      ? this.exec({ ...call, ...(madeOn === undefined ? {} : { madeOn }) })
      : { exit: `unable to upgrade connection: container not found ("${call.container}")` };
    return { code: 101, headers: {}, body: Buffer.alloc(0), exec: answer };
  }

  /** Answers what a client wants to be made, changed or deleted. */
  #write(request: RecordedRequest, user: string, isProtobuf: boolean): Answer {
    const { method, path, body } = request;
    if (method === 'POST' && path === ACCESS_REVIEWS_PATH) return json(reviewAccess(user, body), 201);
    if (NAMESPACES_PATH.test(path)) return this.#writeNamespace(request, user);
    const [isPods, inNamespace, ofName, ofStatus] = PODS_PATH.exec(path) ?? [];
    if (isPods === undefined) throw unknownPath();
    const namespace = decoded(inNamespace ?? '');
    const name = decoded(ofName ?? '');
    const target = `${method}${namespace === '' ? '' : ' in a namespace'}${name === '' ? '' : ' by name'}${ofStatus ?? ''}`;
    switch (target) {
      case 'POST in a namespace':
        authorize(user, 'create', 'pods', namespace);
        return this.#make(request, namespace, isProtobuf);
      case 'DELETE in a namespace by name':
        authorize(user, 'delete', 'pods', namespace, name);
        return json(podDocument(this.#delete(namespace, name, request)));
      case 'PATCH in a namespace by name':
        authorize(user, 'patch', 'pods', namespace, name);
        return json(podDocument(this.#patch(namespace, name, request, false)));
      case 'PATCH in a namespace by name/status':
        authorize(user, 'patch', 'pods/status', namespace, name);
        return json(podDocument(this.#patch(namespace, name, request, true)));
      default:
        throw methodNotAllowed();
    }
  }

  /** With a namespace, its Pods go at once. */
  #writeNamespace({ method, path, body }: RecordedRequest, user: string): Answer {
    const [, inPath] = NAMESPACES_PATH.exec(path) ?? [];
    if (method === 'POST' && inPath === undefined) {
      authorize(user, 'create', 'namespaces', null);
      return json(this.#ownNamespaces.make(body), 201);
    }
    if (method !== 'DELETE' || inPath === undefined) throw methodNotAllowed();
    const namespace = decoded(inPath);
    authorize(user, 'delete', 'namespaces', namespace, namespace);
    const deleted = this.#ownNamespaces.delete(namespace);
    for (const { json: pod } of this.store.pods.filter(
      (known) => known.json.metadata.namespace === namespace,
    )) {
      this.store.remove(namespace, pod.metadata.name);
    }
    return json(deleted);
  }

  /** Makes a Pod, unless it is only to be tried, with all that stands before that, in the real one's order. */
  #make({ query, body }: RecordedRequest, namespace: string, isProtobuf: boolean): Answer {
    const given = readPod(body, namespace);
    if (this.namespaces?.has(namespace) === false && !this.#ownNamespaces.has(namespace)) {
      throw notFound('namespaces', namespace);
    }
    const pod = this.mutate(this.storesMade ? withDefaults(given) : given);
    validatePod(pod);
    const refusal = this.admit(pod);
    if (refusal !== null) return statusAnswer(refusal, isProtobuf);
    const { name } = pod.metadata;
    if (findPod([...this.store.pods, ...this.made], namespace, name) !== undefined) {
      throw new StatusError(409, 'AlreadyExists', `pods "${name}" already exists`);
    }
    if (isTrial(query)) return json(podDocument(pod), 201);
    if (this.storesMade) return json(podDocument(this.store.apply(pod).json), 201);
    this.made.push({ json: pod, asked: 0 });
    return json(podDocument(pod), 201);
  }

  /** One of `made` goes at once, without a grace period; one of the store as in a cluster without kubelets. */
  #delete(namespace: string, name: string, { body, query }: RecordedRequest): PodJson {
    const made = findPod(this.made, namespace, name);
    if (made !== undefined) {
      checkPreconditions(body, made.json);
      this.made.splice(this.made.indexOf(made), 1);
      return this.#withStatus(made);
    }
    const pod = this.#changeable(namespace, name);
    checkPreconditions(body, pod);
    const ended = ending(pod, body, query);
    if (ended === pod || isTrial(query)) return ended;
    const { json: told } = this.store.apply(ended);
    return told.metadata.deletionGracePeriodSeconds === 0 ? this.store.remove(namespace, name).json : told;
  }

  #patch(namespace: string, name: string, request: RecordedRequest, isStatus: boolean): PodJson {
    const pod = this.#changeable(namespace, name);
    const contentType = request.headers['content-type'] ?? '';
    const patched = patchPod(pod, request.body, { contentType, isStatus });
    // What changes nothing makes no version.
    const isChange = JSON.stringify(patched) !== JSON.stringify(pod);
    return isChange && !isTrial(request.query) ? this.store.apply(patched).json : patched;
  }

  /** A Pod of the store; the recorded ones stay as they are unless `storesMade`. */
  #changeable(namespace: string, name: string): PodJson {
    const found = this.store.find(namespace, name);
    if (found === undefined) throw notFound('pods', name);
    if (
      !this.storesMade &&
      recordedPods.some(({ json: { metadata } }) => metadata.uid === found.json.metadata.uid)
    ) {
      throw new StatusError(403, 'Forbidden', `pods "${name}" is forbidden: it is recorded`);
    }
    return found.json;
  }

  #pod(namespace: string, name: string, metadataOnly: boolean): object {
    const made = findPod(this.made, namespace, name);
    const found = made === undefined ? findPod(this.store.pods, namespace, name)?.json : this.#ask(made);
    if (found === undefined) throw notFound('pods', name);
    return metadataOnly ? partialMetadata(found.metadata) : podDocument(found);
  }

  /** The made Pods that a list ends with, whatever its limit: they stand behind the recorded ones. */
  #listMade(namespace: string | null, query: URLSearchParams, { meta }: PodPage): readonly PodJson[] {
    if (meta.continueToken !== '') return [];
    const matchesLabels = parseLabelSelector(query.get('labelSelector') ?? '');
    const matchesFields = parseFieldSelector(query.get('fieldSelector') ?? '');
    return this.made
      .filter(
        ({ json: { metadata } }) =>
          (namespace === null || metadata.namespace === namespace) && matchesLabels(metadata.labels ?? {}),
      )
      .map((made) => this.#ask(made))
      .filter(matchesFields);
  }

  #ask(made: MadePod): PodJson {
    made.asked += 1;
    return this.#withStatus(made);
  }

  #withStatus({ json: pod, asked }: MadePod): PodJson {
    return {
      ...pod,
      metadata: { ...pod.metadata, resourceVersion: String(this.store.version) },
      status: this.statusOfMade(pod, asked) as PodJson['status'],
    };
  }

  #emptyPage(page: PodPage, query: URLSearchParams, continueToken: string | undefined): PodPage {
    const token = continueToken ?? this.store.tokenBehind(query);
    return { pods: [], meta: { ...page.meta, continueToken: token, remainingItemCount: null } };
  }
}

/** An authority and a server with a certificate of it. */
export async function startApiServer(): Promise<{
  readonly authority: Authority;
  readonly server: ApiServer;
}> {
  const authority = await createAuthority('kubernetes');
  return { authority, server: await ApiServer.start({ authority }) };
}

function unchanged<T>(value: T): T {
  return value;
}

/** Whoever has a certificate of our authority that is still valid is who it says. */
function certifiedUser({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { CN } = socket.getPeerCertificate().subject;
  return Array.isArray(CN) ? CN[0] : CN;
}

function impersonated(headers: IncomingMessage['headers']): string | undefined {
  const user = headers['impersonate-user'];
  return typeof user === 'string' ? user : undefined;
}

function podListAsProtobuf({ meta, pods }: PodPage): Buffer {
  return joinPodList(
    meta,
    pods.map(({ protobuf }) => protobuf),
  );
}

/** @param made what stands behind the Pods of the page */
function podListAsJson({ meta, pods }: PodPage, made: readonly PodJson[]): Buffer {
  const { resourceVersion, continueToken, remainingItemCount } = meta;
  const metadata = {
    resourceVersion,
    ...(continueToken === '' ? {} : { continue: continueToken }),
    ...(remainingItemCount === null ? {} : { remainingItemCount }),
  };
  const list = {
    kind: 'PodList',
    apiVersion: 'v1',
    metadata,
    items: [...pods.map((pod) => pod.json), ...made],
  };
  return Buffer.from(`${JSON.stringify(list)}\n`);
}

function json(document: unknown, code = 200): Answer {
  return { code, headers: contentType(JSON_TYPE), body: Buffer.from(`${JSON.stringify(document)}\n`) };
}

function partialMetadata(metadata: object): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

function podDocument(pod: PodJson): object {
  return { kind: 'Pod', apiVersion: 'v1', ...pod };
}

function findPod<T extends { readonly json: PodJson }>(
  pods: readonly T[],
  namespace: string,
  name: string,
): T | undefined {
  return pods.find(({ json: { metadata } }) => metadata.namespace === namespace && metadata.name === name);
}

function unknownPath(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource');
}

function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
  );
}

/** Whether nothing is to be kept of it. */
function isTrial(query: URLSearchParams): boolean {
  return query.getAll('dryRun').includes('All');
}

function decoded(segment: string): string {
  return decodeURIComponent(segment);
}

/** Whether the client wants PartialObjectMetadata, or a list of it. */
function isMetadataOnly({ accept }: IncomingMessage['headers']): boolean {
  return accept?.includes('as=PartialObjectMetadata') === true;
}

const ENCODERS: Readonly<Record<string, (plain: Buffer) => Buffer>> = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  GZip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
};

function contentType(type: string | null): Readonly<Record<string, string>> {
  return type === null ? {} : { 'Content-Type': type };
}

function compressed(
  { headers }: RecordedRequest,
  own: Readonly<Record<string, string>>,
  body: Buffer,
): Answer {
  const encodings = headers['accept-encoding'];
  const accepts = typeof encodings === 'string' && encodings.includes('gzip');
  if (!accepts || body.length <= GZIP_FROM_BYTES) return { code: 200, headers: own, body };
  return { code: 200, headers: { ...own, 'Content-Encoding': 'gzip' }, body: gzipSync(body, { level: 1 }) };
}

function statusAnswer(
  status: Status,
  isProtobuf: boolean,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    code: status.code,
    headers: { 'Content-Type': isProtobuf ? PROTOBUF : JSON_TYPE, ...headers },
    body: isProtobuf ? statusAsProtobuf(status) : statusAsJson(status),
  };
}
