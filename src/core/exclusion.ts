import { refusal } from './errors.js';
import type { Exclusion, ExperimentStatus } from './experiment.js';

/**
 * Ranges of exclusion groups. An experiment takes one as wide as its traffic share when it starts, and keeps it, also while it is smaller
 * than that, until it ends. Ranges of a group never overlap, so no unit is in two of its experiments.
 */

/** Differences below this are the rounding of sums such as 0.1 + 0.2, not want of room: ten tenths fill a group. */
const tolerance = 1e-9;

/** Whether an experiment of this status holds the range that it took. */
export function holdsRange(status: ExperimentStatus): boolean {
  return status === 'DRY_RUN' || status === 'RUNNING' || status === 'PAUSED';
}

/**
 * The first free range of a group that is wide enough.
 *
 * @param width in [0, 1]
 * @param held ranges of the group that other experiments hold, in any order
 * @throws GROUP_FULL naming the widest free range
 * @example takeRange({ group: 'checkout', width: 0.5, held: [{ group: 'checkout', start: 0, end: 0.25 }] }); // 0.25 to 0.75
 */
export function takeRange({
  group,
  width,
  held,
}: {
  readonly group: string;
  readonly width: number;
  readonly held: readonly Exclusion[];
}): Exclusion {
  const gaps = gapsBetween(held);
  const gap = gaps.find(({ start, end }) => end - start >= width - tolerance);
  if (gap) return { group, start: gap.start, end: Math.min(gap.start + width, gap.end) };
  throw groupFull(group, width, Math.max(0, ...gaps.map(({ start, end }) => end - start)));
}

/**
 * The range of an experiment whose traffic share changes: what it holds when that is wide enough, else extended in place, for another
 * place would exchange its units.
 *
 * @param held ranges of the group that other experiments hold
 * @throws GROUP_FULL when another range begins too early
 */
export function extendRange({
  range,
  width,
  held,
}: {
  readonly range: Exclusion;
  readonly width: number;
  readonly held: readonly Exclusion[];
}): Exclusion {
  const end = range.start + width;
  if (end <= range.end) return range;
  const limit = Math.min(1, ...held.filter((other) => other.end > range.start && other.start >= range.start).map((other) => other.start));
  if (end > limit + tolerance) throw groupFull(range.group, width, limit - range.start);
  return { ...range, end: Math.min(end, limit) };
}

/** Whether a place in the group lies in the part of its range that an experiment uses at this traffic share. */
export function isInRange(range: Exclusion, trafficAllocation: number, place: number): boolean {
  return place >= range.start && place < Math.min(range.end, range.start + trafficAllocation);
}

function gapsBetween(held: readonly Exclusion[]): { start: number; end: number }[] {
  const gaps: { start: number; end: number }[] = [];
  let start = 0;
  for (const range of [...held].sort((a, b) => a.start - b.start)) {
    if (range.start > start) gaps.push({ start, end: range.start });
    start = Math.max(start, range.end);
  }
  if (start < 1) gaps.push({ start, end: 1 });
  return gaps;
}

function groupFull(group: string, width: number, free: number) {
  const message = `The exclusion group "${group}" has no free range of ${width}; the widest that this experiment could take is ${Number(free.toFixed(9))}.`;
  return refusal('GROUP_FULL', message, ['exclusionGroup'], width);
}
