import { normalQuantile, normalTails } from './normal.js';
import { finite, requireCount, requireFinite, requireLevel, requireValid, StatisticsError } from './statistics-error.js';

/** What a planned test promises. */
export interface TestPlan {
  readonly alpha: number;
  readonly power: number;
  readonly sides: 1 | 2;
  /** Treatment units for each control unit, above 0. */
  readonly allocationRatio: number;
}

export interface SampleSize {
  readonly controlExact: number;
  readonly treatmentExact: number;
  /** Rounded up. */
  readonly control: number;
  readonly treatment: number;
}

/**
 * Units to tell two rates apart, normal approximation.
 *
 * @param variance  "unpooled", or "pooled" under the null hypothesis (R power.prop.test, strict = FALSE)
 * @throws StatisticsError INVALID_DATA for rates outside (0, 1) or equal
 * @see Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, chapter 4
 */
export function sampleSizeProportions(
  baselineRate: number,
  treatmentRate: number,
  plan: TestPlan,
  variance: 'pooled' | 'unpooled',
): SampleSize {
  const { alphaPoint, powerPoint } = criticalPoints(plan);
  for (const rate of [baselineRate, treatmentRate]) requireValid(rate >= 0 && rate <= 1, `a rate is in [0, 1], received ${rate}`);
  requireValid(baselineRate !== treatmentRate, 'there is no effect to detect');
  const ratio = plan.allocationRatio;
  const own = baselineRate * (1 - baselineRate) + (treatmentRate * (1 - treatmentRate)) / ratio;
  const average = (baselineRate + ratio * treatmentRate) / (1 + ratio);
  const underNull = variance === 'pooled' ? average * (1 - average) * (1 + 1 / ratio) : own;
  const effect = treatmentRate - baselineRate;
  return rounded(((alphaPoint * Math.sqrt(underNull) + powerPoint * Math.sqrt(own)) / effect) ** 2, ratio);
}

/**
 * Units to tell two means apart, normal approximation. @throws StatisticsError INVALID_DATA for an effect of 0, ZERO_VARIANCE when neither arm varies
 * @see Chow, Shao and Wang (2008), Sample Size Calculations in Clinical Research, chapter 3
 */
export function sampleSizeMeans(controlDeviation: number, treatmentDeviation: number, effect: number, plan: TestPlan): SampleSize {
  const { alphaPoint, powerPoint } = criticalPoints(plan);
  requireDeviations(controlDeviation, treatmentDeviation);
  requireFinite({ effect });
  requireValid(effect !== 0, 'there is no effect to detect');
  requireVariation(controlDeviation, treatmentDeviation);
  const variance = controlDeviation ** 2 + treatmentDeviation ** 2 / plan.allocationRatio;
  return rounded((variance * (alphaPoint + powerPoint) ** 2) / effect ** 2, plan.allocationRatio);
}

/** Power of a test of two means of given sizes, and the effect it finds with 80%, normal approximation; both rejection sides count. */
export function powerMeans(
  controlDeviation: number,
  treatmentDeviation: number,
  controlUnits: number,
  treatmentUnits: number,
  effect: number,
  alpha: number,
  sides: 1 | 2,
) {
  requireDeviations(controlDeviation, treatmentDeviation);
  requireFinite({ effect });
  for (const units of [controlUnits, treatmentUnits]) requireCount('units', units);
  const { alphaPoint, powerPoint } = criticalPoints({ alpha, power: 0.8, sides, allocationRatio: 1 });
  if (controlUnits === 0 || treatmentUnits === 0) throw new StatisticsError('INSUFFICIENT_SAMPLE', 'needs units in both arms');
  requireVariation(controlDeviation, treatmentDeviation);
  const standardError = Math.sqrt(controlDeviation ** 2 / controlUnits + treatmentDeviation ** 2 / treatmentUnits);
  const drift = Math.abs(effect) / standardError;
  const wrongSide = sides === 2 ? normalTails(drift + alphaPoint).upper : 0;
  return finite({
    power: normalTails(alphaPoint - (sides === 2 ? drift : effect / standardError)).upper + wrongSide,
    minimumDetectableEffect80: (alphaPoint + powerPoint) * standardError,
  });
}

function criticalPoints({ alpha, power, sides, allocationRatio }: TestPlan): { readonly alphaPoint: number; readonly powerPoint: number } {
  requireLevel('alpha', alpha);
  requireLevel('power', power);
  requireValid(sides === 1 || sides === 2, `a test has 1 or 2 sides, received ${sides}`);
  requireValid(
    allocationRatio > 0 && Number.isFinite(allocationRatio),
    `the allocation ratio must be above 0, received ${allocationRatio}`,
  );
  return { alphaPoint: normalQuantile(alpha / sides, 'upper'), powerPoint: normalQuantile(power, 'lower') };
}

function requireDeviations(...deviations: readonly number[]): void {
  for (const deviation of deviations) {
    requireValid(deviation >= 0 && Number.isFinite(deviation), `a standard deviation cannot be ${deviation}`);
  }
}

function requireVariation(...deviations: readonly number[]): void {
  if (deviations.every((deviation) => deviation === 0)) throw new StatisticsError('ZERO_VARIANCE', 'neither arm varies');
}

function rounded(controlExact: number, ratio: number): SampleSize {
  const treatmentExact = controlExact * ratio;
  return finite({ controlExact, treatmentExact, control: Math.ceil(controlExact), treatment: Math.ceil(treatmentExact) });
}
