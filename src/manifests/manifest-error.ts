/**
 * A document of another purpose is valid, but not an object of the API, such as the values.yaml of Helm. A template has
 * to be rendered first.
 */
export type ManifestErrorKind = 'broken' | 'other purpose' | 'template';

/** Error in a manifest or one of its documents. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  /** Line of the file, from 1; null for the whole file. */
  readonly line: number | null;
  readonly kind: ManifestErrorKind;

  /** @param message the reason; it may quote the manifest, and is made safe where it is printed */
  constructor(line: number | null, message: string, kind: ManifestErrorKind = 'broken') {
    super(message);
    this.line = line;
    this.kind = kind;
  }
}

/** A problem that does not prevent reading a manifest. */
export class ManifestWarning {
  /** Line of the file, from 1. */
  readonly line: number;
  readonly message: string;

  /** @param message may quote the manifest, and is made safe where it is printed */
  constructor(line: number, message: string) {
    this.line = line;
    this.message = message;
  }
}

/** Limits of time and memory. */
export const manifestLimits = {
  /** Bytes of a file of YAML. */
  yamlFile: 16 << 20,
  /**
   * Characters of one document of YAML, which take up to a hundred times their size while they are read. The API
   * takes no object of more than 1.5 MiB (etcd's --max-request-bytes), so that only a List is ever as long.
   */
  yamlDocument: 4 << 20,
  /** Characters of one document of YAML where each alias is replaced by what it stands for. */
  withoutAliases: 16 << 20,
  /** Bytes of a JSON file, which is read object by object. */
  jsonFile: 256 << 20,
  /** Characters of one object of JSON, the items of a List not counted. */
  jsonPiece: 16 << 20,
  /** Mappings and sequences within each other. */
  depth: 200,
  /** Lists within each other. */
  lists: 8,
  /** Documents of a file, and items of its Lists. */
  objects: 100_000,
  /** Errors of a file, and its warnings. */
  errors: 1000,
} as const;
