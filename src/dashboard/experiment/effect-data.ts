import type uPlot from 'uplot';
import type { MeasuredEffect } from '../../core/effect-words.js';
import { drawnEffect } from '../charts/drawn-effect.js';
import type { Ends } from '../format/numbers.js';
import type { Decision, EffectHistoryQuery, JudgedFragment } from '../generated/graphql.js';
import { grown } from './history.js';
import type { ShownVariant } from './variants.js';

/** What the chart of effects draws: history that was asked for, joined with evaluations that came live. */

type Series = NonNullable<NonNullable<EffectHistoryQuery['experiment']>['effectSeries']>;

type Effect = MeasuredEffect<Ends>;

/** One evaluation. */
export interface EffectRow {
  readonly sequence: number;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly decision: Decision;
  readonly variants: ReadonlyMap<string, Effect>;
}

const seconds = (at: string) => Date.parse(at) / 1_000;

/** Oldest first; an evaluation that is in both is there once. */
export function effectRows(series: Series, evaluations: readonly JudgedFragment[], metric: string): readonly EffectRow[] {
  const bySequence = new Map<
    number,
    { readonly sequence: number; readonly at: number; readonly decision: Decision; readonly variants: Map<string, Effect> }
  >();
  for (const { variant, points } of series) {
    for (const point of points) {
      const { sequence, at, decision } = point;
      const row = bySequence.get(sequence) ?? { sequence, at: seconds(at), decision, variants: new Map() };
      row.variants.set(variant, point);
      bySequence.set(sequence, row);
    }
  }
  const asked = [...bySequence.values()].sort((a, b) => a.sequence - b.sequence);
  const live = evaluations.map(({ sequence, at, decision, comparisons }) => ({
    sequence,
    at: seconds(at),
    decision,
    variants: new Map(
      comparisons.filter((comparison) => comparison.metric === metric).map((comparison) => [comparison.variant, comparison] as const),
    ),
  }));
  return grown<EffectRow>(asked, live, { order: ({ sequence }) => sequence });
}

/** A lift that nothing has. */
const unbounded = 1e6;

/** For each variant its lift, lower and upper bound. A bound that does not exist is drawn far outside. */
export function effectColumns(rows: readonly EffectRow[], compared: readonly ShownVariant[]): uPlot.AlignedData {
  const column = (read: (row: EffectRow) => number | null) => rows.map(read);
  return [
    rows.map(({ at }) => at),
    ...compared.flatMap(({ key }) => [
      column((row) => row.variants.get(key)?.lift ?? null),
      column((row) => boundOf(row.variants.get(key), 'lower', -unbounded)),
      column((row) => boundOf(row.variants.get(key), 'upper', unbounded)),
    ]),
  ];
}

function boundOf(effect: Effect | undefined, side: 'lower' | 'upper', beyond: number): number | null {
  const interval = effect && drawnEffect(effect).interval;
  return interval ? (interval[side] ?? beyond) : null;
}

/** Early intervals are so wide that they would flatten all that follows: what is shown whole is the later three quarters of the time, and zero. */
export function shownRange(data: uPlot.AlignedData): readonly [number, number] {
  const [times, ...columns] = data;
  const from = (times[0] ?? 0) + ((times.at(-1) ?? 0) - (times[0] ?? 0)) * 0.25;
  const first = Math.max(
    0,
    times.findIndex((time) => time >= from),
  );
  let [low, high] = [0, 0];
  for (const column of columns) {
    for (let place = first; place < times.length; place += 1) {
      const value = column[place] ?? 0;
      if (Math.abs(value) >= unbounded) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  const margin = Math.max(0.01, (high - low) * 0.08);
  return [low - margin, high + margin];
}

const settling: ReadonlySet<Decision> = new Set(['SHIP', 'DO_NOT_SHIP', 'ROLL_BACK', 'INVALID']);

/** The evaluation from which on the present decision has stood; null while nothing is settled. */
export function settledAt(rows: readonly EffectRow[]): EffectRow | null {
  const last = rows.at(-1);
  if (!last || !settling.has(last.decision)) return null;
  let first = last;
  for (let place = rows.length - 1; place >= 0 && rows[place]?.decision === last.decision; place -= 1) first = rows[place] as EffectRow;
  return first;
}
