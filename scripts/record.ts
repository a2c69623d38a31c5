/**
 * `npm run record`: applies test/api-server/town.yaml to the running test cluster, waits until each of its
 * Pods has reached its state, and writes the responses of the API server to test/api-server/recorded, with those of
 * the kubelet and the containers of kube-node-2. kube-node-1 has the network, the processes and the disk of this machine, so nothing
 * is recorded there. In the stand-in its kubelet is down.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readWhole } from '../src/kube/transport/body.ts';
import { createClient } from '../src/kube/transport/client.ts';
import { connect } from '../src/kube/config/connection.ts';
import { createProbe, probeState, removeProbe } from '../src/probe/probe-pods.ts';
import type { Session } from '../src/kube/api/session.ts';
import { PROBE_PREFIX, probePod } from '../src/probe/probe-pod.ts';
import { joinPodList, splitPodList } from '../test/api-server/pod-list-bytes.ts';
import type {
  ContainerStatusJson,
  NodeJson,
  PodJson,
  RecordedContainer,
  SummaryJson,
} from '../test/api-server/recorded.ts';
import { BOOT_ID, isHarmlessAddress, recordContainer, recordProbe, recordSummary } from './record-kubelet.ts';

/** Larger than any response of the test cluster. */
const MAX_BYTES = 64 * 1024 * 1024;

const root = join(import.meta.dirname, '..');
const recorded = join(root, 'test/api-server/recorded');
const town = join(root, 'test/api-server/town.yaml');

/** Gets the Pods one by one, in the server's order: the cluster may have many Pods in other namespaces. */
const NAMESPACES = ['ci', 'default', 'kube-system', 'monitoring', 'shop'] as const;
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
/** Pods of the test cluster itself that are recorded too. */
const CLUSTER_PODS = [
  'pod-use-hostnetwork-2',
  'plain-1',
  'plain-2',
  'leaky-2',
  'stubborn-2',
  'distroless-net-2',
];
/** Paths below the root of the API. */
const WORKLOADS = [
  ['apis/apps/v1', 'deployments'],
  ['apis/apps/v1', 'daemonsets'],
  ['apis/apps/v1', 'statefulsets'],
  ['apis/apps/v1', 'replicasets'],
  ['apis/batch/v1', 'jobs'],
] as const;
/** This node has a network of its own, with the devices and addresses of the tutorial. */
const RECORDED_NODE = 'kube-node-2';
/** Expected STATUS of `kubectl get pods` by the beginning of the Pod's name. All others are Running. */
const STATES: Readonly<Record<string, string>> = {
  'legacy-gateway': 'CrashLoopBackOff',
  'edge-cache-canary': 'ImagePullBackOff',
  'edge-cache': 'ErrImageNeverPull',
  'packet-capture': 'Init:0/2',
  'process-report': 'Completed',
  'nightly-backup': 'Error',
  'shm-broker': 'Terminating',
  'gpu-monitor': 'Pending',
  'queued-scanner': 'SchedulingGated',
};
const PODS_OF_TOWN = 30;
const TIMEOUT_MILLISECONDS = 300_000;
const WINDOWS_NODE = 'kube-node-3';

function kubectl(...args: readonly string[]): string {
  return execFileSync(join(root, 'test/cluster/run'), ['kubectl', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function waitForStates(): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MILLISECONDS;
  for (;;) {
    const rows = kubectl('get', 'pods', '-A', '-l', 'town=true', '--no-headers').trim().split('\n');
    const waiting = rows.filter((row) => {
      const [, name = '', , status] = row.split(/ +/);
      const expected = Object.entries(STATES).find(([prefix]) => name.startsWith(prefix))?.[1];
      return status !== (expected ?? 'Running');
    });
    if (rows.length === PODS_OF_TOWN && waiting.length === 0) return;
    if (Date.now() > deadline) {
      throw new Error(`${String(rows.length)} Pods; these are not there yet:\n${waiting.join('\n')}`);
    }
    await sleep(300);
  }
}

/** Sets the status that the kubelet of a Windows node would report. */
function playWindowsKubelet(): void {
  const nodeInfo = {
    architecture: 'amd64',
    bootID: '',
    containerRuntimeVersion: 'containerd://1.7.27',
    kernelVersion: '',
    kubeProxyVersion: '',
    kubeletVersion: 'v1.35.4',
    machineID: '',
    operatingSystem: 'windows',
    osImage: '',
    systemUUID: '',
  };
  kubectl(
    'patch',
    'node',
    WINDOWS_NODE,
    '--subresource=status',
    '-p',
    JSON.stringify({ status: { nodeInfo } }),
  );
  const list = JSON.parse(
    kubectl('get', 'pods', '-A', '--field-selector', `spec.nodeName=${WINDOWS_NODE}`, '-o', 'json'),
  ) as { readonly items: readonly PodJson[] };
  const now = new Date().toISOString().replace(/\.\d+Z/, 'Z');
  for (const [index, { metadata, spec }] of list.items.entries()) {
    const containerStatuses = spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: '',
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: now } },
    }));
    const status = {
      phase: 'Running',
      hostIP: '198.51.100.3',
      podIP: `10.244.4.${String(index + 2)}`,
      startTime: now,
      containerStatuses,
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: now }],
    };
    const { namespace, name } = metadata;
    kubectl('patch', 'pod', '-n', namespace, name, '--subresource=status', '-p', JSON.stringify({ status }));
  }
}

