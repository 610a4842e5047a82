import type { Cell, PeriodCells } from './analysis-periods.js';
import { cellMean, cellMoments, type Measure } from './cell-moments.js';
import type { MetricDirection } from './experiment.js';
import type { BestOf } from './stats/best-of.js';
import { type BetaShape, bestOfBetas } from './stats/beta-posterior.js';
import { bestOfNormals, type NormalShape } from './stats/normal-posterior.js';

/** What is known of the arms of one metric: rates by beta, everything else by normal distributions. */
export type Shapes =
  | { readonly kind: 'BETA'; readonly shapes: readonly BetaShape[] }
  | { readonly kind: 'NORMAL'; readonly shapes: readonly NormalShape[] };

/** Who is best in the metric's good direction: of greatest value, or of least. Losses are amounts, never negative. */
export function bestOfShapes(arms: Shapes, direction: MetricDirection): BestOf {
  if (arms.kind === 'BETA') {
    // The least rate of conversion is the greatest rate of its absence.
    return bestOfBetas(direction === 'INCREASE' ? arms.shapes : arms.shapes.map(({ alpha, beta }) => ({ alpha: beta, beta: alpha })));
  }
  const sign = direction === 'INCREASE' ? 1 : -1;
  // About a common centre, so that means far from 0 keep the digits of their differences.
  const centre = arms.shapes[0]?.mean ?? 0;
  return bestOfNormals(arms.shapes.map(({ mean, standardDeviation }) => ({ mean: sign * (mean - centre), standardDeviation })));
}

/**
 * Posterior of a rate with the prior Beta(1, 1). Over several periods the stratified mean m and its variance v stand for m (1 - m) / v units;
 * over one that is just the units, which gives Beta(1 + conversions, 1 + units - conversions).
 */
export function betaOf(periods: readonly PeriodCells[], index: number): BetaShape {
  const total = periods.reduce((sum, period) => sum + period.total, 0);
  let mean = 0;
  let variance = 0;
  let inverseUnits = 0;
  for (const { cells, total: units } of periods) {
    const cell = cells[index] as Cell;
    const weight = units / total;
    const rate = cell.converted / cell.units;
    mean += weight * rate;
    variance += (weight ** 2 * rate * (1 - rate)) / cell.units;
    inverseUnits += weight ** 2 / cell.units;
  }
  const units = variance > 0 ? (mean * (1 - mean)) / variance : 1 / inverseUnits;
  return { alpha: 1 + mean * units, beta: 1 + (1 - mean) * units };
}

/** Stratified means with their standard errors; an arm that does not vary by chance borrows the others' variance. Null when none varies. */
export function normalsOf(periods: readonly PeriodCells[], arms: readonly number[], measure: Measure): readonly NormalShape[] | null {
  const total = periods.reduce((sum, period) => sum + period.total, 0);
  const shapes = arms.map(() => ({ mean: 0, variance: 0 }));
  for (const { cells, total: units } of periods) {
    const weight = units / total;
    const moments = cells.map((cell) => (cell.units < 2 ? { mean: cellMean(cell, measure), variance: 0 } : cellMoments(cell, measure)));
    const varying = moments.filter(({ variance }) => variance > 0);
    const common = varying.reduce((sum, { variance }) => sum + variance, 0) / Math.max(1, varying.length);
    moments.forEach(({ mean, variance }, index) => {
      const shape = shapes[index];
      if (!shape) return;
      shape.mean += weight * mean;
      shape.variance += (weight ** 2 * (variance > 0 ? variance : common)) / (cells[index] as Cell).units;
    });
  }
  if (shapes.some(({ variance }) => variance === 0)) return null;
  return shapes.map(({ mean, variance }) => ({ mean, standardDeviation: Math.sqrt(variance) }));
}
