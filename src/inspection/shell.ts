/** Shell functions that the scripts share: POSIX sh for busybox ash, dash and bash. */

/** Functions that print sections of a report. `$m` is the marker. */
export const SECTIONS = String.raw`
begin() { printf '%s begin %s\n' "$m" "$1"; }
end() { printf '\n%s end %s\n' "$m" "$1"; }
`;

/** Function that prints the devices in a directory such as /sys/class/net, as a section that sysfs-devices.ts reads. */
export const DEVICES = String.raw`
devices() {
begin sysfs
(
cd "$1" || exit
for d in *; do
[ -e "$d/ifindex" ] || continue
i=$d
for k in ifindex type mtu flags tx_queue_len operstate address; do
v=
read -r v <"$d/$k"
case $v in '') v=- ;; esac
i="$i $v"
done
printf '%s\n' "$i"
done
) 2>/dev/null
end $?
}
`;
