import { type Moments, requireMoments } from './moments.js';
import { requireFinite, requireLevel, requireValid } from './statistics-error.js';
import { studentQuantile } from './student-t.js';
import { type ArmEstimate, welchOfEstimates } from './welch.js';

export interface Margin {
  /** At least 0: a share of the control's mean (which has to be positive for the share to mean "worse by"), or an amount. */
  readonly margin: number;
  readonly kind: 'relative' | 'absolute';
}

/**
 * One-sided test of "worse than the control by at least the margin". A relative margin needs no division: the control's mean is scaled by
 * 1 - margin (1 + margin where less is better).
 *
 * @param alpha  one-sided, in (0, 1)
 * @returns `estimate` is the distance from the margin in the good direction; `pDeterioration` tests plain harm
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE, ZERO_VARIANCE
 * @see Schultzberg et al. (2024), arXiv:2402.11609
 */
export function nonInferiorityTest(control: Moments, treatment: Moments, { margin, kind }: Margin, isHigherBetter: boolean, alpha: number) {
  requireLevel('alpha', alpha);
  requireFinite({ margin });
  requireValid(margin >= 0, `a margin is at least 0, received ${margin}`);
  requireMoments(control, treatment);
  const sign = isHigherBetter ? 1 : -1;
  const factor = kind === 'relative' ? 1 - sign * margin : 1;
  const shift = kind === 'absolute' ? margin : 0;
  const test = welchOfEstimates(scaled(control, sign * factor), scaled(treatment, sign), 0.95, -shift);
  const estimate = test.difference + shift;
  const lowerBound = estimate - studentQuantile(alpha, test.degreesOfFreedom, 'upper') * test.standardError;
  const harm = welchOfEstimates(scaled(control, sign), scaled(treatment, sign), 0.95);
  return {
    estimate,
    standardError: test.standardError,
    t: test.t,
    degreesOfFreedom: test.degreesOfFreedom,
    pValue: test.pGreater,
    lowerBound,
    isNonInferior: test.pGreater <= alpha,
    pDeterioration: harm.pLess,
  };
}

function scaled({ n, mean, variance }: Moments, factor: number): ArmEstimate {
  return { n, value: factor * mean, varianceOfValue: (factor ** 2 * variance) / n };
}
