import manifest from '../package.json' with { type: 'json' };

export const VERSION = manifest.version;

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const SYSTEMS: Readonly<Record<string, string>> = { win32: 'windows' };

/** `linux/amd64`, in Go's words as kubectl says it. */
export const PLATFORM = `${SYSTEMS[process.platform] ?? process.platform}/${ARCHITECTURES[process.arch] ?? process.arch}`;

/** How the API server's audit log names this program. */
export const USER_AGENT = `kubectl-hostns/${VERSION} (${PLATFORM})`;
