import type { SafeText } from './safe-text.ts';

/** A short run shows nothing: a spinner that only flickers is worse than none. */
const DELAY_MILLISECONDS = 700;

export interface Progress {
  update(text: SafeText): void;
  stop(): void;
}

/**
 * A spinner on a terminal, and silence everywhere else. ora is loaded once there is something to show.
 *
 * @param stream standard error, or null where it is no terminal
 */
export function startProgress(stream: NodeJS.WriteStream | null): Progress {
  if (stream === null) return { update: () => undefined, stop: () => undefined };
  let latest = '';
  let stopped = false;
  let spinner: { text: string; stop(): unknown } | undefined;
  const show = async (): Promise<void> => {
    const { default: ora } = await import('ora');
    // `stop` may have been called while ora was loading.
    if (!stopped) spinner = ora({ text: latest, stream, discardStdin: false }).start();
  };
  const timer = setTimeout(() => void show(), DELAY_MILLISECONDS);
  return {
    update(text) {
      latest = text;
      if (spinner !== undefined) spinner.text = text;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      spinner?.stop();
    },
  };
}
