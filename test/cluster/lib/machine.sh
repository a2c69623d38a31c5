# shellcheck shell=bash disable=SC2154 # sourced; settings.sh sets the names
# What the cluster changes on the machine outside its own folder and cgroups: written down before it is
# changed, so that lib/clean.sh can put it back even after a killed run.

# The kubelet sets all but the first by itself, and the bridge plugin the first.
changed_sysctls=(
  net/ipv4/ip_forward vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops
  kernel/keys/root_maxkeys kernel/keys/root_maxbytes
)

# The last one is where mount(8) and umount(8) keep notes of their own.
touched_folders=("${shared_folders[@]}" /run/mount)

note_machine() {
  local name folder
  mkdir -p "$state/before"
  for name in "${changed_sysctls[@]}"; do
    [ ! -r "/proc/sys/$name" ] || printf '%s %s\n' "$name" "$(cat "/proc/sys/$name")"
  done >"$state/before/sysctls"
  for folder in "${touched_folders[@]}"; do
    [ -d "$folder" ] || printf '%s\n' "$folder"
  done >"$state/before/missing-folders"
  mkdir -p "${shared_folders[@]}"
}

restore_sysctls() {
  local name value
  [ -f "$state/before/sysctls" ] || return 0
  while read -r name value; do
    [ "$(cat "/proc/sys/$name")" = "$value" ] || printf '%s\n' "$value" >"/proc/sys/$name"
  done <"$state/before/sysctls"
}

# remove_traces_in_shared_folders: what is certainly ours where others may have theirs, and the whole folder
# where there was none before.
remove_traces_in_shared_folders() {
  local folder
  remove_shim_sockets
  rm -f /var/lib/cni/results/"$cluster"-*
  [ ! -d /var/log/containers ] || find /var/log/containers -type l -lname "$state/*" -delete
  [ -f "$state/before/missing-folders" ] || return 0
  while read -r folder; do
    # Only what note_machine can have written: this file's lines are handed to rm -r.
    [[ " ${touched_folders[*]} " != *" $folder "* ]] || rm -rf --one-file-system "$folder"
  done <"$state/before/missing-folders"
}

# containerd's shims listen below /run/containerd/s whatever containerd's own folders are; each container's
# folder names its shim's socket.
remove_shim_sockets() {
  local file address
  for file in "$state"/node1/containerd-state/io.containerd.runtime.v2.task/k8s.io/*/address; do
    [ -f "$file" ] || continue
    address=$(cat "$file")
    [[ ! $address =~ ^unix:///run/containerd/s/[0-9a-f]+$ ]] || rm -f "${address#unix://}"
  done
}

# The links of the machine carry the cluster's name, or one that begins with hostns-, before they carry any
# other: a user's own cni0 is never taken for the cluster's.
is_own_link() { # NAME
  case $1 in "$machine_veth" | "$machine_dummy" | "$fallback_bridge") return 0 ;; esac
  [ "$(cat "/sys/class/net/$1/ifalias" 2>/dev/null)" = "$cluster" ]
}

# make_bridge: prints the name of kube-node-1's bridge, made beforehand so that it can be told from a user's
# own. The bridge plugin takes the one that it finds.
make_bridge() {
  ip link add "$fallback_bridge" type bridge
  ip link set "$fallback_bridge" alias "$cluster"
  if [ -e /sys/class/net/cni0 ] || ! ip link set "$fallback_bridge" name cni0; then
    printf '%s\n' "$fallback_bridge"
  else
    echo cni0
  fi
}

remove_links() {
  local path name
  for path in /sys/class/net/*; do
    name=${path##*/}
    is_own_link "$name" || continue
    remove_ports "$path"
    ip link delete "$name" 2>/dev/null || true # a veth goes by itself with the namespace at its other end
  done
}

remove_ports() { # PATH-OF-A-BRIDGE
  local port
  for port in "$1"/brif/*; do
    [ ! -e "$port" ] || ip link delete "${port##*/}" 2>/dev/null || true
  done
}
