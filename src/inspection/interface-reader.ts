import { parseFibTrie } from '../procfs/fib-trie.ts';
import { parseIfInet6 } from '../procfs/if-inet6.ts';
import { parseNetDev } from '../procfs/net-dev.ts';
import { ProcfsError } from '../procfs/procfs-error.ts';
import { parseRoute } from '../procfs/route.ts';
import { assembleInterfaces } from './interfaces.ts';
import { parseIpAddresses } from './ip-addresses.ts';
import { parseLabelledLines, type TextOfProcess } from './labelled-lines.ts';
import type { Interfaces } from './network-interface.ts';
import { type Report, textOf } from './report.ts';
import { ReportError } from './report-error.ts';
import { parseSysfsDevices, type SysfsDevice } from './sysfs-devices.ts';

/**
 * Returns the interfaces of a network namespace; null if they could not be read.
 *
 * @param net inode of the network namespace
 * @param devices devices of that namespace in /sys. Without it, only those of the probe Pod's own namespace are known
 */
export type InterfacesOf = (net: number, devices?: readonly SysfsDevice[]) => Interfaces | null;

/**
 * Returns a function that reads the interfaces of a network namespace on demand, because a node has hundreds. It keeps
 * the result, because many Pods share the node's.
 *
 * @param report report of the probe Pod on the question `node`
 * @param nets inodes of the network namespaces by process ID
 * @param ownNet inode of the probe Pod's network namespace
 */
export function interfaceReader(
  report: Report,
  nets: ReadonlyMap<number, readonly number[]>,
  ownNet: number | null,
): InterfacesOf {
  const files = new Map<string, TextOfProcess>();
  const file = (section: string, name: string): TextOfProcess => {
    const known = files.get(section) ?? parseLabelledLines(textOf(report, section), name);
    files.set(section, known);
    return known;
  };
  const ip = textOf(report, 'ip');
  const read = (net: number, devices: readonly SysfsDevice[] | null): Interfaces | null => {
    const netDev = file('net-dev', 'net/dev');
    const pid = [...netDev.keys()].find((reader) => nets.get(reader)?.[0] === net);
    if (pid === undefined) return null;
    const of = (section: string, name: string): string => file(section, name).get(pid) ?? '';
    // The probe Pod's /sys and its `ip` show the network namespace of the probe Pod.
    const sysfs = net === ownNet ? parseSysfsDevices(textOf(report, 'sysfs')) : devices;
    return assembleInterfaces({
      netDev: parseNetDev(netDev.get(pid) ?? ''),
      inet6: parseIfInet6(of('if-inet6', 'net/if_inet6')),
      routes: parseIfThere(of('route', 'net/route'), parseRoute),
      fibTables: parseIfThere(of('fib-trie', 'net/fib_trie'), parseFibTrie),
      // Every network namespace has lo: without devices, /sys could not be read.
      sysfs: sysfs === null || sysfs.length === 0 ? null : sysfs,
      ipAddresses: net === ownNet && ip !== '' ? parseIpAddresses(ip) : null,
    });
  };
  const orNull = (net: number, devices: readonly SysfsDevice[] | null): Interfaces | null => {
    try {
      return read(net, devices);
    } catch (error) {
      if (!(error instanceof ProcfsError) && !(error instanceof ReportError)) throw error;
      return null;
    }
  };
  const known = new Map<number, Interfaces | null>();
  return (net, devices) => {
    if (devices !== undefined) return orNull(net, devices);
    const interfaces = known.get(net) ?? orNull(net, null);
    known.set(net, interfaces);
    return interfaces;
  };
}

/** Accepts an empty text: a namespace without routes has an empty file or none. */
function parseIfThere<T>(text: string, parse: (text: string) => readonly T[]): readonly T[] {
  return text === '' ? [] : parse(text);
}
