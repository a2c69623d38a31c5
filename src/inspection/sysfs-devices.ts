import { isDeviceName } from '../procfs/device-name.ts';
import { excerpt } from '../procfs/procfs-error.ts';
import { ReportError } from './report-error.ts';

/** What /sys/class/net/NAME/ says of a network device; null for a file that is empty or could not be read. */
export interface SysfsDevice {
  readonly name: string;
  readonly ifindex: number | null;
  /** ARPHRD_ of include/uapi/linux/if_arp.h. */
  readonly type: number | null;
  readonly mtu: number | null;
  /** IFF_ bits; never IFF_RUNNING. */
  readonly flags: number | null;
  readonly txQueueLength: number | null;
  /** RFC 2863 in one word: "up", "unknown", "lowerlayerdown", … */
  readonly operstate: string | null;
  /** "02:42:ac:11:00:02"; up to 32 bytes (MAX_ADDR_LEN of include/linux/netdevice.h). */
  readonly address: string | null;
}

const MAX_LINE_LENGTH = 256;
const DEVICE =
  /^([^ ]+) ([0-9]{1,10}|-) ([0-9]{1,5}|-) ([0-9]{1,10}|-) (0x[0-9a-f]{1,8}|-) (-?[0-9]{1,10}|-) ([a-z]{1,16}|-)(?: ([0-9a-f]{2}(?::[0-9a-f]{2}){0,31}|-)?)?$/;

/**
 * The devices of the script's section on sysfs, a line for each:
 * `NAME ifindex type mtu flags tx_queue_len operstate address`, with `-` for a value that is not there.
 *
 * @throws {ReportError} for any other text, and where a name stands twice
 */
export function parseSysfsDevices(text: string): readonly SysfsDevice[] {
  const devices = new Map<string, SysfsDevice>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const device = parseLine(line);
    if (devices.has(device.name)) throw new ReportError(`/sys has ${excerpt(device.name)} twice`);
    devices.set(device.name, device);
  }
  return [...devices.values()];
}

function parseLine(line: string): SysfsDevice {
  const columns = line.length > MAX_LINE_LENGTH ? null : DEVICE.exec(line);
  const [name = '', ifindex, type, mtu, flags, txQueueLength, operstate, address] = columns?.slice(1) ?? [];
  if (!isDeviceName(name)) throw new ReportError(`${excerpt(line)} is no device of /sys`);
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

/** Decimal, or hexadecimal where it begins with 0x. */
function numberOf(column: string | undefined): number | null {
  const text = textOf(column);
  return text === null ? null : Number(text);
}

/** sysfs prints tx_queue_len with %d, though it is none. */
function unsigned(value: number | null): number | null {
  return value === null ? null : value >>> 0;
}
