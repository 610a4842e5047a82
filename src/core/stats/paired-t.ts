import { sampleMoments } from './moments.js';
import { requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';
import { studentQuantile, studentTails } from './student-t.js';

/**
 * Student's test on treatment minus control, pair by pair: matched clusters, neighbouring windows of a switchback.
 *
 * @param control,treatment  one value a pair, in the same order; two pairs or more
 * @param level              of the interval, in (0, 1)
 * @returns the mean difference with its standard error, t with pairs - 1 degrees of freedom, tails and interval
 * @throws StatisticsError INVALID_DATA for unequal lengths and values that are not finite, INSUFFICIENT_SAMPLE below two pairs,
 *   ZERO_VARIANCE when all pairs differ by the same
 * @see Student (1908)
 */
export function pairedTTest(control: readonly number[], treatment: readonly number[], level: number) {
  requireValid(control.length === treatment.length, `pairs need both values, received ${control.length} and ${treatment.length}`);
  for (const value of [...control, ...treatment]) requireValid(Number.isFinite(value), `values must be finite, received ${value}`);
  requireLevel('level', level);
  const { n, mean: difference, variance } = sampleMoments(treatment.map((value, index) => value - (control[index] ?? 0)));
  if (!(variance > 0)) throw new StatisticsError('ZERO_VARIANCE', 'all pairs differ by the same');
  const standardError = Math.sqrt(variance / n);
  const degreesOfFreedom = n - 1;
  const t = difference / standardError;
  requireFinite({ t });
  const { lower: pLess, upper: pGreater } = studentTails(t, degreesOfFreedom);
  const halfWidth = studentQuantile((1 - level) / 2, degreesOfFreedom, 'upper') * standardError;
  return {
    difference,
    standardError,
    t,
    degreesOfFreedom,
    pTwoSided: Math.min(1, 2 * Math.min(pLess, pGreater)),
    pGreater,
    pLess,
    lower: difference - halfWidth,
    upper: difference + halfWidth,
  };
}
