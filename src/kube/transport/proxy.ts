import { BlockList, isIP } from 'node:net';
import type { Environment } from '../config/kubeconfig.ts';

/**
 * Returns the proxy for a server, or null: the cluster's `proxy-url`, or HTTPS_PROXY or HTTP_PROXY unless NO_PROXY excludes the
 * server. NO_PROXY is parsed like in Go: `*`, domains with their subdomains (with a leading dot only the subdomains), addresses and
 * CIDR blocks, each with an optional port.
 */
export function proxyFor(server: URL, proxyUrl: string, environment: Environment): string | null {
  if (proxyUrl !== '') return proxyUrl;
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = variable(environment, name);
  if (proxy === '' || isExcepted(server, variable(environment, 'NO_PROXY'))) return null;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function variable(environment: Environment, name: string): string {
  return environment[name] || environment[name.toLowerCase()] || '';
}

function isExcepted(server: URL, noProxy: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  // As in Go: a proxy is never asked for this machine.
  if (host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))) return true;
  return noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInBlock(entry, host);
  const [, name = entry, onlyPort] = /^(.+):(\d*)$/.exec(isIP(entry) === 6 ? '' : entry) ?? [];
  if (onlyPort !== undefined && !['', port].includes(onlyPort)) return false;
  const address = name.replace(/^\[|\]$/g, '');
  // The URL has the host's address in its one canonical form.
  if (isIP(address) === 6) return URL.parse(`http://[${address}]`)?.hostname === `[${host}]`;
  if (isIP(address) === 4) return address === host;
  // An address is not in a domain that looks like a part of it.
  if (isIP(host) !== 0) return false;
  const domain = name.replace(/^\*?\./, '');
  return host.endsWith(`.${domain}`) || (domain === name && host === domain);
}

function isInBlock(cidr: string, host: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/');
  const [family, hostFamily] = [isIP(network), isIP(host)];
  const length = Number(prefix);
  const longest = family === 4 ? 32 : 128;
  if (family === 0 || family !== hostFamily || !/^\d+$/.test(prefix) || length > longest) return false;
  const block = new BlockList();
  block.addSubnet(network, length, family === 4 ? 'ipv4' : 'ipv6');
  return block.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
