import type { Definition } from './experiment.js';
import { type PairEstimate, sequenceFloor } from './pair-estimate.js';
import { fixedTest, type PairSpread } from './pair-spread.js';
import { confidenceSequence, mixtureRho } from './stats/confidence-sequence.js';
import { normalQuantile } from './stats/normal.js';

/** With a horizon, the shares of alpha for the confidence sequence and for the one final test: 0.01 and 0.04 of 0.05. */
export const sequenceShare = 0.2;
export const finalShare = 0.8;

/** Units at which the mixture is tightest when the plan says nothing. */
const defaultTargetUnits = 5000;

/** What is known of a metric before the data: a conversion rate of 5%, or a deviation of twice the mean. Only tightness hangs on it, never validity. */
const assumedSquaredVariation = { CONVERSION: 19, COUNT: 4, CONTINUOUS: 4, RATIO: 4 } as const;

/** What is read at this look. */
export interface Look {
  readonly definition: Definition;
  /** Whether this is the one final test at the horizon. */
  readonly isFinalTest: boolean;
}

/** One comparison at one look, corrected for looks. */
export interface LookReading {
  readonly pValue: number;
  /** Half width of the interval at the plan's coverage, in standard errors. */
  readonly multiplier: number;
}

/**
 * Units of a pair of arms for which the confidence sequence of ALWAYS_VALID is tuned; fixed by the plan alone.
 * Half of what the pair has at the horizon, else half of what minimumEffect takes, else 5,000.
 */
export function mixtureTargetUnits({ evaluation, variants, metrics }: Definition): number {
  const { horizonUnits, minimumEffect, alpha, power } = evaluation;
  if (horizonUnits) return horizonUnits / variants.length;
  if (!minimumEffect) return defaultTargetUnits;
  const type = metrics.find(({ role }) => role === 'PRIMARY')?.type ?? 'CONVERSION';
  const points = normalQuantile(alpha / 2, 'upper') + normalQuantile(power, 'lower');
  const unitsPerArm = (2 * assumedSquaredVariation[type] * points ** 2) / minimumEffect ** 2;
  return Math.max(2 * sequenceFloor, unitsPerArm);
}

/**
 * What a look says about one comparison; null while there is too little for the method.
 *
 * ALWAYS_VALID: confidence sequence; with a horizon p = min(p_cs / 0.2, p_final / 0.8), the final test made once.
 * FREQUENTIST_T_TEST: Welch's test at alpha / maxPeeks.
 */
export function readLook({ definition, isFinalTest }: Look, pair: PairEstimate, spread: PairSpread): LookReading | null {
  const { method, alpha, maxPeeks, horizonUnits } = definition.evaluation;
  if (pair.tooFewConversions) return null;
  if (method === 'FREQUENTIST_T_TEST') {
    const { pValue, multiplier } = fixedTest(pair.effect, spread, alpha / maxPeeks);
    return { pValue: Math.min(1, maxPeeks * pValue), multiplier };
  }
  if (Math.min(pair.controlUnits, pair.variantUnits) < sequenceFloor) return null;
  const share = horizonUnits === null ? 1 : sequenceShare;
  const reading = { estimate: pair.effect, standardError: spread.testError, n: pair.controlUnits + pair.variantUnits };
  const sequence = confidenceSequence(reading, share * alpha, mixtureRho(share * alpha, mixtureTargetUnits(definition)));
  const always = { pValue: Math.min(1, sequence.pValue / share), multiplier: sequence.halfWidth / spread.standardError };
  if (!isFinalTest) return always;
  const final = fixedTest(pair.effect, spread, finalShare * alpha);
  return {
    pValue: Math.min(always.pValue, final.pValue / finalShare),
    multiplier: Math.min(always.multiplier, final.multiplier),
  };
}

/** Alpha used up to now. @param look looks so far, this one too */
export function alphaSpent({ evaluation }: Definition, look: number, finalTestMade: boolean): number {
  const { method, alpha, maxPeeks, horizonUnits } = evaluation;
  if (look === 0) return 0;
  if (method === 'FREQUENTIST_T_TEST') return (alpha * Math.min(look, maxPeeks)) / maxPeeks;
  return horizonUnits === null || finalTestMade ? alpha : sequenceShare * alpha;
}
