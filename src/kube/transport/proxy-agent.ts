import type { Agent } from 'node:http';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { SocksProxyAgent } from 'socks-proxy-agent';
import { ExplainedError } from '../../errors.ts';

/** Agent for connections through a proxy. Loaded only if there is one. */
export function proxyAgent(proxy: string, options: object): Agent {
  const url = URL.parse(proxy);
  if (!hasReadableUserinfo(url)) {
    throw new ExplainedError(
      'The name or the password in the URL of the proxy is wrongly written: a % in it is written as %25.',
    );
  }
  switch (url?.protocol) {
    case 'http:':
    case 'https:':
      return new HttpsProxyAgent(url, { keepAlive: true, ...options });
    case 'socks5:':
    case 'socks5h:':
      // As in Go: the name of the server is looked up behind the proxy.
      return new SocksProxyAgent(proxy.replace(/^socks5:/i, 'socks5h:'), { keepAlive: true });
    default:
      throw new ExplainedError(
        `The proxy of the kubeconfig or the environment is not a URL that begins with http://, https:// or socks5://.`,
      );
  }
}

/** Without this, users of the agent could not catch its errors. */
function hasReadableUserinfo(url: URL | null): boolean {
  try {
    decodeURIComponent(`${url?.username ?? ''}:${url?.password ?? ''}`);
    return true;
  } catch {
    return false;
  }
}
