import { type Line, lines, MAX_INT32 } from './line.ts';
import { excerpt } from './procfs-error.ts';

/** Where a process stands in one hierarchy of control groups. */
export interface CgroupMembership {
  /** 0 is cgroup v2. */
  readonly hierarchyId: number;
  /** None for cgroup v2; a v1 hierarchy without controllers has "name=systemd" or the like. */
  readonly controllers: readonly string[];
  /**
   * As printed: relative to the reader's cgroup namespace, so that what is outside of it begins with
   * "/.."; " (deleted)" follows where the group is gone and only a dead process is left of it.
   */
  readonly path: string;
}

/** Names in the kernel, and the names that cgroup1_parse_param lets a hierarchy have. */
const CONTROLLER = /^(?:[a-z0-9_]{1,32}|name=[A-Za-z0-9_.-]{1,64})$/;

/** The kernel has some fifteen controllers, each at most in a hierarchy of its own. */
const MAX_HIERARCHIES = 128;

/**
 * The control groups of /proc/PID/cgroup, in the order of the file.
 *
 * Nothing in it is escaped; a group's name cannot have a newline, but colons and spaces.
 * Follows proc_cgroup_show of kernel/cgroup/cgroup.c.
 *
 * @throws {ProcfsError} for any other text, and where a hierarchy stands twice
 */
export function parseCgroup(text: string): readonly CgroupMembership[] {
  const memberships = new Map<number, CgroupMembership>();
  for (const line of lines('cgroup', text)) {
    if (memberships.size === MAX_HIERARCHIES)
      throw line.error(`more than ${String(MAX_HIERARCHIES)} hierarchies`);
    const membership = parseLine(line);
    const id = membership.hierarchyId;
    if (memberships.has(id)) throw line.error(`the hierarchy ${String(id)} stands twice`);
    memberships.set(id, membership);
  }
  return [...memberships.values()];
}

/** `%d:CONTROLLER,CONTROLLER:/PATH` */
function parseLine(line: Line): CgroupMembership {
  const first = line.text.indexOf(':');
  const second = line.text.indexOf(':', first + 1);
  if (first === -1 || second === -1) throw line.error(`no two colons in ${excerpt(line.text)}`);
  const hierarchyId = line.decimal(line.text.slice(0, first), 'the hierarchy', MAX_INT32);
  const path = line.text.slice(second + 1);
  if (!path.startsWith('/')) throw line.error(`${excerpt(path)} is no path`);
  return { hierarchyId, controllers: parseControllers(line, line.text.slice(first + 1, second)), path };
}

function parseControllers(line: Line, text: string): readonly string[] {
  if (text === '') return [];
  const controllers = text.split(',');
  const strange = controllers.find((controller) => !CONTROLLER.test(controller));
  if (strange !== undefined) throw line.error(`${excerpt(strange)} is no controller`);
  return controllers;
}
