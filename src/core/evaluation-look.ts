import type { SpentLooks } from './evaluation-types.js';
import type { Definition, EvaluationMethod } from './experiment.js';
import { groupDesign } from './group-design.js';
import { type PairEstimate, sequenceFloor } from './pair-estimate.js';
import { fixedTest, type PairSpread, zOf } from './pair-spread.js';
import { confidenceSequence, mixtureRho } from './stats/confidence-sequence.js';
import { normalQuantile } from './stats/normal.js';
import { alphaSpentAt } from './stats/spending.js';
import { acceptsNull, twoPointTest } from './stats/two-point-test.js';

/** With a horizon, the shares of alpha for the sequential test and for the one final test: 0.01 and 0.04 of 0.05. */
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
  /** GROUP_SEQUENTIAL: the looks at each variant, with this one; `EARLY` and `NOTHING_NEW` where this look tests nothing there. */
  readonly spent: ReadonlyMap<string, SpentLooks | 'EARLY' | 'NOTHING_NEW'>;
}

/** One comparison at one look, corrected for looks. */
export interface LookReading {
  readonly pValue: number;
  /** Half width of the interval at the plan's coverage, in standard errors; infinite while there is none. */
  readonly multiplier: number;
  /** SPRT: whether the test takes the side of no effect. */
  readonly isAccepted?: boolean;
}

/** Whether a plan's looks are limited by maxPeeks. */
export function isMetered(method: EvaluationMethod): boolean {
  return method === 'FREQUENTIST_T_TEST' || method === 'GROUP_SEQUENTIAL';
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

/** What is asked of a look about one comparison. */
export interface LookQuestion {
  readonly variant: string;
  readonly pair: PairEstimate;
  readonly spread: PairSpread;
  /** The smallest p-value of earlier looks; 1 for none. A method may say 1 for every p-value that is no smaller. */
  readonly smallestSoFar: number;
}

/**
 * What a look says about one comparison, for the methods that give p-values; null while there is too little for the method, `NOTHING_NEW` where
 * what earlier looks found stands.
 *
 * ALWAYS_VALID: confidence sequence; with a horizon p = min(p_cs / 0.2, p_final / 0.8), the final test made once.
 * SPRT: the same with Wald's test against minimumEffect, both sides, in the sequence's place.
 * FREQUENTIST_T_TEST: Welch's test at alpha / maxPeeks.
 * GROUP_SEQUENTIAL: the least alpha whose boundary the look crosses, and the repeated interval.
 */
export function readLook(look: Look, question: LookQuestion): LookReading | 'NOTHING_NEW' | null {
  const { pair, spread, variant, smallestSoFar } = question;
  const { method, alpha, maxPeeks, spending } = look.definition.evaluation;
  if (pair.isTooFew) return null;
  switch (method) {
    case 'FREQUENTIST_T_TEST': {
      const { pValue, multiplier } = fixedTest(pair.effect, spread, alpha / maxPeeks);
      return { pValue: Math.min(1, maxPeeks * pValue), multiplier };
    }
    case 'GROUP_SEQUENTIAL': {
      const spent = look.spent.get(variant) ?? 'NOTHING_NEW';
      if (spent === 'EARLY') return { pValue: 1, multiplier: Number.POSITIVE_INFINITY };
      if (spent === 'NOTHING_NEW') return spent;
      const design = groupDesign(spending, spent);
      const boundary = design.boundary(alpha);
      const { z, multiplier } = zOf(pair.effect, spread, boundary);
      return { pValue: design.pValue(z, smallestSoFar), multiplier };
    }
    case 'ALWAYS_VALID':
    case 'SPRT':
      return Math.min(pair.controlUnits, pair.variantUnits) < sequenceFloor ? null : withFinalTest(look, question);
    case 'BAYESIAN':
      return null;
    default:
      return method satisfies never;
  }
}

/** The sequential test at its share of alpha, and at the horizon the final one at the rest. */
function withFinalTest({ definition, isFinalTest }: Look, { pair, spread }: LookQuestion): LookReading | null {
  const { alpha, horizonUnits } = definition.evaluation;
  const share = horizonUnits === null ? 1 : sequenceShare;
  const sequence = sequentialTest(definition, pair, spread, share);
  if (!sequence) return null;
  const always = { ...sequence, pValue: Math.min(1, sequence.pValue / share) };
  if (!isFinalTest) return always;
  const final = fixedTest(pair.effect, spread, finalShare * alpha);
  return {
    ...always,
    pValue: Math.min(always.pValue, final.pValue / finalShare),
    multiplier: Math.min(always.multiplier, final.multiplier),
  };
}

/** @param share of alpha, and of the chance to miss minimumEffect, that the sequential test may use */
function sequentialTest(definition: Definition, pair: PairEstimate, spread: PairSpread, share: number): LookReading | null {
  const { method, alpha, power, minimumEffect } = definition.evaluation;
  const { testError, standardError } = spread;
  if (method === 'SPRT') {
    const alternative = (minimumEffect ?? 0) * Math.abs(pair.controlMean);
    if (!(alternative > 0)) return null;
    const test = twoPointTest(pair.effect, testError, alternative, share * alpha);
    const isAccepted = acceptsNull(pair.effect, testError, alternative, { alpha: alpha / 2, beta: share * (1 - power) });
    return { pValue: test.pValue, multiplier: test.halfWidth / standardError, isAccepted };
  }
  const reading = { estimate: pair.effect, standardError: testError, n: pair.controlUnits + pair.variantUnits };
  const { pValue, halfWidth } = confidenceSequence(reading, share * alpha, mixtureRho(share * alpha, mixtureTargetUnits(definition)));
  return { pValue, multiplier: halfWidth / standardError };
}

export interface SpentSoFar {
  /** Looks so far, this one too. */
  readonly look: number;
  readonly finalTestMade: boolean;
  /** GROUP_SEQUENTIAL: of the plan that error has been spent by. */
  readonly fraction: number;
}

/** Alpha used up to now; null for BAYESIAN, which spends none. */
export function alphaSpent({ evaluation }: Definition, { look, finalTestMade, fraction }: SpentSoFar): number | null {
  const { method, alpha, maxPeeks, horizonUnits, spending } = evaluation;
  switch (method) {
    case 'BAYESIAN':
      return null;
    case 'FREQUENTIST_T_TEST':
      return (alpha * Math.min(look, maxPeeks)) / maxPeeks;
    case 'GROUP_SEQUENTIAL':
      return fraction > 0 ? alphaSpentAt(spending, alpha, 2, fraction) : 0;
    case 'ALWAYS_VALID':
    case 'SPRT':
      if (look === 0) return 0;
      return horizonUnits === null || finalTestMade ? alpha : sequenceShare * alpha;
    default:
      return method satisfies never;
  }
}
