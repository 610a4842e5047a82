import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gaussianEffect } from '../../src/core/stats/gaussian-effect.js';
import { meanPosterior } from '../../src/core/stats/mean-posterior.js';
import { millsRatio, normalExcess } from '../../src/core/stats/mills-ratio.js';
import { normalDensity, normalLogUpper, normalQuantile, normalQuantileOfLog, normalTails } from '../../src/core/stats/normal.js';
import { noncentralUpper, powerTTest } from '../../src/core/stats/power-t.js';
import { powerMeans } from '../../src/core/stats/sample-size.js';
import { srmLogBayesFactor } from '../../src/core/stats/srm.js';
import { studentDensity, studentQuantile, studentTails } from '../../src/core/stats/student-t.js';

const options = { seed: 20_250_106, numRuns: 200 };
const none = { n: 0, mean: 0, variance: 0 };

/** Within so many relative units. */
function expectNear(got: number | null | undefined, wanted: number, relative: number): void {
  expect(Math.abs((got ?? Number.NaN) - wanted)).toBeLessThanOrEqual(relative * Math.abs(wanted));
}

describe('posteriors of means', () => {
  test('one degree of freedom is Cauchy: quartiles one scale off, equal chances, and no loss exists', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 0.001, max: 1e3, noNaN: true }), (mean, kappa) => {
        // beta / (alpha kappa) = 1: scale 1.
        const prior = { mean, kappa, alpha: 0.5, beta: 0.5 * kappa };
        const { probabilityBest, expectedLoss, intervals } = meanPosterior([none, none, none], prior, 0.5);
        for (const probability of probabilityBest) expectNear(probability, 1 / 3, 1e-9);
        expect(expectedLoss).toEqual([null, null, null]);
        expectNear(intervals[0]?.upper, mean + 1, 1e-9);
      }),
      { ...options, numRuns: 20 },
    );
  });

  test('two equal arms with 2 degrees of freedom lose pi / (2 sqrt 2)', () => {
    // E[max] - mean is the integral of F (1 - F), and F (1 - F) = 1 / (2 (2 + x^2)) for t with 2 degrees of freedom.
    const { expectedLoss } = meanPosterior([none, none], { mean: 0, kappa: 1, alpha: 1, beta: 1 }, 0.95);
    for (const loss of expectedLoss) expectNear(loss, Math.PI / (2 * Math.SQRT2), 1e-9);
  });

  test('with many units they are normal: loss and probability go to those of normal posteriors', () => {
    const prior = { mean: 0, kappa: 1e-6, alpha: 1e-3, beta: 1e-3 };
    const arms = [
      { n: 1e9, mean: 5, variance: 4 },
      { n: 1e9, mean: 5.0001, variance: 9 },
    ];
    const { probabilityBest, expectedLoss } = meanPosterior(arms, prior, 0.95);
    const z = 1e-4 / Math.sqrt(13e-9);
    expectNear(probabilityBest[0], normalTails(z).upper, 1e-6);
    expectNear(expectedLoss[1], Math.sqrt(13e-9) * normalExcess(z), 1e-5);
  });

  test('probabilities sum to 1 and losses differ by the means, for 1 to 20 arms of any size', () => {
    const arm = fc.record({
      n: fc.constantFrom(0, 1, 2, 7, 300, 100_000),
      mean: fc.double({ min: -50, max: 50, noNaN: true }),
      variance: fc.double({ min: 0, max: 100, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(arm, { minLength: 1, maxLength: 20 }), fc.double({ min: 0.6, max: 5, noNaN: true }), (arms, alpha) => {
        const { probabilityBest, expectedLoss, posterior } = meanPosterior(arms, { mean: 1, kappa: 0.5, alpha, beta: 2 }, 0.9);
        expect(probabilityBest.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
        const level = (index: number) => (expectedLoss[index] ?? Number.NaN) + (posterior[index]?.mean ?? 0);
        const highest = Math.max(...posterior.map(({ mean }) => Math.abs(mean)), ...expectedLoss.map((loss) => loss ?? 0));
        // Loss plus mean is E[max] for every arm.
        posterior.forEach((_, index) => {
          expect(Math.abs(level(index) - level(0))).toBeLessThan(1e-7 * Math.max(1, highest));
        });
      }),
      { ...options, numRuns: 30 },
    );
  });
});

describe('the effect of a normal estimate', () => {
  test('losses differ by the mean and are continuous where their computation changes', () => {
    fc.assert(
      fc.property(fc.double({ min: -40, max: 40, noNaN: true }), (z) => {
        const { expectedLossTreatment, expectedLossControl, probabilityNegative, probabilityPositive } = gaussianEffect(z, 1, null, 0.95);
        expect(expectedLossControl - expectedLossTreatment).toBeCloseTo(z, 12);
        expect(probabilityPositive + probabilityNegative).toBeCloseTo(1, 14);
      }),
      options,
    );
    expectNear(normalExcess(3 + 1e-12), normalExcess(3), 1e-10);
    expectNear(millsRatio(2 + 1e-12), millsRatio(2), 1e-11);
    // 1/x - 1/x^3 + 3/x^5: the ratio far out.
    expectNear(millsRatio(1e4), 1e-4 - 1e-12 + 3e-20, 1e-15);
    expectNear(millsRatio(-3) * normalDensity(-3), normalTails(-3).upper, 1e-14);
  });

  test('a prior that knows nothing changes nothing, one that knows all decides', () => {
    const flat = gaussianEffect(0.02, 0.01, null, 0.95);
    const wide = gaussianEffect(0.02, 0.01, { mean: 0, standardDeviation: 1e150 }, 0.95);
    expect(wide.mean).toBe(flat.mean);
    expectNear(wide.expectedLossTreatment, flat.expectedLossTreatment, 1e-12);
    expectNear(gaussianEffect(0.02, 1e100, { mean: 0.5, standardDeviation: 1e-3 }, 0.95).mean, 0.5, 1e-12);
  });
});

describe("Student's t beyond its centre", () => {
  test('with many degrees of freedom it is normal, on both sides of where the computation changes', () => {
    fc.assert(
      fc.property(fc.double({ min: -35, max: 35, noNaN: true }), (t) => {
        // The correction to the log of the tail is of the order t^4 / (4 df).
        const slack = (1 + t ** 4) / 2e9 + 1e-11;
        expectNear(studentTails(t, 2e9).upper, normalTails(t).upper, slack);
        const [below, above] = [studentTails(t, 1e5).upper, studentTails(t, 1e5 * (1 + 1e-9)).upper];
        expectNear(above, below, 1e-10 + t ** 4 * 1e-14);
      }),
      options,
    );
    expect(studentTails(1e200, 1e6)).toEqual({ lower: 1, upper: 0 });
  });

  test('its density is the slope of its tail', () => {
    fc.assert(
      fc.property(fc.double({ min: -8, max: 8, noNaN: true }), fc.double({ min: 0.5, max: 1e6, noNaN: true }), (t, degreesOfFreedom) => {
        const step = 1e-4;
        const slope = (studentTails(t + step, degreesOfFreedom).lower - studentTails(t - step, degreesOfFreedom).lower) / (2 * step);
        expect(studentDensity(t, degreesOfFreedom)).toBeCloseTo(slope, 6);
      }),
      options,
    );
    expectNear(studentDensity(0, 1), 1 / Math.PI, 1e-14);
    expectNear(studentDensity(1e120, 1), 1 / Math.PI / 1e120 / 1e120, 1e-12);
  });

  test('the noncentral one is central without an effect, normal with many units, and mirrored', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -6, max: 12, noNaN: true }),
        fc.integer({ min: 1, max: 400 }),
        fc.double({ min: -5, max: 8, noNaN: true }),
        (t, degreesOfFreedom, shift) => {
          fc.pre(Math.abs(t) > 1e-3);
          expectNear(noncentralUpper(t, degreesOfFreedom, 0), studentTails(t, degreesOfFreedom).upper, 1e-10);
          expect(noncentralUpper(t, degreesOfFreedom, shift) + noncentralUpper(-t, degreesOfFreedom, -shift)).toBeCloseTo(1, 11);
        },
      ),
      options,
    );
    // R: power.t.test(n = 20, delta = 1, sd = 1) gives 0.8689528, which leaves the other side out.
    expect(powerTTest(20, 1, 1, 0.025, 1)).toBeCloseTo(0.8689528, 7);
    expectNear(powerTTest(1e9, 1e-4, 1, 0.05, 2), powerMeans(1, 1, 1e9, 1e9, 1e-4, 0.05, 2).power, 1e-8);
    expectNear(powerTTest(5, 0, 3, 0.01, 2), 0.01, 1e-11);
  });

  test('power rises with units and effect', () => {
    const power = (units: number, effect: number) => powerTTest(units, effect, 1, 0.05, 2);
    for (let units = 2; units < 40; units++) expect(power(units + 1, 0.5)).toBeGreaterThan(power(units, 0.5));
    for (let effect = 0; effect < 3; effect += 0.1) expect(power(6, effect + 0.1)).toBeGreaterThan(power(6, effect));
  });
});

