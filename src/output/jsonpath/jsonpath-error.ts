const MAX_MESSAGE = 300;

/** An error in a JSONPath template or its evaluation, with the message of kubectl. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError';

  /** @param message may quote a part of the template of any length */
  constructor(message: string) {
    super(message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message);
  }
}
