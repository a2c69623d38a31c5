/** What is wrong with a text of YAML, and where. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
  readonly offset: number;

  constructor(offset: number, reason: string) {
    super(reason);
    this.offset = offset;
  }
}
