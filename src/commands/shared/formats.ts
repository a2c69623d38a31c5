/** Values of -o for each command. In a file of its own, so that parsing does not load the commands. */
export const listFormats = ['table', 'wide', 'json', 'yaml', 'name'] as const;
export const verifyFormats = ['table', 'wide', 'json', 'yaml'] as const;
export const ifconfigFormats = ['text', 'json', 'yaml'] as const;

export type ListFormat = (typeof listFormats)[number];
export type VerifyFormat = (typeof verifyFormats)[number];
export type IfconfigFormat = (typeof ifconfigFormats)[number];

/** Values of --dry-run, as in kubectl: the side that builds the object. */
export const dryRuns = ['client', 'server'] as const;
export type DryRun = (typeof dryRuns)[number];

/** Formats that take a template or a file behind `=`, as in kubectl. */
export const templateFormats = [
  'jsonpath',
  'jsonpath-as-json',
  'jsonpath-file',
  'custom-columns',
  'custom-columns-file',
] as const;

/** A format with a value: `-o jsonpath=TEMPLATE`. */
export interface TemplateFormat {
  readonly kind: (typeof templateFormats)[number];
  /** The template, or the name of its file. */
  readonly value: string;
}
