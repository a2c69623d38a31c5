# shellcheck shell=bash disable=SC2154 # sourced; settings.sh sets the names
# kube-node-2 wears the devices of the node in the tutorial whose steps the plugin repeats: ens192, docker0 and
# flannel.1 are made here, cni0 by the bridge plugin for the first Pod.

netns=$state/node2/netns

in_node2() { nsenter --net="$netns" "$@"; }

make_nested_network() {
  mkdir -p "$state/node2"
  touch "$netns"
  unshare --net="$netns" true
  in_node2 ip link set lo up
  make_uplink
  make_docker_bridge
  make_flannel
}

# The kubelet's address comes second, as ifconfig shows the first alone. The machine's end has nothing of
# 192.168.0.0/24, which may well be the developer's own LAN.
make_uplink() {
  ip link add "$machine_veth" type veth peer name ens192 netns "$netns"
  ip link set "$machine_veth" alias "$cluster"
  ip address add "$machine_address/24" dev "$machine_veth"
  ip link set "$machine_veth" up
  in_node2 ip link set ens192 address 00:0c:29:ad:a8:d2
  in_node2 ip address add 192.168.0.183/24 brd 192.168.0.255 dev ens192
  in_node2 ip address add "$node2_address/24" dev ens192
  in_node2 ip link set ens192 up
  in_node2 ip route add default via "$machine_address"
  ip route add "$node2_pods" via "$node2_address"
}

make_docker_bridge() {
  in_node2 ip link add docker0 address 02:42:5c:e0:08:c5 txqueuelen 0 type bridge
  in_node2 ip address add 172.17.0.1/16 brd 172.17.255.255 dev docker0
  in_node2 ip link set docker0 up
}

make_flannel() {
  if ! in_node2 ip link add flannel.1 type vxlan id 1 dev ens192 dstport 8472 nolearning 2>/dev/null; then
    say "Warning: this kernel makes no vxlan device; kube-node-2's flannel.1 is a dummy device of that name."
    in_node2 ip link add flannel.1 type dummy
  fi
  in_node2 ip link set flannel.1 address 36:4d:70:4c:69:47 mtu 1450 txqueuelen 0
  in_node2 ip address add 10.244.3.0/32 dev flannel.1
  in_node2 ip link set flannel.1 up
}
