import { DEVICES, SECTIONS } from '../inspection/shell.ts';

/**
 * The script that runs in the probe Pod, which shares all of its node's namespaces: one constant POSIX sh script. It
 * finds every process of the node in /proc, and reads the namespaces of the processes of Pods.
 *
 * Starting programs takes most of the time, so each program reads one file of all processes. `grep` prefixes each line
 * with its file, `stat` follows the namespace links, and xargs splits a command that would be too long. In the C locale
 * every byte is a character. In other locales GNU grep takes names with invalid bytes for binary data and leaves them
 * out. The probe Pod can follow the links in /proc/PID/ns of another user but cannot list them, so each link is named.
 *
 * Processes are assigned to Pods by one hierarchy of control groups only, that of the probe Pod's own group. A
 * container with CAP_SYS_ADMIN can mount another hierarchy under any name and move processes in it. On cgroup v1 the
 * kernel shows a process whose first thread has ended at `/`, although its other threads run. For such a process the
 * script reads the groups of the threads. It reads the namespaces of every thread, because each thread can leave the
 * namespaces of its process.
 *
 * `node` reads each process once, and the control groups again at the end, to detect that another process got the same
 * ID. The parent of the script is the runtime's shim after the program that started the script has ended. The
 * interfaces are last, once for each network namespace and with a limit of lines, because a container can create any
 * number of them.
 *
 * `hold` reads the processes of some Pods many times, to find processes that move to other namespaces.
 *
 * The reports are read by node-view.ts and held-view.ts.
 */
const SCRIPT = String.raw`
m=$1
q=$2
shift 2
export LC_ALL=C
${SECTIONS}
${DEVICES}
every() { printf '%s\n' /proc/[0-9]*/"$1"; }
hierarchy() {
h=$(awk -v "u=$1" '{
split($0, f, ":")
core = f[2] ~ /(^|,)(memory|pids|cpu)(,|$)/
if ($0 ~ u) r = core ? 1 : f[1] == "0" ? 2 : f[2] == "name=systemd" ? 3 : 0
else r = f[3] != "/" ? 0 : core ? 4 : f[1] == "0" ? 5 : 0
if (r && (!b || r < b)) { b = r; n = f[1] }
} END { print b ? n : "none" }' "/proc/$$/cgroup" 2>/dev/null)
}
leaderless() {
case $h in 0) return ;; esac
every status | xargs grep -sl '^State:.Z' 2>/dev/null |
while read -r f; do printf '%s\n' "${'$'}{f%status}task/"[0-9]*/cgroup; done
}
groups() {
{
every cgroup | xargs grep -sHm1 "^$h:.*$1" 2>/dev/null
printf '%s\n' "$dead" | xargs grep -sHm1 "^$h:.*$1" 2>/dev/null | awk '{ sub("/task/[0-9]+/", "/"); print }'
} | awk '{ split($0, f, "/"); if (!seen[f[3]]++) print }'
}
threads() {
for p in $own; do for k in $1; do printf "%s/ns/$k\n" "/proc/$p/task/"[0-9]*; done; done |
xargs stat -L -c '%n %i' 2>/dev/null
}
by_process() {
awk '{ split($1, f, "/"); if (!seen[f[3], f[7], $2]++) print "/proc/" f[3] "/ns/" f[7] " " $2 }'
}
zombies() { for p in $own; do printf '%s\n' "/proc/$p/status"; done | xargs grep -sl '^State:.Z' 2>/dev/null; }
pids() { awk -F / '/^\/proc\// { print $3 }'; }
begin_self() {
hierarchy "$1"
begin self
printf '%s\n' "$$"
grep "^$h:" "/proc/$$/cgroup" 2>/dev/null
end 0
dead=$(leaderless)
}
section() {
begin "$1"
shift
"$@"
end 0
}
inodes() { every "ns/$1" | xargs stat -L -c '%n %i' 2>/dev/null; }
of_networks() {
begin "$1"
for p in $pids; do printf '/proc/%s/%s\n' "$p" "$2"; done | xargs grep -sHm4096 -e "$3" 2>/dev/null
end $?
}
all_threads() { threads "$1" | by_process; }
node() {
begin_self "$1"
c=$(groups pod)
section cgroups printf '%s\n' "$c"
own=$(printf '%s\n' "$c" | pids)
section pid inodes pid
section ipc inodes ipc
n=$(inodes net)
section net printf '%s\n' "$n"
for k in net ipc pid; do section "threads-$k" all_threads "$k"; done
section zombies zombies
section cgroups-again groups pod
begin parent
grep PPid: "/proc/$$/status" 2>/dev/null
end $?
}
networks() {
devices /sys/class/net
begin ip
ip -o -4 addr show 2>/dev/null
end $?
pids=$(printf '%s\n' "$n" | awk '/^\/proc\// && !seen[$2]++ { split($1, part, "/"); print part[3] }')
of_networks net-dev net/dev ''
of_networks if-inet6 net/if_inet6 ''
of_networks route net/route 'Iface\|.00000000.000'
of_networks fib-trie net/fib_trie '^[A-Z]\||--\|LOCAL\|BROADCAST'
}
hold() {
begin_self "$1"
begin rounds
for round in $3; do
printf 'round\n'
c=$(groups "$2")
printf '%s\n' "$c"
own=$(printf '%s\n' "$c" | pids)
zombies
for again in 1 2 3 4; do
printf 'reading\n'
threads 'net ipc pid' | by_process
done
done
end 0
}
case $q in
node)
node "$1"
case $2 in networks) networks ;; esac
;;
hold) hold "$@" ;;
devices) devices "/proc/$1/root/sys/class/net" ;;
esac
printf '\n%s done\n' "$m"
`;

/** Question that the script answers. */
export type ProbeQuestion =
  /** All processes of Pods, and the interfaces of their network namespaces if `networks` is true. */
  | { readonly kind: 'node'; readonly probeUid: string; readonly networks: boolean }
  /** The processes of some Pods, many times within a second or two. The UIDs are those that the kubelet uses. */
  | { readonly kind: 'hold'; readonly probeUid: string; readonly podUids: readonly string[] }
  /** The devices in the /sys of one process. */
  | { readonly kind: 'devices'; readonly pid: number };

/** Number of process lists of `hold`. After each list it reads the namespaces four times. */
export const ROUNDS = 25;

/** Maximum number of Pods in the command, which is sent in a URL. For more Pods, the script reads all of the node's. */
const MAX_NAMED_PODS = 16;

/**
 * Returns the command to execute in the probe Pod.
 *
 * @param marker random text that separates the sections of the report, see inspectionCommand
 */
export function probeCommand(marker: string, question: ProbeQuestion): readonly string[] {
  return ['/bin/sh', '-c', SCRIPT, 'kubectl-hostns', marker, question.kind, ...argumentsOf(question)];
}

function argumentsOf(question: ProbeQuestion): readonly string[] {
  switch (question.kind) {
    case 'node':
      return [uidPattern(question.probeUid), question.networks ? 'networks' : 'processes'];
    case 'hold': {
      const { probeUid, podUids } = question;
      const pods =
        podUids.length > MAX_NAMED_PODS ? 'pod' : `pod\\(${podUids.map(uidPattern).join('\\|')}\\)`;
      return [uidPattern(probeUid), pods, Array.from({ length: ROUNDS }, () => '.').join(' ')];
    }
    case 'devices':
      return [String(question.pid)];
  }
}

/** Returns a regular expression for a UID in a control group name, where the systemd driver writes `_` instead of `-`. */
function uidPattern(uid: string): string {
  return uid.replaceAll(/[^A-Za-z0-9]/g, '.');
}