async function withSession(work: (session: Session) => Promise<void>): Promise<void> {
  const state = process.env['HOSTNS_CLUSTER_STATE'] ?? '/var/lib/hostns-cluster';
  const { signal } = new AbortController();
  const surroundings = { environment: {}, homeDirectory: homedir(), isInteractive: false, signal };
  const connection = await connect(
    { kubeconfig: join(state, 'admin.conf'), requestTimeout: 0 },
    surroundings,
  );
  const context = { signal, userAgent: 'record', trace: () => undefined, now: Date.now };
  const client = createClient(connection, context);
  try {
    await work({ client, connection, connectionFlags: '', ownFlags: '' });
  } finally {
    client.close();
  }
}

async function record(session: Session): Promise<void> {
  const get = async (path: string, accept: string, query: Readonly<Record<string, string>>) => {
    const answer = await session.client.get({ doing: `record ${path}`, path, accept, query });
    const body = await readWhole(answer, MAX_BYTES);
    if (answer.status !== 200) throw new Error(`${path}: ${String(answer.status)} ${body.toString()}`);
    return body;
  };
  const getJson = async (path: string, query = {}, accept = 'application/json'): Promise<unknown> =>
    JSON.parse((await get(path, accept, query)).toString()) as unknown;

  // This is slow, so the Pods may have changed afterwards.
  const summary = await recordSummary(RECORDED_NODE, podsOn(RECORDED_NODE), session);
  await waitForStates();

  const [first] = NAMESPACES;
  const { metadata: listed } = (await getJson(podsOf(first))) as PodListJson;
  const { resourceVersion } = listed;
  const atThatVersion = { resourceVersion, resourceVersionMatch: 'Exact' };
  const items: PodJson[] = [];
  const bytes: Uint8Array[] = [];
  const statuses: Record<string, unknown> = {};
  for (const namespace of NAMESPACES) {
    const path = podsOf(namespace);
    const json = (await getJson(path, atThatVersion)) as PodListJson;
    const protobuf = splitPodList(await get(path, 'application/vnd.kubernetes.protobuf', atThatVersion));
    const table = (await getJson(path, atThatVersion, TABLE)) as TableJson;
    const statusCell = table.columnDefinitions.findIndex(({ name }) => name === 'Status');
    for (const [index, item] of json.items.entries()) {
      const itemBytes = protobuf[index];
      if (itemBytes === undefined || !isRecorded(item)) continue;
      refusePublicAddress(item);
      items.push(item);
      bytes.push(itemBytes);
      statuses[`${namespace}/${item.metadata.name}`] = table.rows[index]?.cells[statusCell];
    }
  }
  const workloads: Record<string, object> = {};
  for (const [api, resource] of WORKLOADS) {
    for (const namespace of NAMESPACES) {
      const path = `/${api}/namespaces/${namespace}/${resource}`;
      const list = (await getJson(path, { labelSelector: 'town=true' })) as WorkloadListJson;
      for (const { metadata, ...rest } of list.items) {
        const kind = list.kind.replace(/List$/, '');
        workloads[`${path}/${metadata.name}`] = {
          kind,
          apiVersion: list.apiVersion,
          metadata: withoutManagers(metadata),
          ...rest,
        };
      }
    }
  }
  const nodes = (await getJson('/api/v1/nodes')) as NodeListJson;
  const containers = await recordContainers(items, session);
  const probe = await recordOneProbe(items, session);
  mkdirSync(recorded, { recursive: true });
  const meta = { resourceVersion, continueToken: '', remainingItemCount: null };
  writeFileSync(join(recorded, 'pods.pb'), joinPodList(meta, bytes));
  write('pods.json', { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion }, items });
  write('statuses.json', statuses);
  write('workloads.json', workloads);
  write('nodes.json', { ...nodes, items: nodes.items.map(withoutMachine) });
  write('summaries.json', { [RECORDED_NODE]: summary } satisfies Record<string, SummaryJson>);
  write('containers.json', containers);
  write('probes.json', { [RECORDED_NODE]: probe });
  write('version.json', await getJson('/version'));
  console.log(
    `${String(items.length)} Pods at resourceVersion ${resourceVersion}, ${String(Object.keys(containers).length)} containers`,
  );
}

function isRecorded({ metadata: { name, labels } }: PodJson): boolean {
  return labels?.['town'] === 'true' || CLUSTER_PODS.includes(name);
}

