import { finite, requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';

/** An estimate with its standard error, after n independent units (of both arms when it is a difference). */
export interface Reading {
  readonly estimate: number;
  readonly standardError: number;
  readonly n: number;
}

/**
 * Tuning of the mixture, so that the sequence is tightest at about `targetUnits`; to be fixed before the data.
 *
 * @param alpha        of the sequence, in (0, 1); for a one-sided one twice its alpha
 * @param targetUnits  above 0
 * @see Waudby-Smith et al. (2024), Time-uniform central limit theory and asymptotic confidence sequences
 */
export function mixtureRho(alpha: number, targetUnits: number): number {
  requireLevel('alpha', alpha);
  requireValid(targetUnits > 0 && Number.isFinite(targetUnits), `target units must be above 0, received ${targetUnits}`);
  const logTerm = -2 * Math.log(alpha);
  return finite(Math.sqrt((logTerm + Math.log(1 + logTerm)) / targetUnits));
}

/**
 * The exact optimum of which {@link mixtureRho} is the usual approximation, by the lower branch of Lambert's W.
 * @see Howard et al. (2021)
 */
export function exactMixtureRho(alpha: number, targetUnits: number): number {
  requireLevel('alpha', alpha);
  requireValid(targetUnits > 0 && Number.isFinite(targetUnits), `target units must be above 0, received ${targetUnits}`);
  // -W_{-1}(-alpha^2 / e) is the root w > 1 of w - ln w = 1 - 2 ln alpha.
  const goal = 1 - 2 * Math.log(alpha);
  let w = goal + Math.log(goal);
  for (let step = 0; step < 60; step++) {
    const next = w - (w - Math.log(w) - goal) / (1 - 1 / w);
    if (Math.abs(next - w) <= 2e-16 * w) break;
    w = next;
  }
  return finite(Math.sqrt((w - 1) / targetUnits));
}

/**
 * Two-sided asymptotic confidence sequence: valid whenever it is read, as often as one likes.
 * With m = n rho^2 the half width is se sqrt(2 (m + 1) / m ln(sqrt(m + 1) / alpha)).
 *
 * @param rho  from {@link mixtureRho}
 * @returns `multiplier` is the half width in standard errors; the p-value is that of "no effect"
 * @throws StatisticsError INVALID_DATA, ZERO_VARIANCE when the standard error is 0
 * @see Waudby-Smith et al. (2024), theorem 2.2; Robbins (1970)
 */
export function confidenceSequence(reading: Reading, alpha: number, rho: number) {
  const { z, m } = standardised(reading, alpha, rho);
  const multiplier = Math.sqrt(((2 * (m + 1)) / m) * (0.5 * Math.log1p(m) - Math.log(alpha)));
  const halfWidth = multiplier * reading.standardError;
  const logPValue = Math.min(0, 0.5 * Math.log1p(m) - (z * z * m) / (2 * (m + 1)));
  return finite({
    multiplier,
    halfWidth,
    lower: reading.estimate - halfWidth,
    upper: reading.estimate + halfWidth,
    pValue: Math.exp(logPValue),
    logPValue,
  });
}

/**
 * One-sided lower confidence sequence; the p-value is that of "no effect above 0".
 *
 * @param rho  from {@link mixtureRho} at 2 alpha
 * @throws StatisticsError INVALID_DATA, ZERO_VARIANCE
 * @see Waudby-Smith et al. (2024); Robbins (1970)
 */
export function oneSidedConfidenceSequence(reading: Reading, alpha: number, rho: number) {
  const { z, m } = standardised(reading, alpha, rho);
  const multiplier = Math.sqrt(((2 * (m + 1)) / m) * Math.log1p(Math.sqrt(m + 1) / (2 * alpha)));
  const halfWidth = multiplier * reading.standardError;
  const logPValue = z > 0 ? Math.min(0, logOneSidedPValue((z * z * m) / (2 * (m + 1)), m)) : 0;
  return finite({ multiplier, halfWidth, lower: reading.estimate - halfWidth, pValue: Math.exp(logPValue), logPValue });
}

/** ln of sqrt(m + 1) / (2 (e^exponent - 1)), where e^exponent may overflow. */
function logOneSidedPValue(exponent: number, m: number): number {
  const logOfExcess = exponent > 30 ? exponent + Math.log1p(-Math.exp(-exponent)) : Math.log(Math.expm1(exponent));
  return 0.5 * Math.log1p(m) - Math.LN2 - logOfExcess;
}

function standardised({ estimate, standardError, n }: Reading, alpha: number, rho: number): { readonly z: number; readonly m: number } {
  requireFinite({ estimate, standardError, n, rho });
  requireLevel('alpha', alpha);
  requireValid(
    standardError >= 0 && n >= 0 && rho > 0,
    `needs n >= 0, rho > 0 and a standard error >= 0, received ${n}, ${rho}, ${standardError}`,
  );
  if (n === 0) throw new StatisticsError('INSUFFICIENT_SAMPLE', 'no units');
  if (standardError === 0) throw new StatisticsError('ZERO_VARIANCE', 'the standard error is 0');
  const z = estimate / standardError;
  requireFinite({ z });
  return { z, m: n * rho * rho };
}
