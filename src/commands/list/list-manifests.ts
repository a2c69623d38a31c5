import { exitCode, type ExitCode, ExplainedError } from '../../errors.ts';
import { document } from '../../output/document.ts';
import { join, type SafeText, safeLine, text } from '../../output/safe-text.ts';
import { sharingManifestList } from './manifest-document.ts';
import { sharingManifestTable } from './manifest-table.ts';
import { manifestShares, resourceName, type SharingManifest } from '../../model/pod-manifest.ts';
import type { NamespaceKind } from '../../model/sharing.ts';
import { ManifestError, ManifestWarning } from '../../manifests/manifest-error.ts';
import { podManifests } from '../../manifests/manifest-pods.ts';
import type { CommandContext } from '../shared/context.ts';
import type { ListFormat, TemplateFormat } from '../shared/formats.ts';
import { type Output, printsDocuments, readOutput } from '../shared/output.ts';
import { type ManifestFile, manifestFiles, type ManifestSources } from './manifest-files.ts';

export interface ListManifestsOptions extends ManifestSources {
  /** Lists Pods that share at least one of these namespaces. */
  readonly shares: readonly NamespaceKind[];
  readonly output: ListFormat | TemplateFormat;
  readonly noHeaders: boolean;
  readonly labelColumns: readonly string[];
  readonly showLabels: boolean;
}

/** Runs `kubectl hostns list -f`: lists the Pods and Pod templates of manifests that share a namespace of their node. */
export async function listManifests(
  options: ListManifestsOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const output = await readOutput(options.output, options);
  const listing = new Listing({ ...options, output }, context);
  for await (const file of manifestFiles(options, context)) listing.read(file);
  listing.reportTemplates();
  listing.report();
  return listing.hasFailed ? exitCode.failed : exitCode.ok;
}

/** The options with the parsed template of -o. */
type PrintedOptions = Omit<ListManifestsOptions, 'output'> & { readonly output: Output<ListFormat> };

class Listing {
  readonly #options: PrintedOptions;
  readonly #context: CommandContext;
  readonly #rows: SharingManifest[] = [];
  #files = 0;
  #pods = 0;
  /** First place with a template that must be rendered, and the number of files with one. */
  #template: { readonly place: string; files: number } | null = null;
  hasFailed = false;

  constructor(options: PrintedOptions, context: CommandContext) {
    this.#options = options;
    this.#context = context;
  }

  read({ name, isNamed, content }: ManifestFile): void {
    if (content instanceof ManifestError) {
      this.#fail(name, content);
      return;
    }
    this.#files += 1;
    let isTemplate = false;
    for (const found of podManifests(content, isNamed)) {
      if (found instanceof ManifestWarning) this.#print('warning', place(name, found.line), found.message);
      else if (!(found instanceof ManifestError)) this.#add(name, found);
      else if (found.kind !== 'template') this.#fail(name, found);
      else if (!isTemplate) {
        isTemplate = true;
        this.#addTemplate(place(name, found.line));
      }
    }
  }

  /** One message for all files: errors of lines in an unrendered template do not help. */
  reportTemplates(): void {
    if (this.#template === null) return;
    const { place, files } = this.#template;
    const others =
      files === 1
        ? ''
        : `, and so ${files === 2 ? 'is 1 other file' : `are ${String(files - 1)} other files`}`;
    this.#print(
      'error',
      place,
      `this is a template, such as Helm's, and not a manifest${others}. Run: helm template . | kubectl hostns list -f -`,
    );
  }

  report(): void {
    const { output, shares } = this.#options;
    const printed = this.#printed();
    if (printed !== null) this.#context.stdout.write(printed);
    if (this.#rows.length > 0 || printsDocuments(output)) return;
    // An error that was printed already explains the empty list.
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

  #addTemplate(place: string): void {
    this.hasFailed = true;
    if (this.#template === null) this.#template = { place, files: 1 };
    else this.#template.files += 1;
  }

  #fail(name: string, { line, message }: ManifestError): void {
    this.hasFailed = true;
    this.#print('error', place(name, line), message);
  }

  #print(level: 'error' | 'warning', where: string, message: string): void {
    this.#context.stderr.write(text`${level}: ${where}: ${message}\n`);
  }

  /** Returns null if there is nothing to print. */
  #printed(): SafeText | null {
    const { output, noHeaders, labelColumns, showLabels } = this.#options;
    try {
      if (typeof output === 'function') return output(sharingManifestList(this.#rows));
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
            labelColumns,
            withLabels: showLabels,
            withHeader: !noHeaders,
          });
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // A string in V8 has at most 512 MiB.
      throw new ExplainedError('The list is too long to be printed in one piece. Name fewer files.', {
        cause: error,
      });
    }
  }
}

function place(name: string, line: number | null): string {
  const file = name === '-' ? 'standard input' : name;
  return line === null ? file : `${file}:${String(line)}`;
}

/** Returns kubectl's sentence about an empty list, and the reason. */
function nothingFound(pods: number, files: number, shares: readonly NamespaceKind[]): string {
  const where = `in ${String(files)} ${files === 1 ? 'file' : 'files'}`;
  if (pods === 0) return `No resources found. There is neither a Pod nor a Pod template ${where}.`;
  const what = shares.length === 1 ? `the ${shares.join()} namespace` : 'a namespace';
  return `No resources found. None of ${String(pods)} Pods and Pod templates ${where} shares ${what} with its node.`;
}
