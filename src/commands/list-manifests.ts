import { exitCode, type ExitCode, ExplainedError } from '../errors.ts';
import { document } from '../output/document.ts';
import { join, type SafeText, safeLine, text } from '../output/safe-text.ts';
import { sharingManifestList } from '../output/sharing-manifest-list.ts';
import { sharingManifestTable } from '../output/sharing-manifest-table.ts';
import { manifestShares, resourceName, type SharingManifest } from '../pods/pod-manifest.ts';
import type { NamespaceKind } from '../pods/sharing.ts';
import { ManifestError } from '../wire/manifest-error.ts';
import { podManifests } from '../wire/manifest-pods.ts';
import type { CommandContext } from './context.ts';
import type { ListFormat } from './formats.ts';
import { type ManifestFile, manifestFiles, type ManifestSources } from './manifest-files.ts';

export interface ListManifestsOptions extends ManifestSources {
  /** What is listed shares at least one of these. */
  readonly shares: readonly NamespaceKind[];
  readonly output: ListFormat;
  readonly noHeaders: boolean;
  readonly showLabels: boolean;
}

/** `kubectl hostns list -f`: the Pods and Pod templates of manifests that share a namespace of their node. */
export async function listManifests(
  options: ListManifestsOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const listing = new Listing(options, context);
  for await (const file of manifestFiles(options, context)) listing.read(file);
  listing.report();
  return listing.hasFailed ? exitCode.failed : exitCode.ok;
}

class Listing {
  readonly #options: ListManifestsOptions;
  readonly #context: CommandContext;
  readonly #rows: SharingManifest[] = [];
  #files = 0;
  #pods = 0;
  hasFailed = false;

  constructor(options: ListManifestsOptions, context: CommandContext) {
    this.#options = options;
    this.#context = context;
  }

  read({ name, content }: ManifestFile): void {
    if (content instanceof ManifestError) {
      this.#fail(name, content);
      return;
    }
    this.#files += 1;
    for (const found of podManifests(content)) {
      if (found instanceof ManifestError) this.#fail(name, found);
      else this.#add(name, found);
    }
  }

  report(): void {
    const { output, shares } = this.#options;
    const printed = this.#print();
    if (printed !== null) this.#context.stdout.write(printed);
    if (this.#rows.length > 0 || output === 'json' || output === 'yaml') return;
    // Whoever has been told of an error knows why there is nothing.
    if (this.hasFailed && this.#pods === 0) return;
    this.#context.stderr.write(text`${nothingFound(this.#pods, this.#files, shares)}\n`);
  }

  #add(file: string, manifest: Omit<SharingManifest, 'file' | 'shares'>): void {
    this.#pods += 1;
    const shares = manifestShares(manifest);
    if (shares.some((kind) => this.#options.shares.includes(kind))) {
      this.#rows.push({ ...manifest, file, shares });
    }
  }

  #fail(name: string, { line, message }: ManifestError): void {
    this.hasFailed = true;
    const file = name === '-' ? 'standard input' : name;
    const place = line === null ? file : `${file}:${String(line)}`;
    this.#context.stderr.write(text`error: ${place}: ${message}\n`);
  }

  /** Null where there is nothing to print. */
  #print(): SafeText | null {
    const { output, noHeaders, showLabels } = this.#options;
    try {
      switch (output) {
        case 'json':
        case 'yaml':
          return document(sharingManifestList(this.#rows), output);
        case 'name':
          return join([...this.#rows.map((row) => safeLine(resourceName(row))), safeLine('')], '\n');
        case 'table':
        case 'wide':
          if (this.#rows.length === 0) return null;
          return sharingManifestTable(this.#rows, {
            wide: output === 'wide',
            withLabels: showLabels,
            withHeader: !noHeaders,
          });
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // No string of V8 has more than 512 MiB.
      throw new ExplainedError('The list is too long to be printed in one piece. Name fewer files.', {
        cause: error,
      });
    }
  }
}

/** kubectl's sentence, and why. */
function nothingFound(pods: number, files: number, shares: readonly NamespaceKind[]): string {
  const where = `in ${String(files)} ${files === 1 ? 'file' : 'files'}`;
  if (pods === 0) return `No resources found. There is neither a Pod nor a Pod template ${where}.`;
  const what = shares.length === 1 ? `the ${shares.join()} namespace` : 'a namespace';
  return `No resources found. None of ${String(pods)} Pods and Pod templates ${where} shares ${what} with its node.`;
}
