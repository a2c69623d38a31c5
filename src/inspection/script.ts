import { DEVICES, SECTIONS } from './shell.ts';

/**
 * The script that runs inside a container: one constant POSIX sh script for busybox ash, dash and bash.
 *
 * It starts a program only if the image has it and it saves time. It writes no file. Its arguments are a marker and the
 * requested parts of the report, and nothing of the container's choice. The shell itself reads the namespaces from
 * fdinfo (`ino:`, Linux 5.14). Only older kernels need `readlink`. A compound command is in a subshell if its
 * redirection can fail, because a failed redirection may end the shell (POSIX 2.8.1).
 *
 * Each part is printed with one write, because every write becomes a message of its own that passes the runtime, the
 * kubelet and the API server. The size of a part is limited, because the script uses the container's memory and a
 * router has 100 MB of routes. The files that may be large are last. The report is read by report.ts.
 */
const SCRIPT = String.raw`
m=$1
shift
${SECTIONS}
${DEVICES}
has() { command -v "$1" >/dev/null 2>&1; }
slowly() { while IFS= read -r l || [ -n "$l" ]; do printf '%s\n' "$l"; done; }
short() { begin "$1"; (slowly <"$2") 2>/dev/null; end $?; }
if has cat; then
long() { begin "$1"; cat "$2" 2>/dev/null; end $?; }
else
long() { short "$@"; }
fi
if has grep; then
only() { grep -e "$1"; }
else
only() { slowly; }
fi
bounded() { if has head; then "$1" | head -c 8000000; else "$1"; fi; }
filtered() { begin "$1"; (only "$3" <"$2") 2>/dev/null; end $?; }
inode() {
begin "inode $1"
(slowly </proc/self/fdinfo/3) 3<"/proc/self/ns/$1" 2>/dev/null
end $?
case $old in '') return ;; esac
begin "link $1"
readlink "/proc/self/ns/$1" 2>/dev/null
end $?
}
namespaces() {
short boot-id /proc/sys/kernel/random/boot_id
old=yes
while read -r k _; do case $k in ino:) old= ;; esac; done 3</proc/self/ns/pid </proc/self/fdinfo/3
inode net
inode pid
inode ipc
inode uts
inode cgroup
short cgroup /proc/self/cgroup
short cgroup-1 /proc/1/cgroup
filtered status /proc/self/status NSpid
filtered mountinfo /proc/self/mountinfo ' /etc/hosts \| /dev/shm \| /proc\| /sys'
}
interfaces() {
long net-dev /proc/self/net/dev
long if-inet6 /proc/self/net/if_inet6
begin ip
ip -o -4 addr show 2>/dev/null
end $?
devices /sys/class/net
filtered fib-trie /proc/self/net/fib_trie '^[A-Z]\||--\|LOCAL\|BROADCAST'
filtered route /proc/self/net/route 'Iface\|.00000000.000'
}
cgroup_of() {
c=
while read -r l; do c="$c $l"; done <"$1/cgroup"
}
sockets() {
filtered tcp /proc/self/net/tcp 'local_address\| 0A '
filtered tcp6 /proc/self/net/tcp6 'local_address\| 0A '
filtered udp /proc/self/net/udp 'local_address\| 07 '
filtered udp6 /proc/self/net/udp6 'local_address\| 07 '
begin own-sockets
(
cgroup_of /proc/self
own=$c
set --
for p in /proc/[0-9]*; do
cgroup_of "$p"
case $c in "$own") set -- "$@" "$p/fd/" ;; esac
done
ls -l "$@" | only '^total\|socket:\['
) 2>/dev/null
end $?
}
for part in "$@"; do
case $part in
namespaces) r=$(bounded namespaces) ;;
interfaces) r=$(bounded interfaces) ;;
sockets) r=$(bounded sockets) ;;
esac
printf '%s\n' "$r"
done
printf '\n%s done\n' "$m"
`;

/** Parts of a report, in the order in which they are requested. */
export const reportParts = ['namespaces', 'interfaces', 'sockets'] as const;
export type ReportPart = (typeof reportParts)[number];

/**
 * Returns the command to execute in a container.
 *
 * @param shell `/bin/sh`, or `sh` for an image that has it elsewhere on its PATH
 * @param marker random hexadecimal text that separates the sections of the report; never used twice
 */
export function inspectionCommand(
  shell: string,
  marker: string,
  parts: readonly ReportPart[],
): readonly string[] {
  return [shell, '-c', SCRIPT, 'kubectl-hostns', marker, ...parts];
}
