/** Figures as a table for people and as JSON for programs. */
import { cpus, totalmem } from 'node:os';
import type { Row } from './bench.js';

export interface Report {
  readonly title: string;
  readonly name: string;
  readonly rows: readonly Row[];
}

/** Where the figures come from: kind of machine, not its name. */
export function machine() {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 1e9),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

/** A table in Markdown, as documents quote it. */
export function tableOf({ title, rows }: Report): string {
  const lines = [
    ['what', 'median', 'range', 'unit', 'beside', 'ratio', 'goal'],
    ...rows.map(({ name, value, unit, range, against, goal }) => [
      name,
      shown(value),
      range ? `${shown(range[0])} to ${shown(range[1])}` : '',
      unit,
      against ? `${against.name}: ${shown(against.value)}` : '',
      against ? against.ratio.toFixed(2) : '',
      goal ? `${goal.text}: ${goal.met ? 'met' : 'MISSED'}` : '',
    ]),
  ];
  const widths = (lines[0] ?? []).map((_, column) => Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)));
  const written = lines.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  written.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  return `## ${title}\n\n${written.join('\n')}\n`;
}

/** Three digits that say something, thousands apart. */
export function shown(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
