import manifest from '../package.json' with { type: 'json' };

export const VERSION = manifest.version;

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const SYSTEMS: Readonly<Record<string, string>> = { win32: 'windows' };

/** Platform in the notation of Go and kubectl: `linux/amd64`. */
export const PLATFORM = `${SYSTEMS[process.platform] ?? process.platform}/${ARCHITECTURES[process.arch] ?? process.arch}`;

/** User-Agent, which the audit log of the API server contains. */
export const USER_AGENT = `kubectl-hostns/${VERSION} (${PLATFORM})`;
