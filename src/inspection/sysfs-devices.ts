import { isDeviceName } from '../procfs/device-name.ts';
import { excerpt } from '../procfs/procfs-error.ts';
import { ReportError } from './report-error.ts';

/** A network device in /sys/class/net/NAME/. Null: the file is empty or could not be read. */
export interface SysfsDevice {
  readonly name: string;
  readonly ifindex: number | null;
  /** ARPHRD_ of include/uapi/linux/if_arp.h. */
  readonly type: number | null;
  readonly mtu: number | null;
  /** IFF_ bits; never IFF_RUNNING. */
  readonly flags: number | null;
  readonly txQueueLength: number | null;
  /** Operational state of RFC 2863: "up", "unknown", "lowerlayerdown", … */
  readonly operstate: string | null;
  /** "02:42:ac:11:00:02"; up to 32 bytes (MAX_ADDR_LEN of include/linux/netdevice.h). */
  readonly address: string | null;
}

const MAX_LINE_LENGTH = 256;
const DEVICE =
  /^([^ ]+) ([0-9]{1,10}|-) ([0-9]{1,5}|-) ([0-9]{1,10}|-) (0x[0-9a-f]{1,8}|-) (-?[0-9]{1,10}|-) ([a-z]{1,16}|-)(?: ([0-9a-f]{2}(?::[0-9a-f]{2}){0,31}|-)?)?$/;

/**
 * Reads the sysfs section of a script's report, one line for each device:
 * `NAME ifindex type mtu flags tx_queue_len operstate address`, with `-` for a missing value.
 *
 * @throws {ReportError} for any other text, and for a duplicate name
 */
export function parseSysfsDevices(text: string): readonly SysfsDevice[] {
  const devices = new Map<string, SysfsDevice>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const device = parseLine(line);
    if (devices.has(device.name)) throw new ReportError(`/sys contains ${excerpt(device.name)} twice`);
    devices.set(device.name, device);
  }
  return [...devices.values()];
}

function parseLine(line: string): SysfsDevice {
  const columns = line.length > MAX_LINE_LENGTH ? null : DEVICE.exec(line);
  const [name = '', ifindex, type, mtu, flags, txQueueLength, operstate, address] = columns?.slice(1) ?? [];
  if (!isDeviceName(name)) throw new ReportError(`${excerpt(line)} is not a device of /sys`);
  return {
    name,
    ifindex: numberOf(ifindex),
    type: numberOf(type),
    mtu: numberOf(mtu),
    flags: numberOf(flags),
    txQueueLength: unsigned(numberOf(txQueueLength)),
    operstate: textOf(operstate),
    address: textOf(address),
  };
}

function textOf(column: string | undefined): string | null {
  return column === undefined || column === '-' ? null : column;
}

/** Parses a decimal number, or a hexadecimal one that begins with 0x. */
function numberOf(column: string | undefined): number | null {
  const text = textOf(column);
  return text === null ? null : Number(text);
}

/** Corrects tx_queue_len, an unsigned number that sysfs prints with %d. */
function unsigned(value: number | null): number | null {
  return value === null ? null : value >>> 0;
}
