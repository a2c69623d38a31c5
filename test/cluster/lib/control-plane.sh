# shellcheck shell=bash disable=SC2154 # sourced; settings.sh sets the names

start_etcd() {
  local clients=http://127.0.0.1:$etcd_port peers=http://127.0.0.1:$((etcd_port + 1))
  # Nothing here outlives a crash of the machine; without fsync, 100,000 Pods are written in seconds. The quota
  # is for several such loads between two compactions.
  start etcd etcd --data-dir "$state/etcd" --unsafe-no-fsync --quota-backend-bytes=8589934592 \
    --listen-client-urls "$clients" --advertise-client-urls "$clients" \
    --listen-peer-urls "$peers" --initial-advertise-peer-urls "$peers" --initial-cluster "default=$peers"
  await etcd 30 "an answer on port $etcd_port" is_listening "$etcd_port"
}

is_listening() { ss -Hltn "sport = :$1" | grep -q .; }

start_apiserver() { # NODE-1-ADDRESS
  local pki=$state/pki
  # On all addresses, as kube-node-2 comes by 198.51.100.1 and everybody else by 127.0.0.1. Kubelets are asked
  # by address: nobody resolves the names of the nodes. TaintNodesByCondition would taint each new node not-ready,
  # and the controller that takes the taint back is off (see start_controllers).
  start kube-apiserver "$state/bin/kube" kube-apiserver --etcd-servers="http://127.0.0.1:$etcd_port" \
    --secure-port="$api_port" --bind-address=0.0.0.0 --advertise-address="$1" --endpoint-reconciler-type=none \
    --kubelet-preferred-address-types=InternalIP --service-cluster-ip-range=10.96.0.0/16 --allow-privileged=true \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
    --kubelet-client-certificate="$pki/kubelet-client.crt" --kubelet-client-key="$pki/kubelet-client.key" \
    --service-account-key-file="$pki/service-accounts.key" --service-account-signing-key-file="$pki/service-accounts.key" \
    --service-account-issuer=https://kubernetes.default.svc \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
    --disable-admission-plugins=TaintNodesByCondition --token-auth-file="$pki/tokens.csv"
  await kube-apiserver 90 "an answer from its /readyz" kubectl get --raw /readyz
}

start_controllers() {
  # Three controllers stay off: they would delete, or mark, the Pods that bin/load invents on nodes that do not
  # exist. The garbage collector asks 20 times a second by default, which is slow for tests. Neither component serves anything that is asked for here: port 0.
  start kube-controller-manager "$state/bin/kube" kube-controller-manager --kubeconfig="$state/admin.conf" --leader-elect=false \
    --kube-api-qps=200 --kube-api-burst=400 --secure-port=0 --flex-volume-plugin-dir="$state/volume-plugins" \
    --service-account-private-key-file="$state/pki/service-accounts.key" --root-ca-file="$state/pki/ca.crt" \
    --controllers='*,-node-ipam-controller,-pod-garbage-collector-controller,-node-lifecycle-controller'
  start kube-scheduler "$state/bin/kube" kube-scheduler --kubeconfig="$state/admin.conf" --leader-elect=false --secure-port=0
}
