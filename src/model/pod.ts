/** Annotation with kubectl's default container. */
export const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';
/** Annotation of the mirror of a static Pod. Its value is the UID of the static Pod. */
export const MIRROR = 'kubernetes.io/config.mirror';
/** Label of a node's operating system, and its name before Kubernetes 1.14, which kubelets still set. */
export const OS_LABEL = 'kubernetes.io/os';
export const OLD_OS_LABEL = 'beta.kubernetes.io/os';

/**
 * Fields of a Kubernetes Pod that this program reads, from protobuf or JSON.
 *
 * Field names are those of k8s.io/api/core/v1; text that the API leaves out is an empty string, so that
 * protobuf (which cannot tell the two apart) and JSON give the same Pod.
 */
export interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** The UID that the kubelet and the runtime know it by: of a mirror Pod it is the static Pod's. */
  readonly kubeletUid: string;
  /** Opaque: if it is equal, the Pod is unchanged. */
  readonly resourceVersion: string;
  readonly labels: ReadonlyMap<string, string>;
  /** The value of DEFAULT_CONTAINER, or empty. */
  readonly defaultContainer: string;
  /** Seconds since 1970, or null where the object has no such time. */
  readonly creationTimestamp: number | null;
  readonly deletionTimestamp: number | null;
  /** The owner reference with `controller: true`. */
  readonly controller: Owner | null;
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

export interface Owner {
  readonly kind: string;
  readonly name: string;
}

export interface PodSpec {
  readonly nodeName: string;
  readonly hostNetwork: boolean;
  readonly hostPID: boolean;
  readonly hostIPC: boolean;
  readonly shareProcessNamespace: boolean;
  readonly runtimeClassName: string;
  /** `spec.os.name`: "linux", "windows" or empty. */
  readonly osName: string;
  /** `spec.nodeSelector` at OS_LABEL, or else at OLD_OS_LABEL; '' if neither is there. */
  readonly nodeSelectorOS: string;
  /** True where the Pod or any of its containers has `securityContext.windowsOptions.hostProcess`. */
  readonly hostProcess: boolean;
  /** `spec.securityContext.seccompProfile.type`, or empty. */
  readonly seccompProfile: string;
  readonly initContainers: readonly Container[];
  readonly containers: readonly Container[];
  readonly ephemeralContainers: readonly Container[];
}

export interface Container {
  readonly name: string;
  /** "Always" makes an init container a sidecar. */
  readonly restartPolicy: string;
  readonly ports: readonly ContainerPort[];
  readonly security: ContainerSecurity;
}

/** The part of a container's `securityContext` that decides whether its processes can change their namespaces. */
export interface ContainerSecurity {
  readonly privileged: boolean;
  /** `capabilities.add` as written: "SYS_ADMIN", "ALL". */
  readonly addedCapabilities: readonly string[];
  /** `seccompProfile.type`: "RuntimeDefault", "Localhost", "Unconfined", or empty where the Pod's own counts. */
  readonly seccompProfile: string;
}

/** The default security context. Most containers of a cluster share this object. */
export const NO_SECURITY: ContainerSecurity = {
  privileged: false,
  addedCapabilities: [],
  seccompProfile: '',
};

export interface ContainerPort {
  /** 0 where the container asks for no port of the node. */
  readonly hostPort: number;
  readonly protocol: string;
}

export interface PodStatus {
  readonly phase: string;
  readonly reason: string;
  readonly hostIP: string;
  /** Every address of the node, the primary one first; empty where the server is older than 1.28. */
  readonly hostIPs: readonly string[];
  readonly podIP: string;
  /** Seconds since 1970, or null. */
  readonly startTime: number | null;
  readonly conditions: readonly PodCondition[];
  readonly initContainerStatuses: readonly ContainerStatus[];
  readonly containerStatuses: readonly ContainerStatus[];
  readonly ephemeralContainerStatuses: readonly ContainerStatus[];
}

export interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

export interface ContainerStatus {
  readonly name: string;
  /** `containerd://` and the runtime's 64 hexadecimal digits; empty until it has been created. */
  readonly containerID: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly started: boolean;
  readonly state: ContainerState;
}

/** At most one of the three is set. None means that the kubelet has not reported yet. */
export interface ContainerState {
  readonly waiting?: { readonly reason: string };
  readonly running?: true;
  readonly terminated?: { readonly exitCode: number; readonly signal: number; readonly reason: string };
}
