import { studentTail } from './distributions.js';

/** Textbook comparisons of arms whose every unit is known, for tests of what the product answers. Nothing here comes from the product. */

export interface Measured {
  /** The unit's value, or what is above the line of a ratio. */
  readonly x: number;
  /** Its value before exposure, or what is below the line; 0 where the metric has neither. */
  readonly y: number;
}

/** How units are measured: as they are, sum over sum, or with what values before exposure explain taken off. */
export type Kind = 'PLAIN' | 'RATIO' | 'CUPED';

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
export const mean = (values: readonly number[]) => sum(values) / values.length;

export function covariance(a: readonly number[], b: readonly number[]): number {
  const [centreA, centreB] = [mean(a), mean(b)];
  return sum(a.map((value, i) => (value - centreA) * ((b[i] as number) - centreB))) / (a.length - 1);
}

export const variance = (values: readonly number[]) => covariance(values, values);

/** For each arm one value a unit: their mean is the arm's, and their variance over the number of units that of the mean. */
export function valuesOf(arms: readonly (readonly Measured[])[], kind: Kind): readonly (readonly number[])[] {
  const columns = arms.map((units) => ({ x: units.map(({ x }) => x), y: units.map(({ y }) => y) }));
  if (kind === 'PLAIN') return columns.map(({ x }) => x);
  if (kind === 'RATIO') {
    return columns.map(({ x, y }) => x.map((value, i) => sum(x) / sum(y) + (value - (sum(x) / sum(y)) * (y[i] as number)) / mean(y)));
  }
  const within = (of: (column: { x: number[]; y: number[] }) => number) => sum(columns.map((each) => (each.x.length - 1) * of(each)));
  const slope = within(({ x, y }) => covariance(x, y)) / within(({ y }) => variance(y));
  const centre = mean(columns.flatMap(({ y }) => y));
  return columns.map(({ x, y }) => x.map((value, i) => value - slope * ((y[i] as number) - centre)));
}

/** The variant less the control. */
export interface Difference {
  readonly units: number;
  readonly controlMean: number;
  readonly variantMean: number;
  readonly effect: number;
  readonly lift: number;
  readonly standardError: number;
  /** What is read while data come in: the standard error, for arms that are less uneven than 1.75 to 1. */
  /** By Welch and Satterthwaite; infinite over several strata. */
  readonly df: number;
  /** Of the two means. */
  readonly controlVariance: number;
  readonly variantVariance: number;
}

/** Arms of a segment. */
export interface Stratum {
  readonly control: readonly number[];
  readonly variant: readonly number[];
  /** Units of all arms, those not compared too. */
  readonly weight: number;
}

export function differenceOf(control: readonly number[], variant: readonly number[]): Difference {
  return differenceInside([{ control, variant, weight: 1 }]);
}

/**
 * Inside each stratum, then their mean (Miratrix, Sekhon and Yu 2013). That shares are estimated adds how much the strata's differences vary; here it
 * is put down to the variant's mean.
 */
export function differenceInside(strata: readonly Stratum[]): Difference {
  const all = sum(strata.map(({ weight }) => weight));
  const weighted = (of: (stratum: Stratum) => number, power = 1) => sum(strata.map((each) => (each.weight / all) ** power * of(each)));
  const [controlMean, variantMean] = [weighted(({ control }) => mean(control)), weighted(({ variant }) => mean(variant))];
  const effect = variantMean - controlMean;
  const units = sum(strata.map(({ control, variant }) => control.length + variant.length));
  const between = weighted(({ control, variant }) => (mean(variant) - mean(control) - effect) ** 2) / units;
  const ofMean = (values: readonly number[]) => variance(values) / values.length;
  const controlVariance = weighted(({ control }) => ofMean(control), 2);
  const variantVariance = weighted(({ variant }) => ofMean(variant), 2) + between;
  const [only, another] = strata as [Stratum, Stratum?];
  const both = controlVariance + variantVariance;
  const share = (own: number, values: readonly number[]) => own ** 2 / (values.length - 1);
  return {
    units,
    controlMean,
    variantMean,
    effect,
    lift: effect / Math.abs(controlMean),
    standardError: Math.sqrt(both),
    df: another ? Number.POSITIVE_INFINITY : both ** 2 / (share(controlVariance, only.control) + share(variantVariance, only.variant)),
    controlVariance,
    variantVariance,
  };
}

export type Bounds = readonly [lower: number, upper: number];

/** Of the lift, so many standard errors wide: the delta method, or Fieller's theorem within 20 standard errors of a control mean of 0. */
export function liftBounds({ controlMean, variantMean, controlVariance, variantVariance, lift }: Difference, multiplier: number): Bounds {
  const ratio = variantMean / controlMean;
  const g = (multiplier ** 2 * controlVariance) / controlMean ** 2;
  const isFieller = Math.abs(controlMean) < 20 * Math.sqrt(controlVariance);
  const half = (multiplier / Math.abs(controlMean)) * Math.sqrt(variantVariance * (isFieller ? 1 - g : 1) + ratio ** 2 * controlVariance);
  return isFieller ? [(ratio - half) / (1 - g) - 1, (ratio + half) / (1 - g) - 1] : [lift - half, lift + half];
}

/** Welch's two-sided p-value. */
export function welch({ effect, standardError, df }: Difference): number {
  return 2 * studentTail(Math.abs(effect) / standardError, df);
}

/** Holm's p-values over a family; those that are null count in it. */
export function holm(pValues: readonly (number | null)[]): readonly (number | null)[] {
  const sorted = pValues.filter((p) => p !== null).sort((a, b) => a - b);
  const steps = sorted.map((p, i) => Math.min(1, (pValues.length - i) * p));
  return pValues.map((own) => own && Math.max(...steps.slice(0, sorted.indexOf(own) + 1)));
}

/** Those of Benjamini and Hochberg. */
export function benjaminiHochberg(pValues: readonly (number | null)[]): readonly (number | null)[] {
  const sorted = pValues.filter((p) => p !== null).sort((a, b) => a - b);
  const steps = sorted.map((p, i) => Math.min(1, (pValues.length * p) / (i + 1)));
  return pValues.map((own) => own && Math.min(...steps.slice(sorted.lastIndexOf(own))));
}
