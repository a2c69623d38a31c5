const MAX_MESSAGE = 300;

/** What is wrong with a JSONPath template, or with its application to a document; in the words of kubectl. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError';

  /** @param message may quote a part of the template of any length */
  constructor(message: string) {
    super(message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message);
  }
}
