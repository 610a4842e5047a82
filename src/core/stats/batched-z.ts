import { type Moments, requireMoments } from './moments.js';
import { normalTails } from './normal.js';
import { StatisticsError } from './statistics-error.js';
import { welchError } from './welch.js';

/**
 * Sum of the batches' z over the root of their number: right under adaptive allocation when every batch has many conversions in each arm, and
 * badly wrong otherwise (10 to 43% false alarms); a cross-check, never the default.
 *
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE, ZERO_VARIANCE
 * @see Zhang, Janson and Murphy (2020)
 */
export function batchedZTest(batches: readonly { readonly control: Moments; readonly treatment: Moments }[]) {
  requireMoments(...batches.flatMap(({ control, treatment }) => [control, treatment]));
  if (batches.length === 0) throw new StatisticsError('INSUFFICIENT_SAMPLE', 'no batches');
  const batchZ = batches.map(({ control, treatment }) => {
    const estimate = ({ n, variance }: Moments) => ({ n, varianceOfValue: variance / n });
    return (treatment.mean - control.mean) / welchError(estimate(control), estimate(treatment)).standardError;
  });
  const z = batchZ.reduce((sum, value) => sum + value, 0) / Math.sqrt(batches.length);
  return { batchZ, z, pTwoSided: Math.min(1, 2 * normalTails(Math.abs(z)).upper) };
}
