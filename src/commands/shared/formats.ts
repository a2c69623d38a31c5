/** What -o takes, command by command. Apart from the commands, which are loaded only once one of them runs. */
export const listFormats = ['table', 'wide', 'json', 'yaml', 'name'] as const;
export const verifyFormats = ['table', 'wide', 'json', 'yaml'] as const;
export const ifconfigFormats = ['text', 'json', 'yaml'] as const;

export type ListFormat = (typeof listFormats)[number];
export type VerifyFormat = (typeof verifyFormats)[number];
export type IfconfigFormat = (typeof ifconfigFormats)[number];

/** As in kubectl: who makes up what would be created. */
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

/** `-o jsonpath=TEMPLATE` and its like. */
export interface TemplateFormat {
  readonly kind: (typeof templateFormats)[number];
  /** The template, or the name of its file. */
  readonly value: string;
}
