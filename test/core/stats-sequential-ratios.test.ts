import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { confidenceSequence } from '../../src/core/stats/confidence-sequence.js';
import { mixtureSprt, mixtureSprtSequence } from '../../src/core/stats/mixture-sprt.js';
import { sprtBernoulli, sprtDifference, sprtThresholds } from '../../src/core/stats/sprt.js';
import { StatisticsError } from '../../src/core/stats/statistics-error.js';

const options = { seed: 20_250_107, numRuns: 100 };
const amount = fc.integer({ min: -100_000, max: 100_000 }).map((thousandths) => thousandths / 1000);

function expectNear(got: number, wanted: number, relative = 1e-10, scale = 0): void {
  expect(Math.abs(got - wanted)).toBeLessThanOrEqual(relative * Math.max(Math.abs(wanted), scale));
}

describe('sequential ratios', () => {
  test('a mixture is a confidence sequence with m = tau^2 / se^2', () => {
    const positive = fc.double({ min: 0.01, max: 100, noNaN: true });
    fc.assert(
      fc.property(amount, positive, positive, (difference, standardError, tau) => {
        const ratio = mixtureSprt({ difference, standardError }, tau, 0.05);
        const sequence = confidenceSequence({ estimate: difference, standardError, n: 1 }, 0.05, tau / standardError);
        expectNear(ratio.halfWidth, sequence.halfWidth, 1e-9);
        expectNear(Math.min(0, -ratio.logLikelihoodRatio), sequence.logPValue, 1e-9, 1);
      }),
      options,
    );
  });

  test('the ratio averages to 1 without a difference, which is why it may be read at any time', () => {
    // Integral of exp(log ratio) over a normal difference with the same standard error; the trapezoid rule is exact to rounding here.
    let mean = 0;
    for (let z = -60; z <= 60; z += 0.05) {
      const { logLikelihoodRatio } = mixtureSprt({ difference: z * 0.3, standardError: 0.3 }, 0.4, 0.05);
      mean += 0.05 * Math.exp(logLikelihoodRatio - (z * z) / 2 - 0.5 * Math.log(2 * Math.PI));
    }
    expect(mean).toBeCloseTo(1, 12);
  });

  test('p-values over looks only fall, and a sequence without looks is no sequence', () => {
    const looks = [0.4, -0.1, 0.5, 0.02].map((difference, index) => ({ difference, standardError: 0.2 / (index + 1) }));
    const { pValues, firstRejection } = mixtureSprtSequence(looks, 0.3, 0.05);
    expect(pValues).toEqual(pValues.toSorted((a, b) => b - a));
    expect(firstRejection).toBe(2);
    expect(() => mixtureSprtSequence([], 0.3, 0.05)).toThrow(StatisticsError);
  });

  test('a rate ratio is its textbook sum, and exchanging the hypotheses turns it round', () => {
    const rate = fc.double({ min: 0.01, max: 0.99, noNaN: true });
    fc.assert(
      fc.property(rate, rate, fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true }), (p0, p1, trials, share) => {
        fc.pre(Math.abs(p0 - p1) > 1e-3);
        const successes = Math.round(share * trials);
        const errors = { alpha: 0.05, beta: 0.2 };
        const { logLikelihoodRatio } = sprtBernoulli({ successes, trials }, p0, p1, errors);
        const textbook = successes * Math.log(p1 / p0) + (trials - successes) * Math.log((1 - p1) / (1 - p0));
        expectNear(logLikelihoodRatio, textbook, 1e-8, trials / 1000);
        expectNear(sprtBernoulli({ successes, trials }, p1, p0, errors).logLikelihoodRatio, -logLikelihoodRatio, 1e-10, 1e-6);
      }),
      options,
    );
  });

  test('a decision falls exactly at a threshold', () => {
    const errors = { alpha: 0.05, beta: 0.2 };
    const { logUpper, logLower } = sprtThresholds(errors);
    // With se 1 and alternative 1 the ratio is difference - 1/2.
    const decisionAt = (ratio: number) => sprtDifference(ratio + 0.5, 1, 1, errors).decision;
    expect([logUpper + 1e-9, logUpper - 1e-9, logLower + 1e-9, logLower - 1e-9].map(decisionAt)).toEqual([
      'REJECT_NULL',
      'CONTINUE',
      'CONTINUE',
      'ACCEPT_NULL',
    ]);
  });
});
