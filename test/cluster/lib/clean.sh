# shellcheck shell=bash disable=SC2154 # sourced; settings.sh sets the names
# Leaves nothing of a cluster, whole, half-made or killed. Each step finds what it removes on the machine
# itself and not in a record of what was started, and so may be repeated at any time.

# The order matters: processes hold mounts, mounts hold network namespaces, these hold links; and the state
# folder holds the notes of what to put back, and goes last.
clean() {
  kill_cluster_processes
  unmount_all
  remove_links
  remove_cgroups
  restore_controllers
  restore_sysctls
  remove_traces_in_shared_folders
  remove_state
}

is_anything_left() {
  local hierarchy
  [ ! -e "$state" ] || return 0
  while read -r hierarchy; do
    [ ! -d "$hierarchy/$cluster" ] || return 0
  done < <(cgroup_hierarchies)
  [ -e "/sys/class/net/$machine_veth" ]
}

mounts_below_state() {
  local path
  while read -r _ _ _ _ path _; do
    path=$(printf '%b' "${path//\\/\\0}") # the kernel writes a space as \040
    [[ $path != "$state" && $path != "$state"/* ]] || printf '%s\n' "${path%//deleted}"
  done </proc/self/mountinfo
}

# Lazily, as a Pod's files may be busy for a moment yet; deepest first; more than once, as mounts may be stacked.
unmount_all() {
  local path
  for _ in 1 2 3 4 5; do
    [ -n "$(mounts_below_state)" ] || return 0
    while read -r path; do umount --no-mtab --lazy "$path" 2>/dev/null || true; done < <(mounts_below_state | sort -r)
  done
}

# Never through a mount: a volume may show a folder of the machine's there.
remove_state() {
  local left
  left=$(mounts_below_state)
  if [ -n "$left" ]; then
    say "These mounts cannot be undone, so $state stays:" "$left"
    return 1
  fi
  rm -rf --one-file-system "$state"
}
