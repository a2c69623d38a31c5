import { type Line, lines, MAX_INT32 } from './line.ts';
import { excerpt } from './procfs-error.ts';

/** Control group of a process in one hierarchy. */
export interface CgroupMembership {
  /** 0 is cgroup v2. */
  readonly hierarchyId: number;
  /** Empty for cgroup v2. A v1 hierarchy without controllers has a name, such as "name=systemd". */
  readonly controllers: readonly string[];
  /**
   * Path as the kernel prints it, relative to the reader's cgroup namespace: a group outside that namespace begins with
   * "/..". A group that was removed while it still had a zombie ends with " (deleted)".
   */
  readonly path: string;
}

/** Controllers of the kernel, and names of a hierarchy that cgroup1_parse_param allows. */
const CONTROLLER = /^(?:[a-z0-9_]{1,32}|name=[A-Za-z0-9_.-]{1,64})$/;

/** Far above the kernel's limit: it has about fifteen controllers, each in at most one hierarchy. */
const MAX_HIERARCHIES = 128;

/**
 * Parses the control groups of /proc/PID/cgroup, in the order of the file.
 *
 * The kernel escapes nothing in this file. The name of a group can contain colons and spaces, but no newline.
 * Follows proc_cgroup_show of kernel/cgroup/cgroup.c.
 *
 * @throws {ProcfsError} for any other text, and for a duplicate hierarchy
 */
export function parseCgroup(text: string): readonly CgroupMembership[] {
  const memberships = new Map<number, CgroupMembership>();
  for (const line of lines('cgroup', text)) {
    if (memberships.size === MAX_HIERARCHIES)
      throw line.error(`more than ${String(MAX_HIERARCHIES)} hierarchies`);
    const membership = parseLine(line);
    const id = membership.hierarchyId;
    if (memberships.has(id)) throw line.error(`duplicate hierarchy ${String(id)}`);
    memberships.set(id, membership);
  }
  return [...memberships.values()];
}

/** Parses `%d:CONTROLLER,CONTROLLER:/PATH`. */
function parseLine(line: Line): CgroupMembership {
  const first = line.text.indexOf(':');
  const second = line.text.indexOf(':', first + 1);
  if (first === -1 || second === -1) throw line.error(`no two colons in ${excerpt(line.text)}`);
  const hierarchyId = line.decimal(line.text.slice(0, first), 'the hierarchy', MAX_INT32);
  const path = line.text.slice(second + 1);
  if (!path.startsWith('/')) throw line.error(`${excerpt(path)} is not a path`);
  return { hierarchyId, controllers: parseControllers(line, line.text.slice(first + 1, second)), path };
}

function parseControllers(line: Line, text: string): readonly string[] {
  if (text === '') return [];
  const controllers = text.split(',');
  const strange = controllers.find((controller) => !CONTROLLER.test(controller));
  if (strange !== undefined) throw line.error(`${excerpt(strange)} is not a controller`);
  return controllers;
}
