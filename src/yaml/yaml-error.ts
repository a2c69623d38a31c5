/** A syntax error in a YAML text, with its position. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
  readonly offset: number;

  constructor(offset: number, reason: string) {
    super(reason);
    this.offset = offset;
  }
}
