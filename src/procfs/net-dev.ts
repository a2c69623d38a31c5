import { isDeviceName } from './device-name.ts';
import { columnsOf, type Line, lines, MAX_UINT64, trimBlanks } from './line.ts';
import { excerpt, ProcfsError } from './procfs-error.ts';

/** A network device and its counters since it was created. */
export interface NetDevice {
  readonly name: string;
  readonly rx: ReceiveCounters;
  readonly tx: TransmitCounters;
}

/** Counters under the kernel's headings. Some are sums: `dropped` includes missed packets, `frame` four kinds of errors. */
export interface ReceiveCounters {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly dropped: number;
  readonly fifo: number;
  readonly frame: number;
  readonly compressed: number;
  readonly multicast: number;
}

export interface TransmitCounters {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly dropped: number;
  readonly fifo: number;
  readonly collisions: number;
  readonly carrier: number;
  readonly compressed: number;
}

const FILE = 'net/dev';
const HEADINGS = ['Inter-|', 'face |'] as const;
const COUNTERS = 16;
/** Far more devices than a node has, even with one device for each Pod. */
const MAX_DEVICES = 10_000;

/**
 * Parses the network devices of /proc/PID/net/dev, in the order of the file.
 *
 * Counters have 64 bits and are not exact above 2^53.
 * Follows dev_seq_show of net/core/net-procfs.c, which prints two lines of headings in all versions.
 *
 * @throws {ProcfsError} for any other text, and for a duplicate name
 */
export function parseNetDev(text: string): readonly NetDevice[] {
  const devices = new Map<string, NetDevice>();
  let headings = 0;
  for (const line of lines(FILE, text)) {
    const heading = HEADINGS[headings];
    if (heading === undefined) {
      if (devices.size === MAX_DEVICES) throw line.error(`more than ${String(MAX_DEVICES)} devices`);
      const device = parseDevice(line);
      if (devices.has(device.name)) throw line.error(`duplicate device ${excerpt(device.name)}`);
      devices.set(device.name, device);
    } else if (trimBlanks(line.text).startsWith(heading)) {
      headings += 1;
    } else {
      throw line.error(`${excerpt(line.text)} instead of the headings`);
    }
  }
  if (headings < HEADINGS.length) throw new ProcfsError(FILE, 0, 'no headings');
  return [...devices.values()];
}

/** Parses `%6s: %7llu %7llu …`. In old kernels there may be no space after the colon. */
function parseDevice(line: Line): NetDevice {
  const colon = line.text.indexOf(':');
  if (colon === -1) throw line.error(`no colon in ${excerpt(line.text)}`);
  const name = trimBlanks(line.text.slice(0, colon));
  if (!isDeviceName(name)) throw line.error(`${excerpt(name)} is not a device name`);
  const counters = columnsOf(line.text.slice(colon + 1));
  if (counters.length !== COUNTERS) {
    throw line.error(`${String(counters.length)} counters instead of ${String(COUNTERS)}`);
  }
  const values = counters.values();
  const next = (what: string): number => line.decimal(values.next().value ?? '', what, MAX_UINT64);
  return {
    name,
    rx: {
      bytes: next('rx bytes'),
      packets: next('rx packets'),
      errors: next('rx errs'),
      dropped: next('rx drop'),
      fifo: next('rx fifo'),
      frame: next('rx frame'),
      compressed: next('rx compressed'),
      multicast: next('rx multicast'),
    },
    tx: {
      bytes: next('tx bytes'),
      packets: next('tx packets'),
      errors: next('tx errs'),
      dropped: next('tx drop'),
      fifo: next('tx fifo'),
      collisions: next('tx colls'),
      carrier: next('tx carrier'),
      compressed: next('tx compressed'),
    },
  };
}
