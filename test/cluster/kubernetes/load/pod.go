package main

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
)

const (
	namespaces         = 50
	podsPerNode        = 100
	environmentEntries = 12
	templateHash       = "6d4cf56db6"
	firstCreation      = 1790000000 // seconds since 1970; each Pod is a second younger than the one before
	nodeAddress        = "192.0.2.2"
)

// namespaceName is the namespace of the number'th invented Pod.
func namespaceName(number int) string {
	return fmt.Sprintf("team-%03d", number%namespaces)
}

// serviceName is the one service of the number'th Pod's namespace.
func serviceName(number int) string {
	return fmt.Sprintf("service-%04d", number%namespaces)
}

// inventedPod is the number'th Pod, always the same: what a Deployment's Pod looks like once it runs, at the
// size of real ones (3.7 KB as protobuf, 11 KB as JSON). 1.7 % of them share something with their node.
func inventedPod(number int) *corev1.Pod {
	created := metav1.NewTime(time.Unix(firstCreation+int64(number), 0))
	pod := &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metadata(number, created),
		Spec:       spec(number),
		Status:     status(number, created),
	}
	shareNamespaces(pod, number)
	return pod
}

// shareNamespaces lets 1 % share the network, 0.5 % the PID and 0.2 % the IPC namespace of their node.
func shareNamespaces(pod *corev1.Pod, number int) {
	switch {
	case number%100 == 7:
		pod.Spec.HostNetwork = true
		pod.Status.PodIP = nodeAddress
		pod.Status.PodIPs = []corev1.PodIP{{IP: nodeAddress}}
	case number%200 == 11:
		pod.Spec.HostPID = true
	case number%500 == 13:
		pod.Spec.HostIPC = true
	}
}

func metadata(number int, created metav1.Time) metav1.ObjectMeta {
	replicaSet := replicaSetName(number)
	return metav1.ObjectMeta{
		Name:              fmt.Sprintf("%s-%05d", replicaSet, number),
		GenerateName:      replicaSet + "-",
		Namespace:         namespaceName(number),
		UID:               types.UID(fmt.Sprintf("00000000-0000-4000-8000-%012d", number)),
		CreationTimestamp: created,
		Labels:            labels(number),
		Annotations: map[string]string{
			"prometheus.io/scrape": "true",
			"prometheus.io/port":   "8080",
			"checksum/config":      strings.Repeat("a", 64),
		},
		OwnerReferences: []metav1.OwnerReference{{
			APIVersion: "apps/v1", Kind: "ReplicaSet", Name: replicaSet, UID: replicaSetUID(number),
			Controller: ptr.To(true), BlockOwnerDeletion: ptr.To(true),
		}},
		ManagedFields: []metav1.ManagedFieldsEntry{{
			Manager: "kube-controller-manager", Operation: "Update", APIVersion: "v1", Time: &created,
			FieldsType: "FieldsV1", FieldsV1: &metav1.FieldsV1{Raw: []byte(managedFields)},
		}},
	}
}

func labels(number int) map[string]string {
	return map[string]string{
		"app.kubernetes.io/name":    serviceName(number),
		"app.kubernetes.io/part-of": "platform",
		"pod-template-hash":         templateHash,
		"team":                      namespaceName(number),
	}
}

// managedFields is a third of a real Pod's bytes, which is why it is imitated at full length.
var managedFields = `{"f:metadata":{"f:generateName":{},"f:labels":{".":{},"f:app.kubernetes.io/name":{},"f:pod-template-hash":{}},` +
	`"f:ownerReferences":{".":{},"k:{\"uid\":\"x\"}":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"app\"}":{".":{},"f:env":{` +
	strings.Repeat(`"k:{\"name\":\"SERVICE_SETTING_00\"}":{".":{},"f:name":{},"f:value":{}},`, environmentEntries) +
	`"z":{}},"f:image":{},"f:imagePullPolicy":{},"f:livenessProbe":{},"f:name":{},"f:ports":{},"f:readinessProbe":{},` +
	`"f:resources":{},"f:volumeMounts":{}}},"f:dnsPolicy":{},"f:restartPolicy":{},"f:schedulerName":{},` +
	`"f:securityContext":{},"f:terminationGracePeriodSeconds":{},"f:volumes":{}}}`

