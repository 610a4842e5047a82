import type { Line } from './judgements.js';
import type { Study } from './study.js';

const heads = ['measured', 'bound', '± 99.9%', 'runs', ''];

/** A study's table as text, columns aligned; the text ends with a new line. */
export function tableOf({ name, title, note, columns }: Study, lines: readonly Line[]): string {
  const rows = lines.map(({ labels, measured, bound, error, runs, verdict }) => [
    ...columns.map((_, column) => labels[column] ?? ''),
    measured,
    bound,
    error,
    `${runs}`,
    verdict,
  ]);
  const cells = [[...columns, ...heads], ...rows];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const isText = (column: number) => column === 0 || column === widths.length - 1;
  const layOut = (row: readonly string[]) =>
    row
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = cells;
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [`${title} (${name})`, note, rule, layOut(head), rule, ...body.map(layOut), ''].join('\n');
}
