import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchedZTest } from '../../src/core/stats/batched-z.js';
import { clusterDifference } from '../../src/core/stats/clusters.js';
import { type CovariateMoments, covariateAdjustment, cupedDifference } from '../../src/core/stats/cuped.js';
import { heterogeneity } from '../../src/core/stats/heterogeneity.js';
import { inversePropensityMeans } from '../../src/core/stats/inverse-propensity.js';
import { mergeMoments, sampleMoments } from '../../src/core/stats/moments.js';
import { neweyWestDifference } from '../../src/core/stats/newey-west.js';
import { nonInferiorityTest } from '../../src/core/stats/non-inferiority.js';
import { pairedTest } from '../../src/core/stats/paired.js';
import { ratioDifference } from '../../src/core/stats/ratio.js';
import { stratifiedDifference } from '../../src/core/stats/stratified.js';
import { welchTest } from '../../src/core/stats/welch.js';

/** Methods against one another: where two ways lead to a number, both have to reach it. */

const options = { seed: 20_250_105, numRuns: 100 };
const amount = fc.integer({ min: -100_000, max: 100_000 }).map((thousandths) => thousandths / 1000);
const sample = fc.uniqueArray(amount, { minLength: 3, maxLength: 30 });

function expectNear(got: number, wanted: number, relative = 1e-10, scale = 0): void {
  expect(Math.abs(got - wanted)).toBeLessThanOrEqual(relative * Math.max(Math.abs(wanted), scale));
}

/** Moments of pairs (y, x) of units. */
function covariateMoments(pairs: readonly (readonly [number, number])[]): CovariateMoments {
  const y = sampleMoments(pairs.map(([value]) => value));
  const x = sampleMoments(pairs.map(([, value]) => value));
  const covariance = pairs.reduce((sum, [own, other]) => sum + (own - y.mean) * (other - x.mean), 0) / (y.n - 1);
  return { n: y.n, meanY: y.mean, varianceY: y.variance, meanX: x.mean, varianceX: x.variance, covariance };
}

describe('variance reduction', () => {
  const pairs = fc.array(fc.tuple(amount, amount), { minLength: 4, maxLength: 25 });

  test('is the coefficient of the arm in y ~ arm + x, by the normal equations', () => {
    fc.assert(
      fc.property(pairs, pairs, (control, treatment) => {
        const arms = [control, treatment].map(covariateMoments) as [CovariateMoments, CovariateMoments];
        fc.pre(arms.every(({ varianceX, varianceY }) => varianceX > 1 && varianceY > 1));
        // Cramer's rule on [n, n_t, sum x; n_t, n_t, sum_t x; sum x, sum_t x, sum x^2].
        const all = [...control, ...treatment];
        const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
        const of = (rows: readonly (readonly [number, number])[]) => ({
          n: rows.length,
          x: sum(rows.map(([, x]) => x)),
          y: sum(rows.map(([y]) => y)),
        });
        const [whole, part] = [of(all), of(treatment)];
        const xx = sum(all.map(([, x]) => x * x));
        const xy = sum(all.map(([y, x]) => x * y));
        const determinant = (a: readonly number[], b: readonly number[], c: readonly number[]) => {
          const [[a0 = 0, a1 = 0, a2 = 0], [b0 = 0, b1 = 0, b2 = 0], [c0 = 0, c1 = 0, c2 = 0]] = [a, b, c];
          return a0 * (b1 * c2 - b2 * c1) - a1 * (b0 * c2 - b2 * c0) + a2 * (b0 * c1 - b1 * c0);
        };
        const [first, second, third] = [
          [whole.n, part.n, whole.x],
          [part.n, part.n, part.x],
          [whole.x, part.x, xx],
        ] as const;
        const bottom = determinant(first, second, third);
        const slope = determinant([whole.n, part.n, whole.y], [part.n, part.n, part.y], [whole.x, part.x, xy]) / bottom;
        const effect = determinant([whole.n, whole.y, whole.x], [part.n, part.y, part.x], [whole.x, xy, xx]) / bottom;
        const result = cupedDifference(arms[0], arms[1], 0.95);
        expectNear(result.theta, slope, 1e-7, 1);
        expectNear(result.difference, effect, 1e-7, 100);
        expectNear(result.adjustedTreatment.mean - result.adjustedControl.mean, result.difference, 1e-9, 100);
      }),
      options,
    );
  });

  test('shares one slope over all arms, changes nothing without a varying covariate, and refuses an impossible covariance', () => {
    const flat = { n: 40, meanY: 3, varianceY: 2, meanX: 7, varianceX: 0, covariance: 0 };
    const other = { ...flat, n: 50, meanY: 3.5 };
    const plain = welchTest({ n: 40, mean: 3, variance: 2 }, { n: 50, mean: 3.5, variance: 2 }, 0.9);
    expect(cupedDifference(flat, other, 0.9)).toMatchObject({ ...plain, theta: 0, varianceReduction: 0 });
    const arms = [flat, { ...other, varianceX: 4, covariance: 1 }, { ...other, n: 9, varianceX: 5, covariance: -3 }];
    // (49 - 24) / (196 + 40).
    expectNear(covariateAdjustment(arms).theta, 25 / 236, 1e-14);
    expectNear(cupedDifference(flat, other, 0.9, { theta: 0.5, meanX: 6 }).adjustedControl.mean, 2.5, 1e-14);
    expect(() => cupedDifference(flat, { ...other, varianceX: 1, covariance: 9 }, 0.9)).toThrow("exceeds the deviations'");
  });
});

