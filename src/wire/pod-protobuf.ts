import {
  type Container,
  type ContainerPort,
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
  type PodCondition,
  type PodSpec,
  type PodStatus,
} from '../model/pod.ts';
import { ProtobufReader } from './protobuf-reader.ts';

// Field numbers: k8s.io/api/core/v1/generated.proto and k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto,
// 1.35. Numbers are never reused, so they are valid for every version of Kubernetes.

/** Returns true if the Pod at the reader shares a namespace of the node. Does not decode its strings. */
export function asksForNodeNamespace(reader: ProtobufReader): boolean {
  while (reader.next()) {
    if (reader.field === 2) return reader.message(specAsksForNodeNamespace);
    reader.skip();
  }
  return false;
}

function specAsksForNodeNamespace(reader: ProtobufReader): boolean {
  while (reader.next()) {
    const { field } = reader;
    if (field === 11 || field === 12 || field === 13) {
      if (reader.bool()) return true;
    } else {
      reader.skip();
    }
  }
  return false;
}

/** Decodes Pod { metadata 1 { resourceVersion 6 } }. Empty if it is absent. */
export function readResourceVersion(reader: ProtobufReader): string {
  while (reader.next()) {
    if (reader.field === 1) return reader.message(readMetadataVersion);
    reader.skip();
  }
  return '';
}

function readMetadataVersion(reader: ProtobufReader): string {
  while (reader.next()) {
    if (reader.field === 6) return reader.string();
    reader.skip();
  }
  return '';
}

type Metadata = Omit<Pod, 'spec' | 'status'>;

/** @throws WireError if the bytes are not a Pod */
export function decodePod(reader: ProtobufReader): Pod {
  let metadata: Metadata | undefined;
  let spec: PodSpec | undefined;
  let status: PodStatus | undefined;
  while (reader.next()) {
    if (reader.field === 1) metadata = reader.message(readMetadata);
    else if (reader.field === 2) spec = reader.message(readSpec);
    else if (reader.field === 3) status = reader.message(readStatus);
    else reader.skip();
  }
  const nothing = new ProtobufReader(Buffer.alloc(0));
  return {
    ...(metadata ?? readMetadata(nothing)),
    spec: spec ?? readSpec(nothing),
    status: status ?? readStatus(nothing),
  };
}

function readMetadata(reader: ProtobufReader): Metadata {
  const labels = new Map<string, string>();
  const metadata = {
    name: '',
    namespace: '',
    uid: '',
    kubeletUid: '',
    resourceVersion: '',
    labels,
    defaultContainer: '',
    creationTimestamp: null as number | null,
    deletionTimestamp: null as number | null,
    controller: null as Owner | null,
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        metadata.name = reader.string();
        break;
      case 3:
        metadata.namespace = reader.string();
        break;
      case 5:
        metadata.uid = reader.string();
        break;
      case 6:
        metadata.resourceVersion = reader.string();
        break;
      case 8:
        metadata.creationTimestamp = reader.message(readTime);
        break;
      case 9:
        metadata.deletionTimestamp = reader.message(readTime);
        break;
      case 11: {
        const [key, value] = reader.message(readMapEntry);
        labels.set(key, value);
        break;
      }
      case 12: {
        const [key, value] = reader.message(readMapEntry);
        if (key === DEFAULT_CONTAINER) metadata.defaultContainer = value;
        else if (key === MIRROR) metadata.kubeletUid = value;
        break;
      }
      case 13: {
        // There is at most one; of two JSON takes the first, and so does kubectl.
        const controller = reader.message(readController);
        metadata.controller ??= controller;
        break;
      }
      default:
        reader.skip();
    }
  }
  if (metadata.kubeletUid === '') metadata.kubeletUid = metadata.uid;
  return metadata;
}

/** Range of a Date. */
const MAX_SECONDS = 8.64e12;

/** Decodes Time { seconds 1, nanos 2 }. The zero time, and one that is out of range, count as absent. */
function readTime(reader: ProtobufReader): number | null {
  let seconds: number | null = null;
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.int64();
    else reader.skip();
  }
  return seconds === null || Math.abs(seconds) > MAX_SECONDS ? null : seconds;
}

function readMapEntry(reader: ProtobufReader): readonly [key: string, value: string] {
  let key = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === 1) key = reader.string();
    else if (reader.field === 2) value = reader.string();
    else reader.skip();
  }
  return [key, value];
}

