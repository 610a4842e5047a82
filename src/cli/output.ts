import { styleText } from 'node:util';

/** Data goes to stdout, talk to stderr; colours only where a terminal reads. */
export interface Output {
  /** A line of data. */
  print(line: string): void;
  /** Data as JSON, stable for programs. */
  json(value: unknown): void;
  /** A line of talk. */
  note(line: string): void;
  /** Rows under headings, aligned; numbers to the right. */
  table(headings: readonly string[], rows: readonly (readonly Cell[])[]): void;
  readonly isTerminal: boolean;
  readonly paint: Paint;
}

export type Cell = string | number | null;
type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

export function createOutput({ stdout, stderr, env }: Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env'>): Output {
  const isTerminal = stdout.isTTY === true;
  const isColoured = isTerminal && !env.NO_COLOR;
  const paint: Paint = (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text);
  const print = (line: string) => stdout.write(`${line}\n`);
  return {
    isTerminal,
    paint,
    print,
    json: (value) => print(JSON.stringify(value, null, 2)),
    note: (line) => stderr.write(`${line}\n`),
    table(headings, rows) {
      for (const [place, line] of alignedRows(headings, rows).entries()) print(place === 0 ? paint('bold', line) : line);
    },
  };
}

/** Lines of a table, the headings first; unknown cells are a dash. */
export function alignedRows(headings: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const texts = [headings, ...rows.map((row) => row.map(textOf))];
  const widths = headings.map((_, column) => Math.max(...texts.map((row) => (row[column] ?? '').length)));
  const isNumeric = headings.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  return texts.map((row) =>
    row
      .map((text, column) => (isNumeric[column] ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function textOf(cell: Cell): string {
  if (cell === null || cell === '') return '–';
  return typeof cell === 'number' ? cell.toLocaleString('en-US', { maximumFractionDigits: 4 }) : cell;
}
