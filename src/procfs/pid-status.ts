import { columnsOf, lines } from './line.ts';

/** PID_MAX_LIMIT of include/linux/threads.h. */
const MAX_PID = 4_194_304n;
/** MAX_PID_NS_LEVEL of include/linux/pid_namespace.h, plus the initial namespace. */
const MAX_NAMESPACES = 33;
const KEY = 'NSpid:';

/**
 * Parses the IDs of a process in the `NSpid` line of /proc/PID/status. The first is the ID in the PID namespace of that
 * /proc, the last is the ID in the process's own. The result is empty if the kernel has no PID namespaces, or does not
 * print the line (before Linux 4.1).
 *
 * Follows task_state of fs/proc/array.c. The name of a process cannot forge the line, because the kernel escapes
 * newlines in it.
 *
 * @throws {ProcfsError} for a second line, and for anything except process IDs
 */
export function parseNsPid(text: string): readonly number[] {
  let pids: readonly number[] = [];
  for (const line of lines('status', text)) {
    if (!line.text.startsWith(KEY)) continue;
    const columns = columnsOf(line.text.slice(KEY.length));
    if (pids.length > 0) throw line.error('a second NSpid');
    if (columns.length === 0) throw line.error('no process ID');
    if (columns.length > MAX_NAMESPACES) throw line.error(`${String(columns.length)} process IDs`);
    pids = columns.map((pid) => line.decimal(pid, 'the process ID', MAX_PID));
  }
  return pids;
}
