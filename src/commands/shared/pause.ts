import { InterruptedError } from '../../errors.ts';
import type { CommandContext } from './context.ts';

/** @throws InterruptedError on Ctrl-C */
export async function pause(
  milliseconds: number,
  { sleep, signal }: Pick<CommandContext, 'sleep' | 'signal'>,
): Promise<void> {
  try {
    await sleep(milliseconds, signal);
  } catch (error) {
    throw new InterruptedError(undefined, { cause: error });
  }
}
