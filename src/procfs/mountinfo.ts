import { type Line, lines, MAX_INT32 } from './line.ts';
import { excerpt } from './procfs-error.ts';

/** One mount of a mount namespace. Its texts are unescaped: they may have spaces, tabs and newlines. */
export interface Mount {
  readonly mountId: number;
  readonly parentId: number;
  /** "major:minor" */
  readonly device: string;
  /** What of the file system is mounted: a path, or what a file system has instead ("net:[4026531833]"). */
  readonly root: string;
  /** Relative to the root directory of the process. */
  readonly mountPoint: string;
  readonly options: readonly string[];
  readonly fileSystemType: string;
  /** A device, or any text, or none. */
  readonly source: string;
  readonly superOptions: readonly string[];
}

/** mountId, parentId, device, root, mountPoint and options stand before the optional fields. */
const FIXED_FIELDS = 6;

/**
 * The mounts of /proc/PID/mountinfo, in the order of the file.
 *
 * Optional fields (shared:1, master:2, …) are not read.
 * Follows show_mountinfo of fs/proc_namespace.c and proc_pid_mountinfo(5).
 *
 * @throws {ProcfsError} for any other text, and where a mount stands twice
 */
export function parseMountinfo(text: string): readonly Mount[] {
  const mounts = new Map<number, Mount>();
  for (const line of lines('mountinfo', text)) {
    const mount = parseLine(line);
    if (mounts.has(mount.mountId)) throw line.error(`the mount ${String(mount.mountId)} stands twice`);
    mounts.set(mount.mountId, mount);
  }
  return [...mounts.values()];
}

/** `%i %i %u:%u ROOT MOUNTPOINT OPTIONS [TAG[:VALUE]]… - TYPE SOURCE SUPEROPTIONS` */
function parseLine(line: Line): Mount {
  // Each space separates: the source can be empty, and then two of them follow each other.
  const fields = line.text.split(' ');
  const separator = fields.indexOf('-', FIXED_FIELDS);
  if (separator === -1) throw line.error(`no " - " in ${excerpt(line.text)}`);
  const [mountId = '', parentId = '', device = '', root = '', mountPoint = '', options = ''] = fields;
  const [fileSystemType = '', source, ...superOptions] = fields.slice(separator + 1);
  if (!/^[0-9]{1,10}:[0-9]{1,10}$/.test(device)) throw line.error(`the device is ${excerpt(device)}`);
  if (root === '') throw line.error('no root');
  if (!mountPoint.startsWith('/')) throw line.error(`the mount point is ${excerpt(mountPoint)}`);
  if (options === '') throw line.error('no options');
  if (fileSystemType === '') throw line.error('no file system type');
  if (source === undefined || superOptions.length === 0) throw line.error('no source or no super options');
  return {
    mountId: line.decimal(mountId, 'the mount', MAX_INT32),
    parentId: line.decimal(parentId, 'the parent', MAX_INT32),
    device,
    root: unescape(root),
    mountPoint: unescape(mountPoint),
    options: options.split(',').map(unescape),
    fileSystemType: unescape(fileSystemType),
    source: unescape(source),
    // Some file systems do not escape the spaces in their own options (9p of WSL).
    superOptions: superOptions.join(' ').split(',').map(unescape),
  };
}

/**
 * Undoes mangle_path and string_escape_str, which write \040, \011, \012, \134, \043 and, in options, \054
 * and \075. They never write \000 or bytes above ASCII.
 */
function unescape(text: string): string {
  return text.replaceAll(/\\(?!000)([01][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
