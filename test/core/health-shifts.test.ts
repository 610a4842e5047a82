import { describe, expect, test } from 'vitest';
import { binomialExcessLogPValue } from '../../src/core/stats/binomial-excess.js';
import { differenceShift, differenceTerms } from '../../src/core/stats/difference-shift.js';
import { ratioShift, ratioTerms, roughRatioShift } from '../../src/core/stats/ratio-shift.js';
import type { RateStratum } from '../../src/core/stats/shift.js';
import { binomial, draws } from './totals.js';

const stratum = (units: number, conversions: number, referenceUnits: number, referenceConversions: number): RateStratum => ({
  units,
  conversions,
  referenceUnits,
  referenceConversions,
});

/** A promise plus what chance may add to it in so many runs: passed by luck once in a thousand seeds. */
const most = (promise: number, runs: number): number => promise + 3.29 * Math.sqrt((promise * (1 - promise)) / runs);

describe('the ratio of two rates', () => {
  const options = { tolerance: 0, scale: Math.log(3) };

  test('has shifted by the signed root of the likelihood ratio', () => {
    // Of 40 conversions 20 are the arm's, later 30 of 40, with as many units in both: 2 (40 ln 0.5 + 30 ln 0.75 + 10 ln 0.25 - 50 ln 0.625 - 30 ln 0.375).
    const shift = ratioShift([stratum(1000, 20, 1000, 20)], [stratum(1000, 30, 1000, 10)], 1, options);
    const twice = 2 * (40 * Math.log(0.5) + 30 * Math.log(0.75) + 10 * Math.log(0.25) - 50 * Math.log(0.625) - 30 * Math.log(0.375));
    expect(shift?.z).toBeCloseTo(Math.sqrt(twice), 12);
    expect(ratioShift([stratum(1000, 20, 1000, 20)], [stratum(1000, 30, 1000, 10)], -1, options)?.z).toBeCloseTo(-Math.sqrt(twice), 12);
  });

  test('has not when units and base rate move, whatever the strata', () => {
    const earlier = [stratum(1000, 100, 1000, 50), stratum(100, 30, 1000, 150)];
    const later = [stratum(5000, 50, 1000, 5), stratum(10, 4, 200, 40)];
    expect(ratioShift(earlier, later, 1, options)?.z).toBeCloseTo(0, 6);
    expect(ratioShift(earlier, later, 1, options)?.logPValue).toBe(0);
    const sum = (strata: readonly RateStratum[]) =>
      strata.map(ratioTerms).reduce((a, b) => ({ own: a.own + b.own, other: a.other + b.other, variance: a.variance + b.variance }));
    expect(roughRatioShift(sum(earlier), sum(later), 1, 0)?.change).toBeCloseTo(0, 12);
  });

  test('is the same for the arms changed over, and counts from the tolerance on', () => {
    const turned = ({ units, conversions, referenceUnits, referenceConversions }: RateStratum) =>
      stratum(referenceUnits, referenceConversions, units, conversions);
    const [earlier, later] = [[stratum(900, 40, 1100, 60)], [stratum(500, 60, 700, 30)]];
    const shift = ratioShift(earlier, later, 1, options);
    expect(ratioShift(earlier.map(turned), later.map(turned), -1, options)?.z).toBeCloseTo(shift?.z ?? 0, 9);
    const tolerant = ratioShift(earlier, later, 1, { ...options, tolerance: 0.1 });
    expect(tolerant?.z).toBeLessThan(shift?.z ?? 0);
    const all = Math.log(60 / 500 / (30 / 700)) - Math.log(40 / 900 / (60 / 1100));
    expect(ratioShift(earlier, later, 1, { ...options, tolerance: all })?.z).toBeCloseTo(0, 6);
  });

  test('says nothing where nothing can be known, and is defined at the ends', () => {
    expect(ratioShift([stratum(100, 0, 100, 0)], [stratum(100, 5, 100, 5)], 1, options)).toBeNull();
    expect(ratioShift([stratum(100, 5, 0, 0)], [stratum(100, 5, 100, 5)], 1, options)).toBeNull();
    expect(ratioShift([stratum(100, 5, 100, 5)], [], 1, options)).toBeNull();
    const gone = ratioShift([stratum(1e4, 500, 1e4, 500)], [stratum(1e4, 0, 1e4, 500)], -1, options);
    expect(gone?.z).toBeGreaterThan(10);
    expect(Number.isFinite(gone?.logPValue)).toBe(true);
    expect(() => ratioShift([stratum(100, -1, 100, 5)], [stratum(100, 5, 100, 5)], 1, options)).toThrow('whole number');
  });

  test('is called shifted in at most 5% of runs, looked at after each of 600 conversions, with as few as 15 before', () => {
    const runs = 400;
    const next = draws(31);
    let called = 0;
    for (let run = 0; run < runs; run++) {
      const share = run % 2 === 0 ? 0.5 : 0.1;
      const before = binomial(next, 150, share);
      const earlier = [stratum(1e5 * share, before, 1e5 * (1 - share), 150 - before)];
      let own = 0;
      for (let count = 1; count <= 600; count++) {
        if (next() < share) own += 1;
        // From the tenth on, for a normal approximation.
        if (count < 10) continue;
        const later = [stratum(1e5 * share, own, 1e5 * (1 - share), count - own)];
        if ((ratioShift(earlier, later, 1, options)?.logPValue ?? 0) <= Math.log(0.05)) {
          called += 1;
          break;
        }
      }
    }
    expect(called / runs).toBeLessThanOrEqual(most(0.05, runs));
    expect(called / runs).toBeGreaterThan(0.005);
  });
});

