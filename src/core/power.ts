import { maxGroupLooks } from './definition-plan.js';
import { type DomainError, type Problem, refusal, refuseIfAny } from './errors.js';
import { finalShare } from './evaluation-look.js';
import type { EvaluationMethod, MetricType, SpendingFunction } from './experiment.js';
import { groupSequentialInflation } from './stats/group-sequential-planning.js';
import { sampleSizeMeans, sampleSizeProportions, type TestPlan } from './stats/sample-size.js';
import { StatisticsError } from './stats/statistics-error.js';

/** A question about sample size: exactly one of minimumEffect and unitsPerVariant is given. */
export interface PowerInput {
  readonly metricType: MetricType;
  /** The control's mean, or its rate for CONVERSION. */
  readonly baseline: number;
  /** Standard deviation a unit; needed except for CONVERSION. RATIO: of (numerator - ratio x denominator) / mean denominator. */
  readonly standardDeviation: number | null;
  /** Relative change to be found; its sign is that of the change. */
  readonly minimumEffect: number | null;
  readonly unitsPerVariant: number | null;
  readonly alpha: number;
  readonly power: number;
  /** The control included, 2 to 20. */
  readonly variants: number;
  readonly method: EvaluationMethod;
  readonly maxPeeks: number;
  /** How GROUP_SEQUENTIAL spends alpha. */
  readonly spending: SpendingFunction;
  readonly unitsPerDay: number | null;
}

export interface PowerPlan {
  readonly unitsPerVariant: number;
  readonly totalUnits: number;
  /** Null without unitsPerDay. */
  readonly days: number | null;
  readonly minimumEffect: number;
  readonly power: number;
}

/**
 * The size of an experiment, or the effect that a size finds, by the normal approximation with each arm's own variance.
 * ALWAYS_VALID and SPRT are planned for their final test at the horizon (0.8 alpha), FREQUENTIST_T_TEST for one look (alpha / maxPeeks),
 * GROUP_SEQUENTIAL for maxPeeks equal steps; BAYESIAN so that the credible interval at 1 - alpha leaves out
 * "no effect" with the power, for its own promise is about loss. alpha is shared among the variants that are compared with the control.
 *
 * @throws DomainError with every fault: NOT_EXACTLY_ONE, INVALID_RANGE, BAD_USER_INPUT
 */
export function planPower(input: PowerInput): PowerPlan {
  refuseIfAny(faultsOf(input));
  let plan: PowerPlan;
  try {
    plan = planned(input);
  } catch (error) {
    if (error instanceof StatisticsError) throw tooExtreme(error.message);
    throw error;
  }
  // Each member may be in its range, and what comes of them together still be beyond what a number holds.
  if (!Number.isFinite(plan.minimumEffect) || !Number.isFinite(plan.days ?? 0)) throw tooExtreme('what comes of them is not finite');
  return plan;
}

function tooExtreme(why: string): DomainError {
  return refusal('INVALID_RANGE', `Nothing can be planned with numbers so extreme: ${why}.`);
}

function planned(input: PowerInput): PowerPlan {
  const { minimumEffect, variants, unitsPerDay } = input;
  const alpha = (input.alpha * shareOfTest(input)) / (variants - 1);
  const plan = { alpha, power: input.power, sides: 2, allocationRatio: 1, inflation: inflationOf(input, alpha) } as const;
  const effect = minimumEffect ?? effectFound(input, plan);
  if (effect === null) {
    throw refusal(
      'INVALID_RANGE',
      'No change of this baseline could be found with so few units.',
      ['unitsPerVariant'],
      input.unitsPerVariant,
    );
  }
  const unitsPerVariant = input.unitsPerVariant ?? Math.ceil(unitsNeeded(input, plan, effect));
  if (!Number.isSafeInteger(unitsPerVariant * variants)) {
    throw refusal(
      'INVALID_RANGE',
      'The change is too small: it would take more units than can be counted.',
      ['minimumEffect'],
      minimumEffect,
    );
  }
  const totalUnits = unitsPerVariant * variants;
  return {
    unitsPerVariant,
    totalUnits,
    days: unitsPerDay === null ? null : totalUnits / unitsPerDay,
    minimumEffect: effect,
    power: input.power,
  };
}

/** Of alpha, that the test which is planned for may use. */
function shareOfTest({ method, maxPeeks }: PowerInput): number {
  switch (method) {
    case 'ALWAYS_VALID':
    case 'SPRT':
      return finalShare;
    case 'FREQUENTIST_T_TEST':
      return 1 / maxPeeks;
    case 'GROUP_SEQUENTIAL':
    case 'BAYESIAN':
      return 1;
    default:
      return method satisfies never;
  }
}

