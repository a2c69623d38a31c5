import { DEVICES, SECTIONS } from './shell.ts';

/**
 * What runs in the probe, a Pod of ours that shares all of its node's namespaces: one constant POSIX sh
 * script. It sees every process of the node in /proc, and reads from outside what they are in.
 *
 * Starting programs is what costs time, so that each reads one file of all processes: `grep` prefixes each
 * line by its file, `stat` follows the namespace links. xargs splits what would be too long a command. The
 * groups are read a second time behind the namespaces: a number that another process has got meanwhile gives
 * itself away. In the C locale every byte is a character: else GNU grep takes what a container has named by
 * other bytes for binary, and leaves it out. Threads are asked one by one, for each may leave its process's
 * namespaces. The parent is the runtime's shim, once the program that has started this one has ended.
 * Interfaces come last, once for each network namespace and so many lines of each: a container may make as many
 * as it likes. The report is read by node-view.ts.
 */
const SCRIPT = String.raw`
m=$1
shift
export LC_ALL=C
${SECTIONS}
${DEVICES}
every() { printf '%s\n' /proc/[0-9]*/"$1"; }
cgroups() {
begin "$1"
every cgroup | xargs grep -sHm1 pod 2>/dev/null
end $?
}
inodes() {
begin "$1"
every "ns/$1" | xargs stat -L -c '%n %i' 2>/dev/null
end $?
}
threads() {
begin "threads-$1"
for p in $own; do printf '%s\n' "/proc/$p/task/"[0-9]*"/ns/$1"; done |
xargs stat -L -c '%n %i' 2>/dev/null |
awk -v "kind=$1" '{ split($1, part, "/"); if (!seen[part[3], $2]++) print "/proc/" part[3] "/ns/" kind " " $2 }'
end $?
}
of_networks() {
begin "$1"
for p in $pids; do printf '/proc/%s/%s\n' "$p" "$2"; done | xargs grep -sHm4096 -e "$3" 2>/dev/null
end $?
}
node() {
begin self
printf '%s\n' "$$"
end 0
c=$(cgroups cgroups)
printf '%s\n' "$c"
own=$(printf '%s\n' "$c" | awk -F / '/^\/proc\// { print $3 }')
inodes pid
inodes ipc
n=$(inodes net)
printf '%s\n' "$n"
threads net
threads ipc
cgroups cgroups-again
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
case $1 in
node)
node
case $2 in networks) networks ;; esac
;;
devices) devices "/proc/$2/root/sys/class/net" ;;
esac
printf '\n%s done\n' "$m"
`;

/** What the probe is asked: all processes of its node, and their networks if need be; or the devices that one sees in /sys. */
export type ProbeQuestion =
  { readonly kind: 'node'; readonly networks: boolean } | { readonly kind: 'devices'; readonly pid: number };

/** The command to be executed in the probe. @param marker as of inspectionCommand */
export function probeCommand(marker: string, question: ProbeQuestion): readonly string[] {
  return ['/bin/sh', '-c', SCRIPT, 'kubectl-hostns', marker, ...wordsOf(question)];
}

function wordsOf(question: ProbeQuestion): readonly string[] {
  if (question.kind === 'devices') return ['devices', String(question.pid)];
  return question.networks ? ['node', 'networks'] : ['node'];
}
