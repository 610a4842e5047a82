import type { Random } from '../../src/core/simulation/random.js';
import type { Line } from './judgements.js';

/** Sums and lists over runs; those of two parts of the runs merge by adding and joining. Plain JSON. */
export type Tally = Readonly<Record<string, number | readonly number[]>>;

/** A simulation that fills one or more lines of a table. */
export interface Row {
  /** Unique within its study. */
  readonly key: string;
  /** Runs in full, and with --quick; 0 with --quick leaves the row to the full run. */
  readonly runs: readonly [full: number, quick: number];
  /** Cost of a run, in evaluations of one comparison (some 60 µs): work is cut into parts of like cost. */
  readonly effort: number;
  simulate(random: Random, runs: number): Tally;
  judge(tally: Tally, runs: number): readonly Line[];
}

/** A table. */
export interface Study {
  /** What --only takes. */
  readonly name: string;
  readonly title: string;
  /** What was simulated, in a line or two. */
  readonly note: string;
  /** Heads of the label columns. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** The tallies of two parts of the runs, in the order of the parts. */
export function mergeTallies(a: Tally, b: Tally): Tally {
  const merged: Record<string, number | readonly number[]> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const present = merged[key];
    if (typeof value === 'number') merged[key] = (typeof present === 'number' ? present : 0) + value;
    else merged[key] = [...(Array.isArray(present) ? present : []), ...value];
  }
  return merged;
}

/** A sum of a tally; one that is not there is 0. */
export function sumIn(tally: Tally, key: string): number {
  const value = tally[key];
  return typeof value === 'number' ? value : 0;
}

/** A list of a tally, sorted; one that is not there is empty. */
export function sortedIn(tally: Tally, key: string): readonly number[] {
  const value = tally[key];
  return typeof value === 'object' ? value.toSorted((a, b) => a - b) : [];
}

/** A tally that is added to by name. */
export function createTally() {
  const sums: Record<string, number> = {};
  const lists: Record<string, number[]> = {};
  return {
    add(key: string, value: number | boolean = 1): void {
      sums[key] = (sums[key] ?? 0) + Number(value);
    },
    /** Keeps the value itself, for quantiles. */
    keep(key: string, value: number): void {
      const list = lists[key] ?? [];
      lists[key] = list;
      list.push(value);
    },
    result(): Tally {
      return { ...sums, ...lists };
    },
  };
}

/** The value by which a share of so many runs was done, of the sorted values of those that ever were; null when fewer were. */
export function quantileOf(sorted: readonly number[], share: number, runs: number): number | null {
  return sorted[Math.min(runs - 1, Math.floor(share * runs))] ?? null;
}