/** What looks cost in units, as a factor on those of one fixed test. */
function inflationOf({ method, maxPeeks, spending, power }: PowerInput, alpha: number): number {
  if (method !== 'GROUP_SEQUENTIAL' || maxPeeks === 1) return 1;
  const information = Array.from({ length: maxPeeks }, (_, look) => (look + 1) / maxPeeks);
  return groupSequentialInflation({ spending, alpha, sides: 2, information }, power).inflation;
}

type LookPlan = TestPlan & { readonly inflation: number };

function unitsNeeded({ metricType, baseline, standardDeviation }: PowerInput, plan: LookPlan, effect: number): number {
  if (metricType === 'CONVERSION')
    return plan.inflation * sampleSizeProportions(baseline, Math.min(1, baseline * (1 + effect)), plan, 'unpooled').controlExact;
  const deviation = standardDeviation ?? 0;
  return plan.inflation * sampleSizeMeans(deviation, deviation, baseline * effect, plan).controlExact;
}

/** The smallest rise that so many units find; for a rate that can rise no further, null. */
function effectFound(input: PowerInput, plan: LookPlan): number | null {
  const units = input.unitsPerVariant ?? 0;
  if (input.metricType !== 'CONVERSION') return Math.sqrt(unitsNeeded(input, plan, 1) / units);
  let low = 0;
  let high = 1 / input.baseline - 1;
  if (unitsNeeded(input, plan, high) > units) return null;
  // Units fall as the rate rises: both the distance grows and, towards 1, the variance falls.
  for (let step = 0; step < 200 && high - low > 1e-15 * high; step++) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    if (unitsNeeded(input, plan, middle) > units) low = middle;
    else high = middle;
  }
  return high;
}

type Fault = readonly [isFault: boolean, code: Problem['code'], member: keyof PowerInput, message: string];

function faultsOf(input: PowerInput): readonly Problem[] {
  const { metricType, baseline, standardDeviation: deviation, minimumEffect: effect, unitsPerVariant: units, unitsPerDay, method } = input;
  const isRate = metricType === 'CONVERSION';
  const isBaseline = isRate ? baseline > 0 && baseline < 1 : Number.isFinite(baseline) && baseline !== 0;
  const rate = baseline * (1 + (effect ?? 0));
  const faults: readonly Fault[] = [
    [(effect === null) === (units === null), 'NOT_EXACTLY_ONE', 'minimumEffect', 'Give exactly one of minimumEffect and unitsPerVariant.'],
    [isRate && !isBaseline, 'INVALID_RANGE', 'baseline', 'A rate is between 0 and 1.'],
    [!isRate && !isBaseline, 'INVALID_RANGE', 'baseline', 'A relative change needs a baseline other than 0.'],
    [!isRate && deviation === null, 'BAD_USER_INPUT', 'standardDeviation', `${metricType} needs standardDeviation.`],
    [!isRate && deviation !== null && !isPositive(deviation), 'INVALID_RANGE', 'standardDeviation', 'It is above 0.'],
    [effect === 0 || !Number.isFinite(effect ?? 1), 'INVALID_RANGE', 'minimumEffect', 'It is a change other than 0.'],
    [
      isRate && isBaseline && (rate < 0 || rate > 1),
      'INVALID_RANGE',
      'minimumEffect',
      `It would make the rate ${rate}, which is not in [0, 1].`,
    ],
    [units !== null && !(Number.isSafeInteger(units) && units >= 2), 'INVALID_RANGE', 'unitsPerVariant', 'It is a whole number from 2.'],
    [!isShare(input.alpha), 'INVALID_RANGE', 'alpha', 'It is between 0 and 1.'],
    [!isShare(input.power), 'INVALID_RANGE', 'power', 'It is between 0 and 1.'],
    [!isWholeIn(input.variants, 2, 20), 'INVALID_RANGE', 'variants', 'It is 2 to 20, the control included.'],
    [!isWholeIn(input.maxPeeks, 1, Number.MAX_SAFE_INTEGER), 'INVALID_RANGE', 'maxPeeks', 'It is a whole number from 1.'],
    [
      method === 'GROUP_SEQUENTIAL' && input.maxPeeks > maxGroupLooks,
      'INVALID_RANGE',
      'maxPeeks',
      `GROUP_SEQUENTIAL takes at most ${maxGroupLooks} looks.`,
    ],
    [unitsPerDay !== null && !isPositive(unitsPerDay), 'INVALID_RANGE', 'unitsPerDay', 'It is above 0.'],
  ];
  return faults.flatMap(([isFault, code, member, message]) =>
    isFault ? [{ code, message, path: [member], received: input[member] }] : [],
  );
}

function isShare(value: number): boolean {
  return value > 0 && value < 1;
}

function isWholeIn(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function isPositive(value: number): boolean {
  return value > 0 && Number.isFinite(value);
}
