import { slotCount } from './allocation.js';
import type { SrmCheck, VersionUnits } from './evaluation-types.js';
import { type RatioPeriod, srmChiSquareOfPeriods, srmLogBayesFactorOfPeriods, srmLogTiltFactor } from './stats/srm.js';

/** Below it the sequential test fails: 0.3% of sound experiments over 28 days of reading. */
export const srmThreshold = 0.01;

/** Chi-square's approximation needs that many expected units in every arm. */
const expectedForChiSquare = 5;

/**
 * Share that an arm without slots is taken to have when units turn up in it: half a slot. A late exposure of a variant that has been switched
 * off does not condemn an experiment; units that keep coming do.
 */
const strayShare = 0.5 / slotCount;

/**
 * Whether the units of each allocation version fit its propensities, by the sequential Dirichlet-multinomial test of the first one, and of the later
 * ones each and together; valid whenever it is read. The chi-square p-value stands beside it for comparison with other tools and decides nothing.
 *
 * @param variants        keys in the experiment's order
 * @param versions        units first exposed under each version, from the first on, in order; those without units too
 * @param previousPValue  smallest sequential p-value of earlier evaluations; null for none
 */
export function checkSampleRatio(
  variants: readonly string[],
  versions: readonly VersionUnits[],
  previousPValue: number | null,
): { readonly srm: SrmCheck; readonly carriedPValue: number | null } {
  const presentPValue = isTold(versions) ? Math.exp(-srmLogBayesFactorOfPeriods(withStrays(versions))) : null;
  const known = [previousPValue, presentPValue].filter((pValue) => pValue !== null);
  const pValue = known.length === 0 ? null : Math.min(1, ...known);
  const chiSquare = chiSquareOf(versions);
  const totals = versions.map(({ units }) => units.reduce((sum, count) => sum + count, 0));
  const sumOver = (value: (version: VersionUnits, total: number) => number) =>
    versions.reduce((sum, version, index) => sum + value(version, totals[index] ?? 0), 0);
  return {
    carriedPValue: pValue,
    srm: {
      passed: pValue === null || pValue >= srmThreshold,
      pValue,
      chiSquarePValue: chiSquare?.pValue ?? null,
      statistic: chiSquare?.statistic ?? null,
      variants: variants.map((variant, index) => ({
        variant,
        observed: sumOver(({ units }) => units[index] ?? 0),
        expected: sumOver(({ propensities }, total) => total * (propensities[index] ?? 0)),
      })),
    },
  };
}

/**
 * The sequential p-value against faults that a few hundred units can show, such as an arm that loses half of its own: the test that decides over
 * the life of an experiment is tuned for differences that take tens of thousands. Valid whenever it is read; null while there is too little to tell.
 */
export function grossRatioPValue(versions: readonly VersionUnits[]): number | null {
  return isTold(versions) ? Math.min(1, Math.exp(-srmLogTiltFactor(withStrays(versions)))) : null;
}

function isTold(versions: readonly VersionUnits[]): boolean {
  return versions.some(({ propensities, units }) => units.some((count) => count > 0) && armsInPlay(propensities, units) > 1);
}

function armsInPlay(propensities: readonly number[], units: readonly number[]): number {
  return propensities.filter((propensity, index) => propensity > 0 || (units[index] ?? 0) > 0).length;
}

/** Every version that gives an arm nothing counts against that arm's strays, those without any too. */
function withStrays(versions: readonly VersionUnits[]): readonly RatioPeriod[] {
  const strays = new Set(
    versions.flatMap(({ propensities, units }) => [...units.keys()].filter((arm) => units[arm] && propensities[arm] === 0)),
  );
  return versions.map(({ propensities, units }) => ({
    observed: units,
    weights: propensities.map((share, arm) => (share === 0 && strays.has(arm) ? strayShare : share)),
  }));
}

function chiSquareOf(versions: readonly VersionUnits[]) {
  const periods = versions.flatMap(({ propensities, units }) => {
    const planned = propensities.flatMap((weight, index) => (weight > 0 ? [{ weight, observed: units[index] ?? 0 }] : []));
    const total = planned.reduce((sum, { observed }) => sum + observed, 0);
    const isEnough = planned.length > 1 && planned.every(({ weight }) => weight * total >= expectedForChiSquare);
    return isEnough ? [{ observed: planned.map(({ observed }) => observed), weights: planned.map(({ weight }) => weight) }] : [];
  });
  return periods.length === 0 ? null : srmChiSquareOfPeriods(periods);
}