describe('ratios and clusters', () => {
  test('a ratio over a constant is a mean, and its test is Welch', () => {
    fc.assert(
      fc.property(sample, sample, fc.integer({ min: 1, max: 9 }), (control, treatment, size) => {
        const arm = (values: readonly number[]) => {
          const { n, mean, variance } = sampleMoments(values);
          const denominator = { meanDenominator: size, varianceDenominator: 0, covariance: 0 };
          return { n, meanNumerator: mean, varianceNumerator: variance, ...denominator };
        };
        const scaled = (values: readonly number[]) => sampleMoments(values.map((value) => value / size));
        const ratio = ratioDifference(arm(control), arm(treatment), 0.95);
        const welch = welchTest(scaled(control), scaled(treatment), 0.95);
        expectNear(ratio.standardError, welch.standardError);
        expectNear(ratio.pTwoSided, welch.pTwoSided, 1e-8);
        expectNear(ratio.upper, welch.upper, 1e-9, 100);
      }),
      options,
    );
  });

  test('clusters of one are units; of one size, both averages agree', () => {
    fc.assert(
      fc.property(sample, sample, fc.integer({ min: 1, max: 50 }), (control, treatment, size) => {
        const clusters = (values: readonly number[]) => values.map((value) => ({ size, total: value * size }));
        const { unitAverage, clusterAverage } = clusterDifference(clusters(control), clusters(treatment), 0.9);
        const welch = welchTest(sampleMoments(control), sampleMoments(treatment), 0.9);
        for (const result of [unitAverage, clusterAverage]) {
          expectNear(result.standardError, welch.standardError, 1e-9);
          expectNear(result.degreesOfFreedom, welch.degreesOfFreedom, 1e-9);
          expectNear(result.difference, welch.difference, 1e-9, 100);
        }
      }),
      options,
    );
  });

  test('a ratio of cluster totals is the unit average of clusters', () => {
    const control = [3, 8, 5, 9].map((size, index) => ({ size, total: size * (index + 1.5) }));
    const treatment = [4, 4, 7].map((size, index) => ({ size, total: size * (index + 2.25) }));
    const arm = (clusters: typeof control) => {
      const { n, meanY, varianceY, meanX, varianceX, covariance } = covariateMoments(
        clusters.map(({ size, total }) => [total, size] as const),
      );
      return { n, meanNumerator: meanY, varianceNumerator: varianceY, meanDenominator: meanX, varianceDenominator: varianceX, covariance };
    };
    const ratio = ratioDifference(arm(control), arm(treatment), 0.95);
    const { unitAverage } = clusterDifference(control, treatment, 0.95);
    expectNear(ratio.standardError, unitAverage.standardError, 1e-12);
    expectNear(ratio.pTwoSided, unitAverage.pTwoSided, 1e-11);
  });
});

