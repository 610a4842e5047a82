import { methods, runMethod } from './adapter.js';
import { type Comparison, compareWithExpected, type VectorCase, type VectorFile } from './pass-rule.js';

/** What running a reference file has shown. */
export interface Report {
  readonly rows: readonly ReportRow[];
  readonly passed: number;
  readonly failed: number;
}

/** All cases of a method. */
export interface ReportRow {
  readonly method: string;
  readonly cases: number;
  readonly worstRelativeError: number;
  readonly worstShare: number;
  /** One a failed case: its id and what was not met. */
  readonly failures: readonly string[];
}

/**
 * A reference file from its text.
 *
 * @throws Error that says what is wrong, and in which case, for text that is not a file of this format
 */
export function parseVectorFile(text: string): VectorFile {
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new Error(`it is not JSON: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  if (!isObject(content)) throw new Error('it holds no object with "format" and "cases"');
  const { format, cases } = content;
  if (format !== 1) throw new Error(`"format" must be 1, received ${JSON.stringify(format)}`);
  if (!Array.isArray(cases)) throw new Error('"cases" must be a list');
  cases.forEach((entry: unknown, index) => {
    const fault = caseFault(entry);
    if (fault) throw new Error(`case ${index + 1}: ${fault}`);
  });
  return { format, cases };
}

/** Runs every case through the one adapter. A fault of ours fails its case and not the run. */
export function runVectors({ cases }: VectorFile): Report {
  const names = [...new Set(cases.map(({ method }) => method))];
  const rows = names.map((name) =>
    rowOf(
      name,
      cases.filter(({ method }) => method === name),
    ),
  );
  const failed = rows.reduce((sum, { failures }) => sum + failures.length, 0);
  return { rows, failed, passed: cases.length - failed };
}

/** The report as text: failures, a line a method, the count. */
export function printedReport({ rows, passed, failed }: Report): string {
  const width = Math.max(6, ...rows.map(({ method }) => method.length));
  const line = (name: string, ...cells: readonly string[]) =>
    `${name.padEnd(width)}  ${cells.map((cell, column) => cell.padStart(columns[column]?.length ?? 0)).join('  ')}`;
  return [
    ...rows.flatMap(({ method, failures }) => failures.map((failure) => `FAILED ${method} ${failure}`)),
    line('method', ...columns),
    ...rows.map(({ method, cases, failures, worstRelativeError, worstShare }) =>
      line(method, `${cases}`, `${failures.length}`, worstRelativeError.toExponential(1), percent(worstShare)),
    ),
    `${passed} passed, ${failed} failed`,
  ].join('\n');
}

const columns = ['cases', 'failed', 'worst relative error', 'share of tolerance'] as const;

function rowOf(method: string, cases: readonly VectorCase[]): ReportRow {
  const outcomes = cases.map((vector) => ({ id: vector.id, ...outcomeOf(vector) }));
  return {
    method,
    cases: cases.length,
    worstRelativeError: Math.max(...outcomes.map(({ worstRelativeError }) => worstRelativeError)),
    worstShare: Math.max(...outcomes.map(({ worstShare }) => worstShare)),
    failures: outcomes.flatMap(({ id, faults }) => (faults.length > 0 ? [`${id}: ${faults.join('; ')}`] : [])),
  };
}

function outcomeOf(vector: VectorCase): Comparison {
  const failed = (fault: string): Comparison => ({ faults: [fault], worstRelativeError: 0, worstShare: 0 });
  if (!Object.hasOwn(methods, vector.method)) return failed('there is no such method here');
  try {
    return compareWithExpected(runMethod(vector.method, vector.input), vector);
  } catch (error) {
    return failed(`the method broke: ${error instanceof Error ? error.message : error}`);
  }
}

function percent(share: number): string {
  if (share > 0 && share < 0.001) return '<0.1%';
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)}%` : 'none given';
}

function caseFault(entry: unknown): string | null {
  if (!isObject(entry)) return 'it is no object';
  const { id, method, input, expected, tolerance } = entry;
  if (typeof id !== 'string') return '"id" must be text';
  if (typeof method !== 'string') return `"method" of ${id} must be text`;
  if (!isObject(input)) return `"input" of ${id} must be an object`;
  if (!isObject(expected)) return `"expected" of ${id} must be an object`;
  if (!isObject(tolerance)) return `"tolerance" of ${id} must be an object`;
  return null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
