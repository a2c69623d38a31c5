package main

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
)

func replicaSetName(number int) string {
	return serviceName(number) + "-" + templateHash
}

func replicaSetUID(number int) types.UID {
	return types.UID(fmt.Sprintf("00000000-0000-4000-9000-%012d", number%namespaces))
}

// inventedReplicaSet owns all invented Pods of one namespace. It has to exist, as the garbage collector deletes
// Pods whose owner does not. It is for ever being deleted, held by a finalizer of ours, as that is the one state
// in which the ReplicaSet controller neither makes, deletes nor releases Pods (manageReplicas and ClaimObject in
// k8s.io/kubernetes/pkg/controller both look at deletionTimestamp), and the garbage collector lets both be. Its
// selector matches none of them, so that its status is true already: the namespace does not exist, and writing
// another status would fail again and again.
func inventedReplicaSet(number int) *appsv1.ReplicaSet {
	created := metav1.NewTime(time.Unix(firstCreation, 0))
	nobody := map[string]string{"team": "nobody"}
	return &appsv1.ReplicaSet{
		TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "ReplicaSet"},
		ObjectMeta: metav1.ObjectMeta{
			Name:                       replicaSetName(number),
			Namespace:                  namespaceName(number),
			UID:                        replicaSetUID(number),
			Labels:                     labels(number),
			CreationTimestamp:          created,
			DeletionTimestamp:          &created,
			DeletionGracePeriodSeconds: ptr.To(int64(0)),
			Finalizers:                 []string{"hostns.example.com/invented"},
		},
		Spec: appsv1.ReplicaSetSpec{
			Replicas: ptr.To(int32(0)),
			Selector: &metav1.LabelSelector{MatchLabels: nobody},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: nobody}, Spec: spec(number)},
		},
		Status: appsv1.ReplicaSetStatus{TerminatingReplicas: ptr.To(int32(0))},
	}
}
