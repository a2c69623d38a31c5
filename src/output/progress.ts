import type { SafeText } from './safe-text.ts';
import { terminalStyle } from './terminal-style.ts';

/** A run shorter than this shows no spinner: one that only flickers is worse than none. */
const DELAY_MILLISECONDS = 700;
const ASCII_SPINNER = { interval: 130, frames: ['-', '\\', '|', '/'] };

export interface Progress {
  /** Shows a new count. */
  readonly update: (count: number) => void;
  /** Writes above the spinner, which would otherwise stand in the way. */
  readonly above: (write: () => void) => void;
  readonly stop: () => void;
}

const NO_PROGRESS: Progress = {
  update: () => undefined,
  above: (write) => {
    write();
  },
  stop: () => undefined,
};

/**
 * Shows a spinner on a terminal, and nothing anywhere else. ora is loaded once there is something to show.
 *
 * @param stream standard error; null if it is not a terminal
 * @param show returns the text of the spinner for a count, in ASCII
 */
export function startProgress(
  stream: NodeJS.WriteStream | null,
  environment: Readonly<Record<string, string | undefined>>,
  show: (count: string) => SafeText,
): Progress {
  const style = terminalStyle(environment);
  // On a terminal of no width, such as that of a recording, ora would clear lines forever.
  if (stream === null || style === null || !(stream.columns > 0)) return NO_PROGRESS;
  let latest = show('0');
  let stopped = false;
  let spinner: { text: string; clear(): unknown; render(): unknown; stop(): unknown } | undefined;
  const start = async (): Promise<void> => {
    const { default: ora } = await import('ora');
    // `stop` may have been called while ora was loading.
    if (stopped) return;
    spinner = ora({
      text: latest,
      stream,
      discardStdin: false,
      ...(style.color ? {} : { color: false }),
      ...(style.unicode ? {} : { spinner: ASCII_SPINNER }),
    }).start();
  };
  const timer = setTimeout(() => void start(), DELAY_MILLISECONDS);
  return {
    update(count) {
      // toLocaleString would load the data of all languages.
      // eslint-disable-next-line regexp/no-super-linear-move -- a count has at most 16 digits
      latest = show(String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ','));
      if (spinner !== undefined) spinner.text = latest;
    },
    above(write) {
      spinner?.clear();
      write();
      spinner?.render();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      spinner?.stop();
    },
  };
}