describe('logarithms of tails', () => {
  test('a quantile by its logarithm is that of the probability, and goes on where no double holds one', () => {
    for (const probability of [0.5, 0.3, 1e-10, 1e-300]) {
      expect(normalQuantileOfLog(Math.log(probability))).toBe(normalQuantile(probability, 'upper'));
    }
    for (const x of [40, 1e3, 1e6]) expectNear(normalQuantileOfLog(normalLogUpper(x)), x, 1e-14);
    expectNear(studentQuantile(0.975, 2e9), normalQuantile(0.975), 1e-8);
  });

  test('the sample ratio factor keeps its digits at a billion units', () => {
    // A shift of d units from an even split of n: ln BF is near -ln(1 + n / A) / 2 + 2 d^2 / n x n / (n + A), here with A = 10,000.
    const [n, d] = [1e9, 120_000];
    const factor = srmLogBayesFactor({ observed: [n / 2 + d, n / 2 - d], weights: [1, 1] }, 10_000);
    const approximate = -0.5 * Math.log1p(n / 10_000) + ((2 * d * d) / n) * (n / (n + 10_000));
    expect(factor).toBeCloseTo(approximate, 3);
    // Arms that are given in another order change nothing, to the last digits.
    expectNear(srmLogBayesFactor({ observed: [n / 2 - d, n / 2 + d], weights: [1, 1] }, 10_000), factor, 1e-14);
  });
});
