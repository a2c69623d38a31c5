# shellcheck shell=bash disable=SC2154 # sourced; settings.sh sets the names
# Every process of the cluster lives below one cgroup, hostns-cluster, in every hierarchy there is: what is to
# be stopped is found there and nowhere else, whatever became of process ids and of the script that started it.
#
#   hostns-cluster/system            daemons, container runtimes and their shims
#   hostns-cluster/node-1, /node-2   the kubelets' cgroup roots: Pods

# Version 1 has a hierarchy for each controller, version 2 a single one; a machine may have both kinds.
cgroup_hierarchies() {
  local path type
  while read -r _ path type _; do
    case $type in cgroup | cgroup2) printf '%s\n' "$path" ;; esac
  done </proc/self/mounts
}

is_unified() { [ -f "$1/cgroup.controllers" ]; }

# make_cgroups: the kubelet wants its cgroup root beforehand, with all the controllers of the hierarchy.
make_cgroups() {
  local hierarchy leaf
  while read -r hierarchy; do
    [ -w "$hierarchy" ] || continue
    mkdir -p "$hierarchy/$cluster"
    prepare_cgroup "$hierarchy" "$hierarchy/$cluster"
    for leaf in system node-1 node-2; do
      mkdir -p "$hierarchy/$cluster/$leaf"
      copy_cpuset "$hierarchy" "$hierarchy/$cluster/$leaf"
    done
  done < <(cgroup_hierarchies)
}

prepare_cgroup() { # HIERARCHY CGROUP
  if is_unified "$1"; then
    note_controllers "$1"
    delegate_controllers "$1" "$1"
    delegate_controllers "$1" "$2"
  else
    copy_cpuset "$1" "$2"
  fi
}

# Version 2 hands a controller on only where cgroup.subtree_control says so. One at a time: a single refusal
# (cpu, while a real-time process runs) would refuse all of them. A kubelet that misses one says which.
delegate_controllers() { # HIERARCHY CGROUP
  local controller controllers
  read -r -a controllers <"$1/cgroup.controllers" || true # an empty line has no words, and is no failure
  for controller in "${controllers[@]}"; do
    printf '+%s\n' "$controller" 2>/dev/null >"$2/cgroup.subtree_control" || true
  done
}

# What the root handed on before, for restore_controllers.
note_controllers() { # HIERARCHY
  printf '%s %s\n' "$1" "$(cat "$1/cgroup.subtree_control")" >>"$state/before/controllers"
}

restore_controllers() {
  local hierarchy before controller controllers
  [ -f "$state/before/controllers" ] || return 0
  while read -r hierarchy before; do
    read -r -a controllers <"$hierarchy/cgroup.subtree_control" || true
    for controller in "${controllers[@]}"; do
      # Refused where something else has come to use the controller meanwhile, which is as it should be.
      [[ " $before " == *" $controller "* ]] || printf -- '-%s\n' "$controller" 2>/dev/null >"$hierarchy/cgroup.subtree_control" || true
    done
  done <"$state/before/controllers"
}

# A new cpuset of version 1 is empty, and refuses every process until it is filled in.
copy_cpuset() { # HIERARCHY CGROUP
  local file
  is_unified "$1" && return
  for file in cpuset.cpus cpuset.mems; do
    [ ! -f "$1/$file" ] || cat "$1/$file" >"$2/$file"
  done
}

# enter_cgroup: moves the calling (sub)shell, and so all that it starts, into hostns-cluster/system.
enter_cgroup() {
  local hierarchy
  while read -r hierarchy; do
    [ ! -d "$hierarchy/$cluster/system" ] || printf '%s\n' "$BASHPID" >"$hierarchy/$cluster/system/cgroup.procs"
  done < <(cgroup_hierarchies)
}

cluster_processes() {
  local hierarchy
  while read -r hierarchy; do
    [ ! -d "$hierarchy/$cluster" ] || find "$hierarchy/$cluster" -name cgroup.procs -exec cat {} + 2>/dev/null || true
  done < <(cgroup_hierarchies) | sort -un
}

# kill_cluster_processes: again and again, as a process may fork between the look and the kill.
kill_cluster_processes() {
  local process processes
  thaw_cgroups
  for _ in $(seq 100); do
    mapfile -t processes < <(cluster_processes)
    [ "${#processes[@]}" -gt 0 ] || return 0
    for process in "${processes[@]}"; do
      # 0 is a process of a namespace that cannot be seen from here; to kill, it means this script's own group.
      [ "$process" -eq 0 ] || kill -KILL "$process" 2>/dev/null || true
    done
    sleep 0.05
  done
  say "These processes of the cluster do not end: ${processes[*]}"
  return 1
}

# A frozen process of version 1 dies only once it is thawed.
thaw_cgroups() {
  local hierarchy
  while read -r hierarchy; do
    [ -d "$hierarchy/$cluster" ] || continue
    find "$hierarchy/$cluster" -name freezer.state -exec sh -c 'for f; do echo THAWED >"$f"; done' - {} + 2>/dev/null || true
  done < <(cgroup_hierarchies)
}

# A cgroup stays busy for a moment after its last process was killed.
remove_cgroups() {
  local hierarchy
  while read -r hierarchy; do
    for _ in $(seq 50); do
      [ -d "$hierarchy/$cluster" ] || continue 2
      find "$hierarchy/$cluster" -depth -type d -exec rmdir {} + 2>/dev/null || true
      [ ! -d "$hierarchy/$cluster" ] || sleep 0.1
    done
    say "The cgroup $hierarchy/$cluster cannot be removed."
    return 1
  done < <(cgroup_hierarchies)
}
