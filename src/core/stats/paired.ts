import { sampleMoments } from './moments.js';
import { requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';
import { studentQuantile, studentTails } from './student-t.js';

/**
 * Student's test on treatment minus control, pair by pair: matched clusters, or neighbouring windows of a switchback.
 *
 * @param control,treatment  of the same length, two pairs or more
 * @param level              of the interval, in (0, 1)
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE, ZERO_VARIANCE when all differences are equal
 * @see Student (1908)
 */
export function pairedTest(control: readonly number[], treatment: readonly number[], level: number) {
  requireValid(control.length === treatment.length, 'every value needs its partner');
  for (const value of [...control, ...treatment]) requireValid(Number.isFinite(value), `values must be finite, received ${value}`);
  requireLevel('level', level);
  const { n, mean, variance } = sampleMoments(treatment.map((value, index) => value - (control[index] ?? 0)));
  if (!(variance > 0)) throw new StatisticsError('ZERO_VARIANCE', 'all differences are equal');
  const standardError = Math.sqrt(variance / n);
  const t = mean / standardError;
  requireFinite({ t });
  const halfWidth = studentQuantile((1 - level) / 2, n - 1, 'upper') * standardError;
  return {
    difference: mean,
    standardError,
    t,
    degreesOfFreedom: n - 1,
    pTwoSided: Math.min(1, 2 * studentTails(Math.abs(t), n - 1).upper),
    lower: mean - halfWidth,
    upper: mean + halfWidth,
  };
}