describe('series and pairs', () => {
  test('without lags the variance is that of the two kinds; the order does not count then', () => {
    fc.assert(
      fc.property(sample, sample, (control, treatment) => {
        const outcomes = [...control, ...treatment];
        const treated = outcomes.map((_, index) => index >= control.length);
        const { standardError, difference } = neweyWestDifference(outcomes, treated, 0);
        const [own, other] = [sampleMoments(control), sampleMoments(treatment)];
        const biased = ({ n, variance }: typeof own) => ((n - 1) / n) * (variance / n);
        expectNear(standardError, Math.sqrt(biased(own) + biased(other)), 1e-9);
        const backwards = neweyWestDifference(outcomes.toReversed(), treated.toReversed(), 0);
        expectNear(backwards.standardError, standardError, 1e-9);
        expectNear(backwards.difference, difference, 1e-9, 100);
        // The variance with lags does not see the direction of time either.
        expectNear(
          neweyWestDifference(outcomes, treated, 3).standardError,
          neweyWestDifference(outcomes.toReversed(), treated.toReversed(), 3).standardError,
          1e-7,
        );
      }),
      options,
    );
  });

  test('exchanging the arms of pairs turns the difference round and leaves the p-value', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(amount, amount), { minLength: 3, maxLength: 20, selector: ([a, b]) => b - a }), (pairs) => {
        const [control, treatment] = [pairs.map(([own]) => own), pairs.map(([, other]) => other)];
        const forth = pairedTest(control, treatment, 0.95);
        const back = pairedTest(treatment, control, 0.95);
        expectNear(back.difference, -forth.difference, 1e-12, 1);
        expectNear(back.pTwoSided, forth.pTwoSided, 1e-9);
        expectNear(back.upper, -forth.lower, 1e-10, 100);
      }),
      options,
    );
  });
});

describe('comparisons of comparisons', () => {
  test('two segments differ by the square of their z, and one effect with its own copies gives 0', () => {
    const { q, pValue } = heterogeneity([1.5, 0.3], [0.4, 0.3]);
    expectNear(q, (1.2 / 0.5) ** 2, 1e-14);
    // Chi-square with one degree of freedom: the two-sided normal p-value of z = 2.4.
    expectNear(pValue, 0.016395071849253, 1e-11);
    expect(heterogeneity([0.7, 0.7, 0.7], [1e-200, 3, 1e100])).toMatchObject({ pooledEstimate: 0.7, q: 0, pValue: 1 });
  });

  test('without a margin non-inferiority is superiority; less is better mirrors it', () => {
    fc.assert(
      fc.property(sample, sample, fc.double({ min: 0, max: 20, noNaN: true }), (control, treatment, margin) => {
        const [own, other] = [sampleMoments(control), sampleMoments(treatment)];
        expectNear(
          nonInferiorityTest(own, other, { margin: 0, kind: 'absolute' }, true, 0.05).pValue,
          welchTest(own, other, 0.95).pGreater,
        );
        const mirrored = ({ n, mean, variance }: typeof own) => ({ n, mean: -mean, variance });
        const more = nonInferiorityTest(own, other, { margin, kind: 'absolute' }, true, 0.05);
        const less = nonInferiorityTest(mirrored(own), mirrored(other), { margin, kind: 'absolute' }, false, 0.05);
        expectNear(less.pValue, more.pValue, 1e-9);
        expectNear(less.lowerBound, more.lowerBound, 1e-9, 100);
        expect(more.isNonInferior).toBe(more.lowerBound >= 0);
      }),
      options,
    );
  });

  test('one batch is one z, and k equal batches are sqrt(k) of it', () => {
    const batch = { control: { n: 500, mean: 0.05, variance: 0.0475 }, treatment: { n: 400, mean: 0.07, variance: 0.0652 } };
    const one = batchedZTest([batch]);
    expectNear(one.z, stratifiedDifference([batch]).z, 1e-13);
    expectNear(batchedZTest(Array(9).fill(batch)).z, 3 * one.z, 1e-13);
  });

  test('with one propensity throughout the weighted mean is the mean', () => {
    fc.assert(
      fc.property(sample, sample, fc.double({ min: 0.05, max: 1, noNaN: true }), (first, second, propensity) => {
        const parts = [first, second].map(sampleMoments);
        const result = inversePropensityMeans(parts.map((part) => [{ ...part, propensity }]));
        const whole = mergeMoments(parts);
        expectNear(result.hajek[0] as number, whole.mean, 1e-10, 10);
        expectNear(result.hajekStandardError[0] as number, Math.sqrt(((whole.n - 1) / whole.n) * (whole.variance / whole.n)), 1e-9);
        expectNear(result.horvitzThompson[0] as number, whole.mean / propensity, 1e-10, 10);
      }),
      options,
    );
  });
});
