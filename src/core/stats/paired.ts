import { sampleMoments } from './moments.js';
import { requireLevel, requireValid, StatisticsError } from './statistics-error.js';
import { studentQuantile, studentTails } from './student-t.js';

/**
 * Student's test on treatment minus control, pair by pair: matched clusters, or neighbouring windows of a switchback.
 *
 * @param control,treatment  of the same length, two pairs or more
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE, ZERO_VARIANCE when all differences are equal
 */
export function pairedTest(control: readonly number[], treatment: readonly number[], level: number) {
  requireValid(control.length === treatment.length, 'every value needs its partner');
  requireLevel('level', level);
  const { n, mean, variance } = sampleMoments(treatment.map((value, index) => value - (control[index] ?? 0)));
  if (!(variance > 0)) throw new StatisticsError('ZERO_VARIANCE', 'all differences are equal');
  const standardError = Math.sqrt(variance / n);
  const t = mean / standardError;
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
