/** What stands in the way of a release, in one sentence for the one who makes it. */
export class ReleaseError extends Error {
  override readonly name = 'ReleaseError';
}

/** What an error says, without its kind. */
export const reasonOf = (error: unknown): string => String(error).replace(/^\w+(?: \[\w+\])?: /, '');