describe('the difference of two rates', () => {
  test('shifts by its change over its standard error, and not by points that both gain', () => {
    const earlier = differenceTerms(stratum(1001, 100, 1001, 50));
    const shift = differenceShift(earlier, differenceTerms(stratum(1001, 200, 1001, 50)), 1, 0.1);
    const variance = (p: number) => (p * (1 - p)) / 1000;
    const [a, b, c] = [100 / 1001, 50 / 1001, 200 / 1001];
    expect(shift?.z).toBeCloseTo((c - a) / Math.sqrt(variance(a) + 2 * variance(b) + variance(c)), 12);
    expect(differenceShift(earlier, differenceTerms(stratum(1001, 300, 1001, 250)), 1, 0.1)?.z).toBeCloseTo(0, 12);
    expect(differenceShift(earlier, differenceTerms(stratum(1, 1, 500, 20)), 1, 0.1)).toBeNull();
  });
});

describe('a share that is tolerated', () => {
  test('is exceeded by a p-value that is the reciprocal of the mixed likelihood ratio', () => {
    // By Simpson's rule over shares from 0.001 to 1 for Beta(1, 99) cut off there, 8 of 500 (numbers from the integral itself, in logarithms).
    const [share, successes, trials] = [0.001, 8, 500];
    const density = (p: number) => 99 * (1 - p) ** 98;
    const ratio = (p: number) => Math.exp(successes * Math.log(p / share) + (trials - successes) * (Math.log1p(-p) - Math.log1p(-share)));
    const simpson = (f: (p: number) => number) => {
      const steps = 200_000;
      const width = (0.999 - share) / steps;
      let sum = f(share) + f(0.999);
      for (let i = 1; i < steps; i++) sum += f(share + i * width) * (i % 2 === 0 ? 2 : 4);
      return (sum * width) / 3;
    };
    const mixed = simpson((p) => density(p) * ratio(p)) / simpson(density);
    expect(binomialExcessLogPValue(successes, trials, share)).toBeCloseTo(-Math.log(mixed), 7);
  });

  test('is never called exceeded by what lies below it, and by 1e9 units is found out in the third digit', () => {
    expect(binomialExcessLogPValue(0, 0, 0.001)).toBeCloseTo(0, 12);
    expect(binomialExcessLogPValue(0, 1e9, 0.001)).toBe(0);
    expect(binomialExcessLogPValue(999_000, 1e9, 0.001)).toBe(0);
    expect(binomialExcessLogPValue(1_010_000, 1e9, 0.001)).toBeLessThan(Math.log(1e-10));
    expect(() => binomialExcessLogPValue(5, 4, 0.001)).toThrow('5 successes of 4 trials');
  });

  test('is called exceeded in at most 5% of runs at exactly the share, looked at after each of 3,000 units', () => {
    const runs = 400;
    const next = draws(32);
    let called = 0;
    for (let run = 0; run < runs; run++) {
      let successes = 0;
      for (let trials = 1; trials <= 3000; trials++) {
        if (next() >= 0.01) continue;
        // It is only by a success that the p-value falls.
        successes += 1;
        if (binomialExcessLogPValue(successes, trials, 0.01) <= Math.log(0.05)) {
          called += 1;
          break;
        }
      }
    }
    expect(called / runs).toBeLessThanOrEqual(most(0.05, runs));
    expect(called / runs).toBeGreaterThan(0.005);
  });
});
