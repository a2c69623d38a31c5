/** Columns as Markdown has them, numbers to the right. */
export function printTable(header: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const lines = [header, ...rows].map((row) => row.map(String));
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const isNumber = header.map((_, column) => rows.every((row) => /^[\d.]+$/.test(String(row[column]))));
  const print = (cells: readonly string[]): void => {
    console.log(`| ${cells.join(' | ')} |`);
  };
  for (const [index, line] of lines.entries()) {
    print(
      line.map((cell, column) =>
        isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      ),
    );
    if (index === 0)
      print(
        widths.map((width, column) => (isNumber[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))),
      );
  }
}
