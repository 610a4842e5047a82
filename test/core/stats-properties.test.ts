import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bestOfBetas } from '../../src/core/stats/beta-posterior.js';
import { confidenceSequence, mixtureRho } from '../../src/core/stats/confidence-sequence.js';
import { adjustPValues } from '../../src/core/stats/corrections.js';
import { addDecimals, type Decimal, momentsFromSums, parseDecimal, quotient } from '../../src/core/stats/exact-sums.js';
import { fiellerBounds } from '../../src/core/stats/lift.js';
import { mergeMoments, sampleMoments } from '../../src/core/stats/moments.js';
import { normalTails } from '../../src/core/stats/normal.js';
import { bestOfNormals } from '../../src/core/stats/normal-posterior.js';
import { projectToBounds } from '../../src/core/stats/simplex.js';
import { srmLogBayesFactor } from '../../src/core/stats/srm.js';

const options = { seed: 20_250_103, numRuns: 300 };
const amount = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((thousandths) => thousandths / 1000);

/** |got - wanted| within so many relative units, for numbers that may be 0. */
function near(got: number, wanted: number, relative: number, scale = 0): boolean {
  return Math.abs(got - wanted) <= relative * Math.max(Math.abs(wanted), scale);
}

describe('moments', () => {
  test('merging parts equals summing once, and both equal the exact sums', () => {
    const values = fc.array(amount, { minLength: 4, maxLength: 60 });
    fc.assert(
      fc.property(values, fc.nat({ max: 50 }), (all, cut) => {
        const place = 2 + (cut % (all.length - 3));
        const whole = sampleMoments(all);
        const merged = mergeMoments([sampleMoments(all.slice(0, place)), sampleMoments([...all.slice(place), 0, 0])]);
        const once = sampleMoments([...all, 0, 0]);
        expect(near(merged.mean, once.mean, 1e-12, 1e3) && near(merged.variance, once.variance, 1e-12, 1e-3)).toBe(true);
        const square = ({ digits, scale }: Decimal): Decimal => ({ digits: digits * digits, scale: 2 * scale });
        const decimals = all.map((value) => parseDecimal(value.toFixed(3)));
        const exact = momentsFromSums(all.length, decimals.reduce(addDecimals), decimals.map(square).reduce(addDecimals));
        expect(near(exact.mean, whole.mean, 1e-12, 1e3) && near(exact.variance, whole.variance, 1e-11, 1e-3)).toBe(true);
      }),
      options,
    );
  });

  test('a quotient of whole numbers is the nearest double', () => {
    expect(quotient(1n, 3n)).toBe(1 / 3);
    expect(quotient(-(10n ** 40n), 10n ** 39n)).toBe(-10);
    expect(quotient(0n, 7n)).toBe(0);
    expect(quotient(1n, 10n ** 200n)).toBe(1e-200);
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1 }), (numerator, denominator) => {
        expect(quotient(BigInt(numerator), BigInt(denominator))).toBe(numerator / denominator);
      }),
      options,
    );
  });

  test('decimals keep every digit and refuse the rest', () => {
    expect(parseDecimal('-12.50')).toEqual({ digits: -1250n, scale: 2 });
    expect(parseDecimal('1.5e9')).toEqual({ digits: 1_500_000_000n, scale: 0 });
    expect(parseDecimal('2.5e-3')).toEqual({ digits: 25n, scale: 4 });
    for (const text of ['NaN', 'Infinity', '', '.', '1,5', '0x10', '1e99999']) expect(() => parseDecimal(text)).toThrow('not a decimal');
  });
});

describe('corrections', () => {
  const family = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });

  test('Holm never exceeds Bonferroni, never falls below the p-value, and keeps the order', () => {
    fc.assert(
      fc.property(family, fc.nat({ max: 5 }), (pValues, missing) => {
        const holm = adjustPValues(pValues, 'HOLM', pValues.length + missing) as number[];
        const bonferroni = adjustPValues(pValues, 'BONFERRONI', pValues.length + missing) as number[];
        const falseDiscovery = adjustPValues(pValues, 'BENJAMINI_HOCHBERG', pValues.length + missing) as number[];
        pValues.forEach((pValue, i) => {
          expect(holm[i]).toBeLessThanOrEqual(bonferroni[i] as number);
          // The step-up procedure multiplies and divides by the same number where it changes nothing.
          expect(falseDiscovery[i]).toBeLessThanOrEqual((holm[i] as number) * (1 + 1e-15));
          expect(falseDiscovery[i]).toBeGreaterThanOrEqual(pValue * (1 - 1e-15));
          pValues.forEach((other, j) => {
            if (pValue < other) expect(holm[i]).toBeLessThanOrEqual(holm[j] as number);
          });
        });
      }),
      options,
    );
  });

  test('a comparison without a p-value stays null and still counts in its family', () => {
    expect(adjustPValues([0.01, null], 'HOLM', 2)).toEqual([0.02, null]);
    expect(adjustPValues([0.01, null], 'NONE', 2)).toEqual([0.01, null]);
  });
});

