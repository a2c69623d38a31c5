/** One fenced code block of a Markdown page. */
export interface CodeBlock {
  /** The word after the opening fence: `console`, `text` or empty. */
  readonly language: string;
  readonly text: string;
}

/** One command of a page, and the output that the page shows for it. */
export interface Step {
  readonly command: string;
  /** The lines below the command, without the line break at the end; empty for a command without output. */
  readonly output: string;
}

/** Returns the fenced code blocks of a Markdown page, in order. */
export function codeBlocksOf(markdown: string): readonly CodeBlock[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

/**
 * Returns the commands of the `console` blocks of a Markdown page, in order. A line that starts with "$ " is a command;
 * the lines up to the next one are its output.
 *
 * @throws {Error} if a block does not start with a command
 */
export function stepsOf(markdown: string): readonly Step[] {
  return codeBlocksOf(markdown)
    .filter(({ language }) => language === 'console')
    .flatMap(({ text }) => {
      if (!text.startsWith('$ ')) throw new Error(`A console block starts without a command: ${text}`);
      return text
        .slice(2)
        .split(/^\$ /m)
        .map((step) => {
          const end = step.indexOf('\n');
          return { command: step.slice(0, end), output: step.slice(end + 1).trimEnd() };
        });
    });
}
