# shellcheck shell=bash disable=SC2154 # sourced; settings.sh sets the names
# What the cluster needs of the machine. Every function prints a sentence for each thing that is missing, and
# nothing when all is well, so that one run tells all.

check_requirements() {
  local missing
  missing=$(missing_requirements)
  [ -n "$missing" ] || return 0
  say "The test cluster cannot start here:"
  say "$missing"
  return 1
}

missing_requirements() {
  if [ "$(uname -s)" != Linux ]; then
    echo "- It runs on Linux only; this is $(uname -s)."
    return # what follows would only confuse
  fi
  [ "$(id -u)" -eq 0 ] || echo "- It makes namespaces, network devices and cgroups, and so must run as root (sudo -E npm run cluster:up)."
  missing_packages
  missing_go
  missing_cgroups
  missing_space
  unusable_state_folder
  taken_ports
  taken_networks
}

missing_packages() {
  local package packages=()
  while read -r package; do packages+=("$package"); done < <(
    has_commands containerd ctr || echo containerd
    has_commands runc || echo runc
    [ -n "$(cni_plugins)" ] || echo containernetworking-plugins
    has_commands etcd || echo etcd-server
    has_commands ip ss || echo iproute2
    has_static_busybox || echo busybox-static
    has_commands openssl || echo openssl
    has_commands nsenter unshare setsid flock || echo util-linux
    has_commands hostname || echo hostname
  )
  [ "${#packages[@]}" -eq 0 ] || echo "- Debian packages are missing: apt-get install ${packages[*]}"
}

has_commands() { # NAME...
  local name
  for name; do command -v "$name" >/dev/null || return 1; done
}

# Debian has them in the first folder, other distributions and the plugins' own release in the second.
cni_plugins() {
  local folder
  for folder in /usr/lib/cni /opt/cni/bin; do
    if [ -x "$folder/bridge" ] && [ -x "$folder/host-local" ]; then
      printf '%s\n' "$folder" && return
    fi
  done
}

# Debian's package busybox is dynamic and does not run in an image without libc.
has_static_busybox() {
  has_commands busybox && ! ldd "$(command -v busybox)" >/dev/null 2>&1
}

missing_go() {
  ! is_built || return 0
  if ! has_commands go; then
    echo "- Go is missing, and there is nothing built yet in $build: Go $go_version or newer is needed."
    return
  fi
  local found
  found=$(GOTOOLCHAIN=local go env GOVERSION)
  found=${found#go}
  if [ "$(printf '%s\n' "$go_version" "$found" | sort -V | head -n 1)" != "$go_version" ]; then
    echo "- Go $found is too old: test/cluster/kubernetes/go.mod asks for Go $go_version or newer."
  fi
}

missing_cgroups() {
  [ -n "$(cgroup_hierarchies)" ] || echo "- No cgroups are mounted below /sys/fs/cgroup; the kubelet and runc need them."
}

missing_space() {
  needs_space "$state" 1024 "running"
  is_built || needs_space "$build" 1024 "the built binaries"
  if ! is_built && has_commands go; then
    needs_space "$(go env GOCACHE)" 5120 "Go's cache"
  fi
}

needs_space() { # FOLDER MIB PURPOSE
  local folder=$1 free
  while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
  free=$(df --output=avail -BM "$folder" | tail -n 1 | tr -dc 0-9)
  [ "$free" -ge "$2" ] || echo "- $folder has $free MiB of free space; $3 takes up to $2 MiB there."
}

# A socket's path has at most 107 characters, and the longest one below the state folder has 38; the path is
# also written into files that have no common way of quoting.
unusable_state_folder() {
  [[ $state =~ ^(/[A-Za-z0-9._-]+){2,}$ && ${#state} -le 64 ]] ||
    echo "- HOSTNS_CLUSTER_STATE=$state: it must be at least two folders deep, of letters, digits and . _ -, 64 characters at most."
}

taken_ports() {
  has_commands ss || return 0
  taken_port "$api_port" "the API server" "another one can be set in HOSTNS_CLUSTER_API_PORT"
  taken_port "$etcd_port" "etcd" "another one can be set in HOSTNS_CLUSTER_ETCD_PORT"
  taken_port "$((etcd_port + 1))" "etcd's peers" "HOSTNS_CLUSTER_ETCD_PORT is one below it"
  taken_port "$kubelet_port" "kube-node-1's kubelet" "does another Kubernetes run on this machine?"
}

taken_port() { # PORT PURPOSE HINT
  local listener process
  listener=$(ss -Hltnp "sport = :$1")
  [ -n "$listener" ] || return 0
  process=$(sed -n 's/.*pid=\([0-9]*\).*/\1/p;q' <<<"$listener")
  ! cluster_processes | grep -qx "${process:-none}" || return 0 # left by an earlier run, and cleaned in a moment
  echo "- Port $1, for $2, is taken by process ${process:-?} ($(cat "/proc/$process/comm" 2>/dev/null || echo unknown)): $3."
}

taken_networks() {
  has_commands ip || return 0
  local network route
  for network in "$node1_pods" "$node2_pods" "$machine_address/24"; do
    while read -r route; do
      is_own_link "$(sed -n 's/.* dev \([^ ]*\).*/\1/p' <<<"$route")" ||
        echo "- The test cluster uses the network $network, and this machine has a route to it already: $route"
    done < <(ip -4 route show root "${network%.*}.0/24")
  done
}
