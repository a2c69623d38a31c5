import type { TemplateFormat } from './formats.ts';
import type { TemplatePrinter } from './template-printer.ts';

export type { TemplatePrinter };

/** An output format whose template, if it has one, is parsed. */
export type Output<Format extends string> = Format | TemplatePrinter;

/** Reports whether a format prints documents: those have no message beside them if nothing was found. */
export function printsDocuments(output: Output<string>): output is 'json' | 'yaml' | TemplatePrinter {
  return output === 'json' || output === 'yaml' || typeof output === 'function';
}

/** Parses the template of a format that has one. @throws UsageError or ExplainedError */
export async function readOutput<Format extends string>(
  output: Format | TemplateFormat,
  flags: { readonly noHeaders: boolean },
): Promise<Output<Format>> {
  if (typeof output === 'string') return output;
  const { templatePrinter } = await import('./template-printer.ts');
  return templatePrinter(output, flags);
}
