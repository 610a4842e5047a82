import { oneSidedConfidenceSequence } from './confidence-sequence.js';
import { requireCount, requireValid } from './statistics-error.js';

/** Two arms over units that were exposed at the same time. */
export interface RateStratum {
  readonly units: number;
  readonly conversions: number;
  readonly referenceUnits: number;
  readonly referenceConversions: number;
}

/** 1: has it risen, -1: has it fallen. */
export type Side = 1 | -1;

/** How far an arm's rate has moved against its reference's; the null hypothesis is that it has not, or to the other side. */
export interface Shift {
  /** Standard errors. */
  readonly z: number;
  /** ln of a p-value that may be read as often as one likes while the later strata fill; the earlier ones are fixed. */
  readonly logPValue: number;
}

/** @throws StatisticsError INVALID_DATA for what is no count */
export function requireStratum({ units, conversions, referenceUnits, referenceConversions }: RateStratum): void {
  requireCount('units', units);
  requireCount('conversions', conversions);
  requireCount('units of the reference', referenceUnits);
  requireCount('conversions of the reference', referenceConversions);
}

/**
 * The shift whose estimate has this standard error: the p-value is that of a normal mixture over shifts to the one side, of the size of `scale`.
 *
 * @throws StatisticsError INVALID_DATA
 * @see Robbins (1970); Howard et al. (2021)
 */
export function mixedShift(z: number, standardError: number, scale: number): Shift {
  requireValid(scale > 0 && Number.isFinite(scale), `the scale must be above 0, received ${scale}`);
  const reading = { estimate: z * standardError, standardError, n: 1 / standardError ** 2 };
  return { z, logPValue: oneSidedConfidenceSequence(reading, 0.5, scale).logPValue };
}
