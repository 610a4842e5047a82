import { type Moments, requireMoments } from './moments.js';
import { requireFinite, requireLevel } from './statistics-error.js';
import { studentQuantile } from './student-t.js';
import { type ArmEstimate, welchOfEstimates } from './welch.js';

/** How much worse is still no harm. */
export interface NonInferiorityMargin {
  /** In the metric's unit, or as a share of the control's mean, which has to be positive then for the share to mean "worse by". */
  readonly size: number;
  readonly type: 'ABSOLUTE' | 'RELATIVE';
  readonly higherIsBetter: boolean;
}

/**
 * One-sided Welch test of "the treatment is worse than the control by the margin or more"; a small p-value says that it is safe.
 * The estimate is the distance from the margin in the good direction. For a metric of which more is better it is m_t - m_c + margin, or
 * m_t - (1 - margin) m_c, which scales the control and its error instead of dividing by it; mirrored where less is better.
 *
 * @param alpha  one-sided, in (0, 1)
 * @returns `pDeterioration` is that of "no harm at all": small when the treatment is worse than the control
 * @throws StatisticsError INVALID_DATA, INSUFFICIENT_SAMPLE, ZERO_VARIANCE
 * @see Schultzberg, Ankargren and Frånberg (2024), arXiv:2402.11609; Hauschke et al. (1999) for relative margins
 */
export function nonInferiorityTest(control: Moments, treatment: Moments, margin: NonInferiorityMargin, alpha: number) {
  requireLevel('alpha', alpha);
  requireFinite({ margin: margin.size });
  requireMoments(control, treatment);
  const sign = margin.higherIsBetter ? 1 : -1;
  const scale = margin.type === 'RELATIVE' ? 1 - sign * margin.size : 1;
  const shift = margin.type === 'ABSOLUTE' ? margin.size : 0;
  const tested = welchOfEstimates(signed(control, sign, scale), signed(treatment, sign, 1), 0.5, -shift);
  const harm = welchOfEstimates(signed(control, sign, 1), signed(treatment, sign, 1), 0.5);
  const estimate = tested.difference + shift;
  const lower = estimate - studentQuantile(alpha, tested.degreesOfFreedom, 'upper') * tested.standardError;
  return {
    estimate,
    standardError: tested.standardError,
    t: tested.t,
    degreesOfFreedom: tested.degreesOfFreedom,
    pValue: tested.pGreater,
    lower,
    isNonInferior: tested.pGreater <= alpha,
    pDeterioration: harm.pLess,
  };
}

function signed({ n, mean, variance }: Moments, sign: number, scale: number): ArmEstimate {
  return { n, value: sign * scale * mean, varianceOfValue: (scale ** 2 * variance) / n };
}