func spec(number int) corev1.PodSpec {
	return corev1.PodSpec{
		NodeName:                      fmt.Sprintf("fake-node-%04d", number/podsPerNode),
		Containers:                    []corev1.Container{container()},
		RestartPolicy:                 corev1.RestartPolicyAlways,
		DNSPolicy:                     corev1.DNSClusterFirst,
		ServiceAccountName:            "default",
		DeprecatedServiceAccount:      "default",
		SchedulerName:                 "default-scheduler",
		TerminationGracePeriodSeconds: ptr.To(int64(30)),
		EnableServiceLinks:            ptr.To(true),
		PreemptionPolicy:              ptr.To(corev1.PreemptLowerPriority),
		Priority:                      ptr.To(int32(0)),
		SecurityContext:               &corev1.PodSecurityContext{},
		Tolerations: []corev1.Toleration{
			tolerationOf("node.kubernetes.io/not-ready"),
			tolerationOf("node.kubernetes.io/unreachable"),
		},
		Volumes: volumes(),
	}
}

const image = "registry.example.com/team/service:v1.2.3"

func container() corev1.Container {
	environment := make([]corev1.EnvVar, environmentEntries)
	for i := range environment {
		environment[i] = corev1.EnvVar{Name: fmt.Sprintf("SERVICE_SETTING_%02d", i), Value: strings.Repeat("v", 24)}
	}
	return corev1.Container{
		Name:  "app",
		Image: image,
		Env:   environment,
		Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: corev1.ProtocolTCP}},
		Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{"cpu": resource.MustParse("100m"), "memory": resource.MustParse("128Mi")},
			Limits:   corev1.ResourceList{"memory": resource.MustParse("256Mi")},
		},
		VolumeMounts: []corev1.VolumeMount{
			{Name: "config", MountPath: "/etc/app"},
			{Name: "kube-api-access-abcde", MountPath: "/var/run/secrets/kubernetes.io/serviceaccount", ReadOnly: true},
		},
		LivenessProbe:            defaultProbe(),
		ReadinessProbe:           defaultProbe(),
		ImagePullPolicy:          corev1.PullIfNotPresent,
		TerminationMessagePath:   corev1.TerminationMessagePathDefault,
		TerminationMessagePolicy: corev1.TerminationMessageReadFile,
	}
}

func defaultProbe() *corev1.Probe {
	return &corev1.Probe{PeriodSeconds: 10, TimeoutSeconds: 1, SuccessThreshold: 1, FailureThreshold: 3}
}

func tolerationOf(taint string) corev1.Toleration {
	return corev1.Toleration{
		Key: taint, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute,
		TolerationSeconds: ptr.To(int64(300)),
	}
}

func volumes() []corev1.Volume {
	config := &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "config"}}
	token := corev1.VolumeProjection{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{
		Path: "token", ExpirationSeconds: ptr.To(int64(3607)),
	}}
	return []corev1.Volume{
		{Name: "config", VolumeSource: corev1.VolumeSource{ConfigMap: config}},
		{Name: "kube-api-access-abcde", VolumeSource: corev1.VolumeSource{
			Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{token}},
		}},
	}
}

func status(number int, created metav1.Time) corev1.PodStatus {
	address := fmt.Sprintf("10.%d.%d.%d", number>>16, (number>>8)&255, number&255)
	return corev1.PodStatus{
		Phase:      corev1.PodRunning,
		HostIP:     nodeAddress,
		HostIPs:    []corev1.HostIP{{IP: nodeAddress}},
		PodIP:      address,
		PodIPs:     []corev1.PodIP{{IP: address}},
		StartTime:  &created,
		QOSClass:   corev1.PodQOSBurstable,
		Conditions: conditions(created),
		ContainerStatuses: []corev1.ContainerStatus{{
			Name: "app", Ready: true, Started: ptr.To(true), Image: image,
			ImageID:     "sha256:" + strings.Repeat("b", 64),
			ContainerID: "containerd://" + strings.Repeat("c", 64),
			State:       corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: created}},
		}},
	}
}

func conditions(since metav1.Time) []corev1.PodCondition {
	types := []corev1.PodConditionType{
		corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled,
	}
	met := make([]corev1.PodCondition, len(types))
	for i, kind := range types {
		met[i] = corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: since}
	}
	return met
}
