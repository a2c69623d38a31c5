import type { SafeText } from './safe-text.ts';

/** A short run shows nothing: a spinner that only flickers is worse than none. */
const DELAY_MILLISECONDS = 700;

export interface Progress {
  /** How far it has come. */
  readonly update: (count: number) => void;
  /** Writes above the spinner, which would else stand in the way. */
  readonly above: (write: () => void) => void;
  readonly stop: () => void;
}

/**
 * A spinner on a terminal, and silence everywhere else. ora is loaded once there is something to show.
 *
 * @param stream standard error, or null where it is no terminal
 * @param show what the spinner says of a count
 */
export function startProgress(
  stream: NodeJS.WriteStream | null,
  show: (count: string) => SafeText,
): Progress {
  // On a terminal of no width, as some that are only played have it, ora would clear lines for ever.
  if (stream === null || !(stream.columns > 0)) {
    return {
      update: () => undefined,
      above: (write) => {
        write();
      },
      stop: () => undefined,
    };
  }
  let latest = show('0');
  let stopped = false;
  let spinner: { text: string; clear(): unknown; render(): unknown; stop(): unknown } | undefined;
  const start = async (): Promise<void> => {
    const { default: ora } = await import('ora');
    // `stop` may have been called while ora was loading.
    if (!stopped) spinner = ora({ text: latest, stream, discardStdin: false }).start();
  };
  const timer = setTimeout(() => void start(), DELAY_MILLISECONDS);
  return {
    update(count) {
      // Not toLocaleString, which loads the data of all languages.
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
