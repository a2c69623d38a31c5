# shellcheck shell=bash disable=SC2034 # sourced by every script here; the names are used there
# Where the test cluster's things are, and what they are called.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)

# What is built is each clone's own. What runs is the machine's: there is one such cluster on a machine, and
# `up` in another clone must find what a killed run of the first one left.
build=$(realpath -m "${HOSTNS_CLUSTER_BUILD:-$repository/.cluster}")
state=$(realpath -m "${HOSTNS_CLUSTER_STATE:-/var/lib/hostns-cluster}")
api_port=${HOSTNS_CLUSTER_API_PORT:-6443}
# Not 2379: Debian's etcd-server starts an etcd of its own there.
etcd_port=${HOSTNS_CLUSTER_ETCD_PORT:-12379}
kubelet_port=10250

# The names by which `down` knows what is the cluster's. Links carry the first one as their alias.
cluster=hostns-cluster
machine_veth=hostns-node-2 # the machine's end of kube-node-2's cable
machine_dummy=hostns-node-1
fallback_bridge=hostns-cni0

# 198.51.100.0/24 is for documentation (RFC 5737): it is no developer's LAN.
machine_address=198.51.100.1
node2_address=198.51.100.2
node1_dummy_address=198.51.100.129
node1_pods=10.244.1.0/24
node1_gateway=10.244.1.1/24
node2_pods=10.244.3.0/24

kubernetes_version=$(sed -n 's/^\tk8s.io\/kubernetes v//p' "$here/kubernetes/go.mod")
go_version=$(sed -n 's/^go //p' "$here/kubernetes/go.mod")

# Folders that containerd, the kubelet and the CNI plugins use wherever their own are configured to be. The
# nested node gets empty ones of its own; on the machine, those that were not there before go again.
shared_folders=(/run/containerd /var/lib/kubelet /var/lib/cni /var/log/containers)

say() { printf '%s\n' "$*" >&2; }

# As the cluster's administrator, and with the kubectl of its version, whatever the user's own are.
kubectl() { KUBECONFIG=$state/admin.conf "$state/bin/kubectl" "$@"; }

# The machine's address as the Internet would see it is of no interest: any one that is up will do for node 1.
machine_own_address() {
  local addresses
  read -r -a addresses <<<"$(hostname -I)"
  local address
  for address in "${addresses[@]}"; do
    case $address in
      *:* | "$machine_address" | 10.244.*) ;;
      *) printf '%s\n' "$address" && return ;;
    esac
  done
}

# One sum over what the built files, or the running cluster, are made from.
sum_of_files() { # FILE-OR-FOLDER...
  (cd "$here" && find "$@" -type f ! -name README.md -print0 | sort -z | xargs -0 sha256sum) | sha256sum | cut -d ' ' -f 1
}
