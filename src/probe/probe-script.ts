import { DEVICES, SECTIONS } from '../inspection/shell.ts';

/**
 * The script that runs in the probe Pod, which shares all of its node's namespaces: one constant POSIX sh script. It
 * sees every process of the node in /proc, and reads the namespaces of those in Pods from outside.
 *
 * Starting programs is what costs time, so that each reads one file of all processes: `grep` prefixes each
 * line by its file, `stat` follows the namespace links. xargs splits what would be too long a command. In the C
 * locale every byte is a character: GNU grep would take what a container has named by other bytes for binary, and
 * leave it out. The probe Pod may follow the links of a folder `ns` that is another user's, and not list them: each is
 * named.
 *
 * Processes are attributed by one hierarchy of control groups alone, that of the probe Pod's own group: a container
 * with CAP_SYS_ADMIN can mount another hierarchy under any name, and move processes in it. On cgroup v1 the kernel
 * shows a process whose first thread has ended at `/` (such a process is a zombie with other threads), so that its
 * threads are read. Every thread's namespaces are read, for each may leave its process's.
 *
 * `node` reads each process once, and the groups once more: a number that another process has got meanwhile gives
 * itself away. The parent is the runtime's shim, once the program that has started this one has ended. Interfaces come
 * last, once for each network namespace and so many lines of each: a container may make as many as it likes.
 * `hold` reads the processes of some Pods again and again, to find those that move.
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

/** What the script is asked. */
export type ProbeQuestion =
  /** Every process of the node, and the interfaces of their networks if need be. */
  | { readonly kind: 'node'; readonly probeUid: string; readonly networks: boolean }
  /** The processes of some Pods, by their UIDs as the kubelet knows them, many times within a second or two. */
  | { readonly kind: 'hold'; readonly probeUid: string; readonly podUids: readonly string[] }
  /** The devices that one process sees in /sys. */
  | { readonly kind: 'devices'; readonly pid: number };

/** How often `hold` lists the processes. It reads their namespaces four times after each. */
export const ROUNDS = 25;

/** Beyond this many, all Pods of the node are read: the command becomes a part of a URL. */
const MAX_NAMED_PODS = 16;

/** The command to be executed in the probe. @param marker as of inspectionCommand */
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

/** A regular expression for a UID in the name of a control group, where the systemd driver writes `_` for `-`. */
function uidPattern(uid: string): string {
  return uid.replaceAll(/[^A-Za-z0-9]/g, '.');
}
