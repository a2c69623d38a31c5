import { readFile } from 'node:fs/promises';
import { ExplainedError, UsageError } from '../../errors.ts';
import { fileReason } from '../../file-reason.ts';
import { cellsOf, parseColumns, parseColumnsFile } from '../../output/jsonpath/custom-columns.ts';
import type { Value } from '../../output/jsonpath/evaluate.ts';
import { JsonPathError } from '../../output/jsonpath/jsonpath-error.ts';
import { parseTemplate } from '../../output/jsonpath/parse.ts';
import { printJsonPath, printJsonPathAsJson } from '../../output/jsonpath/print.ts';
import { GrowingTable } from '../../output/table.ts';
import type { TemplateFormat } from './formats.ts';
import type { SafeText } from '../../output/safe-text.ts';

/** Prints a document as a template says. @throws ExplainedError if the template does not fit the document */
export type TemplatePrinter = (document: Value) => SafeText;

/**
 * Reads and parses the template of -o.
 *
 * @returns a printer of the documents that -o json prints; custom columns have one header, above the first document
 * @throws UsageError if the template is invalid, ExplainedError if its file cannot be read
 */
export async function templatePrinter(
  { kind, value }: TemplateFormat,
  { noHeaders }: { readonly noHeaders: boolean },
): Promise<TemplatePrinter> {
  const template = kind.endsWith('-file') ? await readTemplate(value) : value;
  try {
    const print = printerOf(kind, template, noHeaders);
    return (document) => {
      try {
        return print(document);
      } catch (error) {
        if (!(error instanceof JsonPathError)) throw error;
        throw new ExplainedError(`Cannot apply the template of -o ${kind}: ${error.message}.`, {
          cause: error,
        });
      }
    };
  } catch (error) {
    if (!(error instanceof JsonPathError)) throw error;
    throw new UsageError(`invalid template for -o ${kind}: ${error.message}`, { cause: error });
  }
}

function printerOf(kind: TemplateFormat['kind'], template: string, noHeaders: boolean): TemplatePrinter {
  switch (kind) {
    case 'jsonpath':
    case 'jsonpath-file': {
      const nodes = parseTemplate(template);
      return (document) => printJsonPath(nodes, document);
    }
    case 'jsonpath-as-json': {
      const nodes = parseTemplate(template);
      return (document) => printJsonPathAsJson(nodes, document);
    }
    case 'custom-columns':
    case 'custom-columns-file': {
      const columns = kind === 'custom-columns' ? parseColumns(template) : parseColumnsFile(template);
      const table = new GrowingTable(noHeaders ? null : columns.map(({ title }) => title));
      return (document) => table.add(itemsOf(document).map((item) => cellsOf(columns, item)));
    }
  }
}

/** Returns the items of a list, or the document itself. */
function itemsOf(document: Value): readonly Value[] {
  const isList = typeof document === 'object' && document !== null && 'items' in document;
  return isList && Array.isArray(document['items']) ? (document['items'] as readonly Value[]) : [document];
}

async function readTemplate(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ExplainedError(`Cannot read the template file ${path}: ${fileReason(error)}.`, {
      cause: error,
    });
  }
}