/** Decodes an owner reference. Null if it is not the controller. */
function readController(reader: ProtobufReader): Owner | null {
  let kind = '';
  let name = '';
  let isController = false;
  while (reader.next()) {
    if (reader.field === 1) kind = reader.string();
    else if (reader.field === 3) name = reader.string();
    else if (reader.field === 6) isController = reader.bool();
    else reader.skip();
  }
  return isController ? { kind, name } : null;
}

function readSpec(reader: ProtobufReader): PodSpec {
  const initContainers: Container[] = [];
  const containers: Container[] = [];
  const ephemeralContainers: Container[] = [];
  const spec = {
    nodeName: '',
    hostNetwork: false,
    hostPID: false,
    hostIPC: false,
    shareProcessNamespace: false,
    runtimeClassName: '',
    osName: '',
    nodeSelectorOS: '',
    hostProcess: false,
    seccompProfile: '',
    initContainers,
    containers,
    ephemeralContainers,
  };
  let oldNodeSelectorOS = '';
  const readContainer = (inner: ProtobufReader): Container => {
    const container = {
      name: '',
      restartPolicy: '',
      ports: [] as ContainerPort[],
      security: NO_SECURITY,
    };
    while (inner.next()) {
      if (inner.field === 1) container.name = inner.string();
      else if (inner.field === 6) container.ports.push(inner.message(readContainerPort));
      else if (inner.field === 15) {
        const context = inner.message(readSecurityContext);
        container.security = context.security;
        spec.hostProcess ||= context.hostProcess;
      } else if (inner.field === 24) container.restartPolicy = inner.string();
      else inner.skip();
    }
    return container;
  };
  const readEphemeralContainer = (inner: ProtobufReader): Container => {
    let container: Container = { name: '', restartPolicy: '', ports: [], security: NO_SECURITY };
    while (inner.next()) {
      if (inner.field === 1) container = inner.message(readContainer);
      else inner.skip();
    }
    return container;
  };
  while (reader.next()) {
    switch (reader.field) {
      case 2:
        containers.push(reader.message(readContainer));
        break;
      case 7: {
        const [key, value] = reader.message(readMapEntry);
        if (key === OS_LABEL) spec.nodeSelectorOS = value;
        else if (key === OLD_OS_LABEL) oldNodeSelectorOS = value;
        break;
      }
      case 10:
        spec.nodeName = reader.string();
        break;
      case 11:
        spec.hostNetwork = reader.bool();
        break;
      case 12:
        spec.hostPID = reader.bool();
        break;
      case 13:
        spec.hostIPC = reader.bool();
        break;
      case 14: {
        const context = reader.message(readPodSecurityContext);
        spec.seccompProfile = context.seccompProfile;
        spec.hostProcess ||= context.hostProcess;
        break;
      }
      case 20:
        initContainers.push(reader.message(readContainer));
        break;
      case 27:
        spec.shareProcessNamespace = reader.bool();
        break;
      case 29:
        spec.runtimeClassName = reader.string();
        break;
      case 34:
        ephemeralContainers.push(reader.message(readEphemeralContainer));
        break;
      case 36:
        spec.osName = reader.message(readFirstString);
        break;
      default:
        reader.skip();
    }
  }
  spec.nodeSelectorOS ||= oldNodeSelectorOS;
  return spec;
}

function readContainerPort(reader: ProtobufReader): ContainerPort {
  const port = { hostPort: 0, protocol: '' };
  while (reader.next()) {
    if (reader.field === 2) port.hostPort = reader.int32();
    else if (reader.field === 4) port.protocol = reader.string();
    else reader.skip();
  }
  return port;
}

interface SecurityContext {
  readonly security: ContainerSecurity;
  readonly hostProcess: boolean;
}

/** SecurityContext { capabilities 1, privileged 2, windowsOptions 10, seccompProfile 11 } */
function readSecurityContext(reader: ProtobufReader): SecurityContext {
  const security = { ...NO_SECURITY };
  let hostProcess = false;
  while (reader.next()) {
    if (reader.field === 1) security.addedCapabilities = reader.message(readAddedCapabilities);
    else if (reader.field === 2) security.privileged = reader.bool();
    else if (reader.field === 10) hostProcess = reader.message(readHostProcessOption);
    else if (reader.field === 11) security.seccompProfile = reader.message(readFirstString);
    else reader.skip();
  }
  const { privileged, addedCapabilities, seccompProfile } = security;
  const isUsual = !privileged && addedCapabilities.length === 0 && seccompProfile === '';
  return { security: isUsual ? NO_SECURITY : security, hostProcess };
}

