/**
 * Settings of the JavaScript runtime that would weaken or disturb this program: NODE_TLS_REJECT_UNAUTHORIZED=0 prints a
 * warning that is wrong here, because every connection sets itself what it verifies. NODE_DEBUG prints requests.
 */
const RUNTIME_SETTINGS = ['NODE_DEBUG', 'NODE_TLS_REJECT_UNAUTHORIZED'] as const;

/** Environment as set by the user, also for credential plugins. */
export const environment: Readonly<Record<string, string | undefined>> = { ...process.env };

// index.ts imports this file first, before the modules that read the variables.
for (const name of RUNTIME_SETTINGS) Reflect.deleteProperty(process.env, name);

/**
 * Returns the name of a variable that changes the JavaScript engine of the executable, or null. It may print, write files, or end
 * the program with exit code 0 at any time, so no result could be trusted. Nothing else can switch it off.
 */
export function engineSetting(): string | null {
  if (process.versions['bun'] === undefined) return null;
  return Object.keys(environment).find((name) => name.startsWith('BUN_JSC_')) ?? null;
}
