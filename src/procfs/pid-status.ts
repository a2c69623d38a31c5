import { columnsOf, lines } from './line.ts';

/** PID_MAX_LIMIT of include/linux/threads.h. */
const MAX_PID = 4_194_304n;
/** MAX_PID_NS_LEVEL of include/linux/pid_namespace.h, and the initial namespace. */
const MAX_NAMESPACES = 33;
const KEY = 'NSpid:';

/**
 * The process's IDs by the `NSpid` line of /proc/PID/status, from the PID namespace of the /proc that it
 * was read in to its own, which is the innermost. None where the kernel has no PID namespaces or no such
 * line (before 4.1).
 *
 * Follows task_state of fs/proc/array.c; a process cannot forge the line by its name, in which newlines
 * are escaped.
 *
 * @throws {ProcfsError} where the line stands twice or has anything but process IDs
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