/** PodSecurityContext { windowsOptions 8, seccompProfile 10 } */
function readPodSecurityContext(reader: ProtobufReader): {
  readonly seccompProfile: string;
  readonly hostProcess: boolean;
} {
  let seccompProfile = '';
  let hostProcess = false;
  while (reader.next()) {
    if (reader.field === 8) hostProcess = reader.message(readHostProcessOption);
    else if (reader.field === 10) seccompProfile = reader.message(readFirstString);
    else reader.skip();
  }
  return { seccompProfile, hostProcess };
}

/** Capabilities { add 1 } */
function readAddedCapabilities(reader: ProtobufReader): readonly string[] {
  const added: string[] = [];
  while (reader.next()) {
    if (reader.field === 1) added.push(reader.string());
    else reader.skip();
  }
  return added;
}

function readHostProcessOption(reader: ProtobufReader): boolean {
  let hostProcess = false;
  while (reader.next()) {
    if (reader.field === 4) hostProcess = reader.bool();
    else reader.skip();
  }
  return hostProcess;
}

/** Decodes a message whose only relevant field is a string with the number 1. */
function readFirstString(reader: ProtobufReader): string {
  let value = '';
  while (reader.next()) {
    if (reader.field === 1) value = reader.string();
    else reader.skip();
  }
  return value;
}

function readStatus(reader: ProtobufReader): PodStatus {
  const conditions: PodCondition[] = [];
  const initContainerStatuses: ContainerStatus[] = [];
  const containerStatuses: ContainerStatus[] = [];
  const ephemeralContainerStatuses: ContainerStatus[] = [];
  const hostIPs: string[] = [];
  const status = {
    phase: '',
    reason: '',
    hostIP: '',
    hostIPs,
    podIP: '',
    startTime: null as number | null,
    conditions,
    initContainerStatuses,
    containerStatuses,
    ephemeralContainerStatuses,
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        status.phase = reader.string();
        break;
      case 2:
        conditions.push(reader.message(readCondition));
        break;
      case 4:
        status.reason = reader.string();
        break;
      case 5:
        status.hostIP = reader.string();
        break;
      case 6:
        status.podIP = reader.string();
        break;
      case 7:
        status.startTime = reader.message(readTime);
        break;
      case 8:
        containerStatuses.push(reader.message(readContainerStatus));
        break;
      case 10:
        initContainerStatuses.push(reader.message(readContainerStatus));
        break;
      case 13:
        ephemeralContainerStatuses.push(reader.message(readContainerStatus));
        break;
      case 16:
        hostIPs.push(reader.message(readFirstString));
        break;
      default:
        reader.skip();
    }
  }
  return status;
}

function readCondition(reader: ProtobufReader): PodCondition {
  const condition = { type: '', status: '', reason: '' };
  while (reader.next()) {
    if (reader.field === 1) condition.type = reader.string();
    else if (reader.field === 2) condition.status = reader.string();
    else if (reader.field === 5) condition.reason = reader.string();
    else reader.skip();
  }
  return condition;
}

function readContainerStatus(reader: ProtobufReader): ContainerStatus {
  let state: ContainerState = {};
  const status = { name: '', containerID: '', ready: false, restartCount: 0, started: false };
  while (reader.next()) {
    if (reader.field === 1) status.name = reader.string();
    else if (reader.field === 2) state = reader.message(readContainerState);
    else if (reader.field === 4) status.ready = reader.bool();
    else if (reader.field === 5) status.restartCount = reader.int32();
    else if (reader.field === 8) status.containerID = reader.string();
    else if (reader.field === 9) status.started = reader.bool();
    else reader.skip();
  }
  return { ...status, state };
}

function readContainerState(reader: ProtobufReader): ContainerState {
  let state: ContainerState = {};
  while (reader.next()) {
    if (reader.field === 1) {
      state = { waiting: { reason: reader.message(readFirstString) } };
    } else if (reader.field === 2) {
      reader.skip();
      state = { running: true };
    } else if (reader.field === 3) {
      state = { terminated: reader.message(readTerminated) };
    } else {
      reader.skip();
    }
  }
  return state;
}

function readTerminated(reader: ProtobufReader): NonNullable<ContainerState['terminated']> {
  const terminated = { exitCode: 0, signal: 0, reason: '' };
  while (reader.next()) {
    if (reader.field === 1) terminated.exitCode = reader.int32();
    else if (reader.field === 2) terminated.signal = reader.int32();
    else if (reader.field === 3) terminated.reason = reader.string();
    else reader.skip();
  }
  return terminated;
}
