import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { splitPodList } from './pod-list-bytes.ts';

/** A Pod's JSON, as far as the stand-in and its tests look into it. */
export interface PodJson {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly hostNetwork?: boolean;
    readonly hostPID?: boolean;
    readonly hostIPC?: boolean;
    readonly shareProcessNamespace?: boolean;
    readonly restartPolicy?: string;
    readonly terminationGracePeriodSeconds?: number;
    readonly schedulerName?: string;
    readonly serviceAccountName?: string;
    readonly runtimeClassName?: string;
    readonly os?: { readonly name: string };
    readonly schedulingGates?: readonly { readonly name: string }[];
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly containers: readonly ContainerJson[];
    readonly initContainers?: readonly ContainerJson[];
    readonly ephemeralContainers?: readonly ContainerJson[];
  };
  readonly status: {
    readonly phase: string;
    readonly reason?: string;
    readonly hostIP?: string;
    readonly hostIPs?: readonly { readonly ip: string }[];
    readonly podIP?: string;
    readonly startTime?: string;
    readonly nominatedNodeName?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
    }[];
    readonly initContainerStatuses?: readonly ContainerStatusJson[];
    readonly containerStatuses?: readonly ContainerStatusJson[];
    readonly ephemeralContainerStatuses?: readonly ContainerStatusJson[];
  };
}

export interface ContainerStatusJson {
  readonly name: string;
  readonly containerID?: string;
  readonly ready?: boolean;
  readonly started?: boolean;
  readonly restartCount?: number;
  readonly state: {
    readonly waiting?: { readonly reason?: string };
    readonly running?: object;
    readonly terminated?: { readonly exitCode: number; readonly signal?: number; readonly reason?: string };
  };
}

interface ContainerJson {
  readonly name: string;
  readonly image: string;
  readonly restartPolicy?: string;
  readonly ports?: readonly {
    readonly containerPort?: number;
    readonly hostPort?: number;
    readonly protocol: string;
  }[];
}

export interface NodeJson {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly providerID?: string };
  readonly status: {
    readonly nodeInfo: {
      readonly architecture: string;
      readonly bootID: string;
      readonly containerRuntimeVersion: string;
      readonly kubeletVersion: string;
      readonly operatingSystem: string;
    };
  };
}

/** The slice of a kubelet's stats/summary that is recorded (k8s.io/kubelet/pkg/apis/stats/v1alpha1). */
export interface SummaryJson {
  readonly node: { readonly nodeName: string; readonly network?: NetworkJson | undefined };
  readonly pods: readonly {
    readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string };
    readonly network?: NetworkJson | undefined;
  }[];
}

export interface NetworkJson {
  readonly time: string;
  /** Missing where there is no interface but lo. */
  readonly interfaces?: readonly {
    readonly name: string;
    readonly rxBytes: number;
    readonly txBytes: number;
  }[];
}

/** What a container has answered to the script, part by part; or the kubelet, of an image that has no shell. */
export type RecordedContainer =
  | {
      readonly kind: 'report';
      /** The one that it was asked with. */
      readonly marker: string;
      readonly parts: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'no-shell'; readonly refusals: Readonly<Record<string, string>> };

/** One Pod in both of the forms in which the API server gave it. */
export interface RecordedPod {
  readonly json: PodJson;
  readonly protobuf: Uint8Array;
}

const folder = join(import.meta.dirname, 'recorded');

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as unknown;
}

const list = read('pods.json') as {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly PodJson[];
};
const bytes = splitPodList(readFileSync(join(folder, 'pods.pb')));

/** The recorded Pods, in the server's order: by namespace, then by name. */
export const recordedPods: readonly RecordedPod[] = list.items.map((json, index) => {
  const protobuf = bytes[index];
  if (protobuf === undefined) throw new Error('pods.pb and pods.json are not of the same recording.');
  return { json, protobuf };
});

/** The version of the cluster at which the Pods were recorded. */
export const recordedVersion = Number(list.metadata.resourceVersion);

/** What the API server itself prints under STATUS in the Table that kubectl asks for, by NAMESPACE/NAME. */
export const recordedStatuses = read('statuses.json') as Readonly<Record<string, string>>;

export const recordedNodes = (read('nodes.json') as { readonly items: readonly NodeJson[] }).items;

/** By node. */
export const recordedSummaries = read('summaries.json') as Readonly<Record<string, SummaryJson>>;

/** By NAMESPACE/POD/CONTAINER. */
export const recordedContainers = read('containers.json') as Readonly<Record<string, RecordedContainer>>;

/** What a Pod that a client makes answers, by its node. */
export const recordedProbes = read('probes.json') as Readonly<Record<string, RecordedContainer>>;

/** Deployments and their like, by path. */
export const recordedWorkloads = read('workloads.json') as Readonly<Record<string, object>>;

export const recordedServerVersion = read('version.json');
