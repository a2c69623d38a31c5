import { type Line, lines, MAX_INT32 } from './line.ts';
import { excerpt } from './procfs-error.ts';

/** One mount of a mount namespace. All texts are unescaped and may contain spaces, tabs and newlines. */
export interface Mount {
  readonly mountId: number;
  readonly parentId: number;
  /** "major:minor" */
  readonly device: string;
  /** Mounted part of the file system: a path, or the name that a file system uses instead ("net:[4026531833]"). */
  readonly root: string;
  /** Relative to the root directory of the process. */
  readonly mountPoint: string;
  readonly options: readonly string[];
  readonly fileSystemType: string;
  /** A device or any other text, which may be empty. */
  readonly source: string;
  readonly superOptions: readonly string[];
}

/** Fields before the optional ones: mountId, parentId, device, root, mountPoint and options. */
const FIXED_FIELDS = 6;

/**
 * Parses the mounts of /proc/PID/mountinfo, in the order of the file. Optional fields (shared:1, master:2, …) are
 * ignored.
 *
 * Follows show_mountinfo of fs/proc_namespace.c and proc_pid_mountinfo(5).
 *
 * @throws {ProcfsError} for any other text, and for a duplicate mount
 */
export function parseMountinfo(text: string): readonly Mount[] {
  const mounts = new Map<number, Mount>();
  for (const line of lines('mountinfo', text)) {
    const mount = parseLine(line);
    if (mounts.has(mount.mountId)) throw line.error(`duplicate mount ${String(mount.mountId)}`);
    mounts.set(mount.mountId, mount);
  }
  return [...mounts.values()];
}

/** Parses `%i %i %u:%u ROOT MOUNTPOINT OPTIONS [TAG[:VALUE]]… - TYPE SOURCE SUPEROPTIONS`. */
function parseLine(line: Line): Mount {
  // Split at each single space: an empty source leaves two spaces in a row.
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
 * Reverses mangle_path and string_escape_str of the kernel, which write \040, \011, \012, \134, \043 and, in options,
 * \054 and \075. They never write \000 or bytes above ASCII.
 */
function unescape(text: string): string {
  return text.replaceAll(/\\(?!000)([01][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