describe('projection on the bounded simplex', () => {
  const weights = fc.array(fc.double({ min: -2, max: 3, noNaN: true }), { minLength: 2, maxLength: 20 });

  test('keeps bounds and sum, is the nearest point, and leaves what is inside alone', () => {
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (wished, low, high) => {
        const floor = low / wished.length;
        const cap = (1 / wished.length) * (1 - high) + high;
        const lower = wished.map(() => floor);
        const upper = wished.map(() => cap);
        const projected = projectToBounds(wished, lower, upper);
        expect(
          near(
            projected.reduce((sum, weight) => sum + weight, 0),
            1,
            1e-12,
          ),
        ).toBe(true);
        for (const weight of projected) expect(weight >= floor && weight <= cap).toBe(true);
        projectToBounds(projected, lower, upper).forEach((weight, index) => {
          expect(weight).toBeCloseTo(projected[index] as number, 12);
        });
        // Nearest: weights strictly inside moved by the same shift; those at the floor by no more, those at the cap by no less.
        const inside = projected.flatMap((weight, index) =>
          weight > floor + 1e-9 && weight < cap - 1e-9 ? [(wished[index] as number) - weight] : [],
        );
        for (const shift of inside) expect(shift).toBeCloseTo(inside[0] as number, 9);
      }),
      options,
    );
  });
});

describe('who is best', () => {
  test('two normals agree with the closed form, and the losses differ by the means', () => {
    fc.assert(
      fc.property(
        amount,
        amount,
        fc.double({ min: 1, max: 1000, noNaN: true }),
        fc.double({ min: 1, max: 1000, noNaN: true }),
        (a, b, s, t) => {
          const { probabilityBest, expectedLoss } = bestOfNormals([
            { mean: a, standardDeviation: s },
            { mean: b, standardDeviation: t },
          ]);
          const first = normalTails((a - b) / Math.hypot(s, t)).lower;
          expect(Math.abs((probabilityBest[0] as number) - first)).toBeLessThan(1e-11);
          // E[max - a] - E[max - b] = b - a.
          expect(near((expectedLoss[0] as number) - (expectedLoss[1] as number), b - a, 1e-10, s + t)).toBe(true);
        },
      ),
      { ...options, numRuns: 60 },
    );
  });

  test('probabilities of 2 to 20 rates sum to 1, whatever their sizes', () => {
    const shape = fc.record({ alpha: fc.double({ min: 1, max: 1e6, noNaN: true }), beta: fc.double({ min: 1, max: 1e7, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(shape, { minLength: 2, maxLength: 20 }), (shapes) => {
        const { probabilityBest, expectedLoss } = bestOfBetas(shapes);
        expect(Math.abs(probabilityBest.reduce((sum, value) => sum + value, 0) - 1)).toBeLessThan(1e-9);
        for (const loss of expectedLoss) expect(loss >= 0 && loss <= 1).toBe(true);
      }),
      { ...options, numRuns: 40 },
    );
  });
});

describe('sequences and ratios', () => {
  test('a confidence sequence excludes 0 exactly when its p-value is at most alpha', () => {
    const estimate = fc.double({ min: -10, max: 10, noNaN: true });
    fc.assert(
      fc.property(estimate, fc.integer({ min: 2, max: 1e9 }), fc.double({ min: 0.001, max: 0.5, noNaN: true }), (value, n, alpha) => {
        const { lower, upper, pValue } = confidenceSequence({ estimate: value, standardError: 1, n }, alpha, mixtureRho(alpha, 5000));
        fc.pre(Math.abs(pValue / alpha - 1) > 1e-9);
        expect(lower > 0 || upper < 0).toBe(pValue < alpha);
      }),
      options,
    );
  });

  test("Fieller's bounds exclude 0 exactly when the interval of the difference does", () => {
    const mean = fc.double({ min: 0.5, max: 10, noNaN: true });
    fc.assert(
      fc.property(mean, mean, fc.boolean(), (control, treatment, isNegative) => {
        const sign = isNegative ? -1 : 1;
        const pair = { controlMean: sign * control, treatmentMean: sign * treatment, controlVariance: 0.01, treatmentVariance: 0.02 };
        const { bounds } = fiellerBounds(pair, 1.96);
        fc.pre(bounds !== null && Math.abs(Math.abs(treatment - control) - 1.96 * Math.sqrt(0.03)) > 1e-9);
        const difference = pair.treatmentMean - pair.controlMean;
        expect((bounds?.[0] ?? 0) > 0).toBe(difference > 1.96 * Math.sqrt(0.03));
        expect((bounds?.[1] ?? 0) < 0).toBe(difference < -1.96 * Math.sqrt(0.03));
      }),
      options,
    );
  });

  test('the sample ratio factor averages to 1 over all outcomes of a sound split', () => {
    // Sum over k of Binomial(k; n, 0.3) x factor(k): the factor is a density ratio, so the mean is exactly 1.
    const n = 200;
    let mean = 0;
    let logBinomial = n * Math.log(0.7);
    for (let k = 0; k <= n; k++) {
      mean += Math.exp(logBinomial + srmLogBayesFactor({ observed: [k, n - k], weights: [0.3, 0.7] }, 500));
      logBinomial += Math.log(((n - k) / (k + 1)) * (0.3 / 0.7));
    }
    expect(mean).toBeCloseTo(1, 9);
  });
});
