# shellcheck shell=bash disable=SC2154 # sourced; settings.sh sets the names
# Starting programs that go on, and waiting for them with the reason at hand when they do not.

# start NAME COMMAND...: in the background, with its log and process id kept, and without the variables of
# whoever called `up`: proxies, ETCD_* and the like are not meant for the cluster.
start() {
  local name=$1
  shift
  mkdir -p "$state/log" "$state/pid"
  env -i PATH="$PATH" HOME=/root ETCD_UNSUPPORTED_ARCH="$(go_architecture)" "${passed_on[@]}" \
    setsid "$@" >"$state/log/$name.log" 2>&1 </dev/null &
  echo $! >"$state/pid/$name"
}

# The settings that kube-node-2's scripts must see as this one does.
passed_on=(
  HOSTNS_CLUSTER_BUILD="$build" HOSTNS_CLUSTER_STATE="$state"
  HOSTNS_CLUSTER_API_PORT="$api_port" HOSTNS_CLUSTER_ETCD_PORT="$etcd_port"
)

# Debian's etcd 3.4 wants to be told that it may run on 64-bit ARM.
go_architecture() {
  case $(uname -m) in aarch64) echo arm64 ;; *) echo amd64 ;; esac
}

# await NAME SECONDS WHAT COMMAND...: until COMMAND succeeds. Where it does not in time, or the program NAME
# has ended, tells which component failed and the end of its log, and gives up.
await() {
  local name=$1 seconds=$2 what=$3 deadline
  shift 3
  deadline=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    is_running "$name" || fail "$name" "it ended before there was $what"
    [ "$SECONDS" -lt "$deadline" ] || fail "$name" "there is not yet $what after $seconds seconds"
    sleep 0.2
  done
}

is_running() { # NAME
  [ -f "$state/pid/$1" ] && kill -0 "$(cat "$state/pid/$1")" 2>/dev/null
}

fail() { # NAME REASON
  trap - ERR
  say "$1 failed: $2."
  if [ -s "$state/log/$1.log" ]; then
    say "The end of $state/log/$1.log:"
    tail -n 15 "$state/log/$1.log" >&2
  fi
  exit 1
}
