import { quantileOf } from './study.js';

/** Whether what was measured keeps its bound, given that it was measured by chance. */

/** Half width of 99.9% bounds in standard errors. */
const bounds999 = 3.29;

export type Verdict = 'pass' | 'FAIL' | 'shown';

/** One line of a table. */
export interface Line {
  readonly labels: readonly string[];
  readonly measured: string;
  /** What has to hold; empty: nothing is promised. */
  readonly bound: string;
  /** Monte Carlo error of the measurement at 99.9%. */
  readonly error: string;
  readonly runs: number;
  readonly verdict: Verdict;
}

/** 99.9% Monte Carlo error of a share p among so many runs: 3.29 sqrt(p (1 - p) / N). */
export function monteCarloError(share: number, runs: number): number {
  return bounds999 * Math.sqrt((share * (1 - share)) / runs);
}

/** A share of runs that is at most a bound, to within the Monte Carlo error. */
export function atMost(labels: readonly string[], hits: number, runs: number, bound: number): Line {
  const error = monteCarloError(bound, runs);
  return line(labels, hits / runs, `<= ${text(bound)}`, error, runs, hits / runs <= bound + error);
}

/** A share of runs that is at least a bound, to within the Monte Carlo error. */
export function atLeast(labels: readonly string[], hits: number, runs: number, bound: number): Line {
  const error = monteCarloError(bound, runs);
  return line(labels, hits / runs, `>= ${text(bound)}`, error, runs, hits / runs >= bound - error);
}

/**
 * A share in a range that was worked out for `statedRuns`, the Monte Carlo error included; fewer runs widen it by what they add to that error.
 */
export function inRange(
  labels: readonly string[],
  hits: number,
  runs: number,
  [low, high]: readonly [number, number],
  statedRuns: number,
): Line {
  const wider = (bound: number) => Math.max(0, monteCarloError(bound, runs) - monteCarloError(bound, statedRuns));
  const share = hits / runs;
  const isKept = share >= low - wider(low) && share <= high + wider(high);
  return line(labels, share, `${text(low)} to ${text(high)}`, monteCarloError((low + high) / 2, runs), runs, isKept);
}

/** A share within a tolerance of its prediction, or within the Monte Carlo error where that is larger. */
export function near(labels: readonly string[], hits: number, runs: number, expected: number, tolerance = 0): Line {
  const error = monteCarloError(expected, runs);
  const bound = tolerance > 0 ? `${text(expected)} ± ${text(tolerance)}` : text(expected);
  return line(labels, hits / runs, bound, error, runs, Math.abs(hits / runs - expected) <= Math.max(tolerance, error));
}

/** Mean and 99.9% error from the number, the sum and the sum of squares of values. */
export function meanOf(count: number, sum: number, squares: number): { readonly mean: number; readonly error: number } {
  const mean = sum / count;
  const variance = Math.max(0, squares / count - mean ** 2) * (count / Math.max(1, count - 1));
  return { mean, error: bounds999 * Math.sqrt(variance / count) };
}

/** A mean within a tolerance of its prediction, or within its error where that is larger. */
export function meanNear(
  labels: readonly string[],
  { mean, error }: ReturnType<typeof meanOf>,
  runs: number,
  expected: number,
  tolerance: number,
): Line {
  const isKept = Math.abs(mean - expected) <= Math.max(tolerance, error);
  return line(labels, mean, `${text(expected)} ± ${text(tolerance)}`, error, runs, isKept);
}

/** A mean that is at most a bound, to within its error. */
export function meanAtMost(labels: readonly string[], { mean, error }: ReturnType<typeof meanOf>, runs: number, bound: number): Line {
  return line(labels, mean, `<= ${text(bound)}`, error, runs, mean - error <= bound);
}

/** A number that is exactly known, with its bound. */
export function exactly(labels: readonly string[], measured: number, expected: number, runs: number): Line {
  return line(labels, measured, `${expected}`, 0, runs, measured === expected);
}

/**
 * What must be found, and when it was.
 *
 * @param found   sorted times at which it was found; a run in which it never was has none
 * @param within  the time by which a share of runs, `least`, must have found it
 * @param last    the time at which runs end
 */
export function foundLines(
  labels: (figure: string) => readonly string[],
  { found, runs, within, least, last, unit }: Found,
): readonly [Line, Line] {
  const early = found.filter((time) => time <= within).length;
  const name = labels(`found within ${within} ${unit}`);
  const times = [0.5, 0.9].map((share) => quantileOf(found, share, runs) ?? `over ${last}`);
  return [atLeast(name, early, runs, least), shown(labels(`${unit} until then: median, 90%`), times.join(', '), runs)];
}

interface Found {
  readonly found: readonly number[];
  readonly runs: number;
  readonly within: number;
  readonly least: number;
  readonly last: number;
  readonly unit: string;
}

/** A share of runs that nothing is promised of. */
export function shownShare(labels: readonly string[], hits: number, runs: number): Line {
  return shown(labels, text(hits / runs), runs, monteCarloError(hits / runs, runs));
}

/** A figure that nothing is promised of. */
export function shown(labels: readonly string[], measured: string, runs: number, error = 0): Line {
  return { labels, measured, bound: '', error: error > 0 ? text(error) : '', runs, verdict: 'shown' };
}

/** Three or four significant places, never in powers of ten. */
export function text(value: number): string {
  if (Number.isInteger(value)) return `${value}`;
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(4);
}

function line(labels: readonly string[], measured: number, bound: string, error: number, runs: number, isKept: boolean): Line {
  return { labels, measured: text(measured), bound, error: error > 0 ? text(error) : '', runs, verdict: isKept ? 'pass' : 'FAIL' };
}