/** Returns the non-terminated recorded Pods on a node by UID, with true if a container runs. */
function podsOn(node: string): ReadonlyMap<string, boolean> {
  const list = JSON.parse(
    kubectl('get', 'pods', '-A', '--field-selector', `spec.nodeName=${node}`, '-o', 'json'),
  ) as PodListJson;
  const live = list.items.filter(({ status }) => !['Succeeded', 'Failed'].includes(status.phase));
  return new Map(
    live
      .filter(isRecorded)
      .map((pod) => [
        pod.metadata.uid,
        containerStatuses(pod).some(({ state }) => state.running !== undefined),
      ]),
  );
}

function containerStatuses({ status }: PodJson): readonly ContainerStatusJson[] {
  return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
}

/** Returns the running containers on the recorded node, by NAMESPACE/POD/CONTAINER. */
async function recordContainers(
  pods: readonly PodJson[],
  session: Session,
): Promise<Readonly<Record<string, RecordedContainer>>> {
  const containers: Record<string, RecordedContainer> = {};
  for (const pod of pods) {
    const { metadata, spec } = pod;
    if (spec.nodeName !== RECORDED_NODE) continue;
    for (const { name, state } of containerStatuses(pod)) {
      if (state.running === undefined) continue;
      const of = { namespace: metadata.namespace, pod: metadata.name, container: name };
      containers[Object.values(of).join('/')] = await recordContainer(of, session);
    }
  }
  return containers;
}

/** Runs a probe Pod like `verify --probe`, and returns its report about the recorded node. */
async function recordOneProbe(pods: readonly PodJson[], session: Session): Promise<RecordedContainer> {
  const manifest = probePod({
    name: `${PROBE_PREFIX}record`,
    namespace: 'default',
    node: RECORDED_NODE,
    image: 'e2e.local/busybox:1',
    deadline: 60,
  });
  const { probe } = await createProbe(manifest, false, session);
  try {
    while ((await probeState(probe, TIMEOUT_MILLISECONDS, session)).kind === 'starting') await sleep(300);
    const plain = pods.find(({ metadata }) => metadata.name === 'plain-2');
    const live = pods.filter(
      ({ spec, status }) =>
        spec.nodeName === RECORDED_NODE && !['Succeeded', 'Failed'].includes(status.phase),
    );
    const uids = live.map(({ metadata }) => metadata.uid);
    return await recordProbe(probe, plain?.metadata.uid ?? '', uids, session);
  } finally {
    await removeProbe(probe, (pause) => sleep(pause), session);
  }
}

function podsOf(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}

function refusePublicAddress({ metadata, status }: PodJson): void {
  if (isHarmlessAddress(status.hostIP ?? '10.0.0.0')) return;
  throw new Error(`${metadata.name} shows ${status.hostIP ?? ''}, a public address; record elsewhere.`);
}

/** Removes the parts of a Node that are about this machine. */
function withoutMachine({ metadata, spec, status }: NodeJson): NodeJson {
  const { bootID, containerRuntimeVersion, kubeletVersion, operatingSystem, architecture } = status.nodeInfo;
  return {
    metadata: withoutManagers(metadata),
    spec,
    status: {
      nodeInfo: {
        architecture,
        // One of all nodes, as they share the machine's kernel.
        bootID: bootID === '' ? '' : BOOT_ID,
        containerRuntimeVersion,
        kubeletVersion,
        operatingSystem,
      },
    },
  };
}

function withoutManagers<T extends object>(metadata: T): T {
  return { ...metadata, managedFields: undefined };
}

function write(file: string, document: unknown): void {
  writeFileSync(join(recorded, file), `${JSON.stringify(document, null, 1)}\n`);
}

function removeTown(): void {
  const quietly = (...args: readonly string[]): void => {
    try {
      kubectl(...args);
    } catch {
      // What is not there need not go.
    }
  };
  quietly('delete', '-f', town, '--wait=false', '--ignore-not-found');
  // Of these no kubelet, or not soon, says that they have ended.
  const onWindows = ['-A', '--field-selector', `spec.nodeName=${WINDOWS_NODE}`];
  quietly('delete', 'pods', ...onWindows, '--force', '--grace-period=0');
  quietly('delete', 'pod', '-n', 'shop', 'shm-broker', '--force', '--grace-period=0');
  for (const namespace of ['shop', 'monitoring', 'ci']) {
    quietly('wait', '--for=delete', `namespace/${namespace}`, '--timeout=90s');
  }
  quietly('wait', '--for=delete', 'pods', '-n', 'kube-system', '-l', 'town=true', '--timeout=60s');
}

interface PodListJson {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly PodJson[];
}

interface TableJson {
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows: readonly { readonly cells: readonly unknown[] }[];
}

interface NodeListJson {
  readonly items: readonly NodeJson[];
}

interface WorkloadListJson {
  readonly kind: string;
  readonly apiVersion: string;
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

removeTown(); // what an interrupted run has left
try {
  kubectl('create', '-f', town);
  playWindowsKubelet();
  kubectl('delete', 'pod', '-n', 'shop', 'shm-broker', '--wait=false');
  await waitForStates();
  await withSession(record);
} finally {
  removeTown();
}
