import {
  type Container,
  type ContainerSecurity,
  type ContainerState,
  type ContainerStatus,
  DEFAULT_CONTAINER,
  MIRROR,
  NO_SECURITY,
  OLD_OS_LABEL,
  OS_LABEL,
  type Owner,
  type Pod,
} from '../model/pod.ts';
import { isObject, isTrue, type JsonObject, numberOf, objectOf, objectsOf, textOf } from './json-value.ts';

/** Returns true if the Pod declares to share a namespace of the node. */
export function sharesByJson(pod: JsonObject): boolean {
  const spec = objectOf(pod, 'spec');
  return isTrue(spec, 'hostNetwork') || isTrue(spec, 'hostPID') || isTrue(spec, 'hostIPC');
}

/** Decodes a Pod from JSON. Values of a wrong type count as absent. */
export function decodePodJson(pod: JsonObject): Pod {
  const metadata = objectOf(pod, 'metadata');
  return {
    name: textOf(metadata, 'name'),
    namespace: textOf(metadata, 'namespace'),
    uid: textOf(metadata, 'uid'),
    kubeletUid: textOf(objectOf(metadata, 'annotations'), MIRROR) || textOf(metadata, 'uid'),
    resourceVersion: textOf(metadata, 'resourceVersion'),
    labels: new Map(
      Object.entries(objectOf(metadata, 'labels')).flatMap(([key, value]) => {
        const label = labelOf(value);
        return label === null ? [] : [[key, label] as const];
      }),
    ),
    defaultContainer: textOf(objectOf(metadata, 'annotations'), DEFAULT_CONTAINER),
    creationTimestamp: time(metadata, 'creationTimestamp'),
    deletionTimestamp: time(metadata, 'deletionTimestamp'),
    controller: controller(objectsOf(metadata, 'ownerReferences')),
    spec: decodeSpec(objectOf(pod, 'spec')),
    status: decodeStatus(objectOf(pod, 'status')),
  };
}

/** Returns a scalar as text, because a manifest may have a number by mistake. Null for other values. */
function labelOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function decodeSpec(spec: JsonObject): Pod['spec'] {
  const nodeSelector = objectOf(spec, 'nodeSelector');
  const secured = [spec, ...objectsOf(spec, 'initContainers'), ...objectsOf(spec, 'containers')];
  return {
    nodeName: textOf(spec, 'nodeName'),
    hostNetwork: isTrue(spec, 'hostNetwork'),
    hostPID: isTrue(spec, 'hostPID'),
    hostIPC: isTrue(spec, 'hostIPC'),
    shareProcessNamespace: isTrue(spec, 'shareProcessNamespace'),
    runtimeClassName: textOf(spec, 'runtimeClassName'),
    osName: textOf(objectOf(spec, 'os'), 'name'),
    nodeSelectorOS: textOf(nodeSelector, OS_LABEL) || textOf(nodeSelector, OLD_OS_LABEL),
    hostProcess: secured.some((part) =>
      isTrue(objectOf(objectOf(part, 'securityContext'), 'windowsOptions'), 'hostProcess'),
    ),
    seccompProfile: seccompProfile(objectOf(spec, 'securityContext')),
    initContainers: objectsOf(spec, 'initContainers').map(decodeContainer),
    containers: objectsOf(spec, 'containers').map(decodeContainer),
    ephemeralContainers: objectsOf(spec, 'ephemeralContainers').map(decodeContainer),
  };
}

function decodeContainer(container: JsonObject): Container {
  return {
    name: textOf(container, 'name'),
    restartPolicy: textOf(container, 'restartPolicy'),
    ports: objectsOf(container, 'ports').map((port) => ({
      hostPort: numberOf(port, 'hostPort'),
      protocol: textOf(port, 'protocol'),
    })),
    security: decodeSecurity(objectOf(container, 'securityContext')),
  };
}

function decodeSecurity(context: JsonObject): ContainerSecurity {
  const { add } = objectOf(context, 'capabilities');
  const security = {
    privileged: isTrue(context, 'privileged'),
    addedCapabilities: Array.isArray(add) ? add.filter((name) => typeof name === 'string') : [],
    seccompProfile: seccompProfile(context),
  };
  const isUsual =
    !security.privileged && security.addedCapabilities.length === 0 && security.seccompProfile === '';
  return isUsual ? NO_SECURITY : security;
}

function seccompProfile(context: JsonObject): string {
  return textOf(objectOf(context, 'seccompProfile'), 'type');
}

function decodeStatus(status: JsonObject): Pod['status'] {
  return {
    phase: textOf(status, 'phase'),
    reason: textOf(status, 'reason'),
    hostIP: textOf(status, 'hostIP'),
    hostIPs: objectsOf(status, 'hostIPs').map((host) => textOf(host, 'ip')),
    podIP: textOf(status, 'podIP'),
    startTime: time(status, 'startTime'),
    conditions: objectsOf(status, 'conditions').map((condition) => ({
      type: textOf(condition, 'type'),
      status: textOf(condition, 'status'),
      reason: textOf(condition, 'reason'),
    })),
    initContainerStatuses: objectsOf(status, 'initContainerStatuses').map(decodeContainerStatus),
    containerStatuses: objectsOf(status, 'containerStatuses').map(decodeContainerStatus),
    ephemeralContainerStatuses: objectsOf(status, 'ephemeralContainerStatuses').map(decodeContainerStatus),
  };
}

function decodeContainerStatus(status: JsonObject): ContainerStatus {
  return {
    name: textOf(status, 'name'),
    containerID: textOf(status, 'containerID'),
    ready: isTrue(status, 'ready'),
    restartCount: numberOf(status, 'restartCount'),
    started: isTrue(status, 'started'),
    state: decodeState(objectOf(status, 'state')),
  };
}

function decodeState(state: JsonObject): ContainerState {
  const { waiting, running, terminated } = state;
  if (isObject(terminated)) {
    return {
      terminated: {
        exitCode: numberOf(terminated, 'exitCode'),
        signal: numberOf(terminated, 'signal'),
        reason: textOf(terminated, 'reason'),
      },
    };
  }
  if (isObject(running)) return { running: true };
  if (isObject(waiting)) return { waiting: { reason: textOf(waiting, 'reason') } };
  return {};
}

function controller(owners: readonly JsonObject[]): Owner | null {
  const owner = owners.find((reference) => isTrue(reference, 'controller'));
  return owner === undefined ? null : { kind: textOf(owner, 'kind'), name: textOf(owner, 'name') };
}

/** Parses RFC 3339, the format of metav1.Time. Returns whole seconds, as in protobuf. */
function time(parent: JsonObject, key: string): number | null {
  const milliseconds = Date.parse(textOf(parent, key));
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000);
}
