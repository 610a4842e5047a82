import { secondCounter } from '../core/counting.js';
import type { ArmSums, MetricSums } from '../core/evaluation-types.js';
import type { Experiment, MetricDefinition } from '../core/experiment.js';
import { groupBy } from './group.js';

/** Sums as they come from the database, a row a cell, made into arms. */

/** One variant in one period: its units, or its sums in one metric. */
export interface CellRow {
  readonly period: number;
  readonly variant: string;
  /** Null in the rows that hold units exposed. */
  readonly metric: string | null;
  readonly units: number;
  readonly events: number;
  readonly total: string;
  readonly sum_x: string;
  readonly sum_x2: string;
  readonly sum_y: string;
  readonly sum_y2: string;
  readonly sum_xy: string;
}

/** Shares of the sums over shards, in the order of a {@link CellRow}; for a table of that shape named `t`. */
export const summed = `sum(t.units)::bigint as units, sum(t.events)::bigint as events,
  trim_scale(sum(t.total)) as total, trim_scale(sum(t.sum_x)) as sum_x, trim_scale(sum(t.sum_x2)) as sum_x2,
  trim_scale(sum(t.sum_y)) as sum_y, trim_scale(sum(t.sum_y2)) as sum_y2, trim_scale(sum(t.sum_xy)) as sum_xy`;

/** In place of the sums in rows that hold units alone. */
export const unsummed = `0::bigint as events, 0::numeric as total, 0::numeric as sum_x, 0::numeric as sum_x2,
  0::numeric as sum_y, 0::numeric as sum_y2, 0::numeric as sum_xy`;

type MetricCell = Omit<CellRow, 'period' | 'variant' | 'metric'>;

const emptyCell: MetricCell = { units: 0, events: 0, total: '0', sum_x: '0', sum_x2: '0', sum_y: '0', sum_y2: '0', sum_xy: '0' };

/**
 * The arms of all periods that have a cell, oldest first, in each all variants in the experiment's order.
 *
 * @param metrics all are listed in every arm, so that one named like a member that all objects have (`constructor`) is never mistaken
 */
export function armsOf({ definition }: Experiment, metrics: readonly MetricDefinition[], cells: readonly CellRow[]): ArmSums[] {
  const byPeriod = [...groupBy(cells, (cell) => cell.period)].sort(([a], [b]) => a - b);
  return byPeriod.flatMap(([period, own]) => {
    const byName = new Map(own.map((cell) => [`${cell.variant} ${cell.metric ?? ''}`, cell]));
    return definition.variants.map(({ key: variant }): ArmSums => {
      const sums: Record<string, MetricSums> = {};
      for (const metric of metrics) sums[metric.key] = metricSumsOf(metric, byName.get(`${variant} ${metric.key}`));
      return { variant, period, units: byName.get(`${variant} `)?.units ?? 0, metrics: sums };
    });
  });
}

function metricSumsOf(metric: MetricDefinition, cell: MetricCell = emptyCell): MetricSums {
  const { units, events, total, sum_x: sumX, sum_x2: sumX2, sum_y: sumY, sum_y2: sumY2, sum_xy: sumXY } = cell;
  const sums = { units, events, total, sumX, sumX2 };
  return secondCounter(metric) ? { ...sums, second: { sumY, sumY2, sumXY } } : sums;
}
