import { describe, expect, test } from 'vitest';
import { type RatioPeriod, srmLogBayesFactor, srmLogBayesFactorOfPeriods, srmLogTiltFactor } from '../../src/core/stats/srm.js';

/** Three allocations to three arms, the last of which is switched off in one of them. */
const shares = [
  [0.5, 0.3, 0.2],
  [0.05, 0.9, 0.05],
  [0.4, 0.6, 0],
];

/** All counts of so many units in the arms. */
function countsOf(units: number, arms: number): readonly (readonly number[])[] {
  if (arms === 1) return [[units]];
  return Array.from({ length: units + 1 }, (_, first) => countsOf(units - first, arms - 1).map((rest) => [first, ...rest])).flat();
}

function periodsOf(counts: readonly (readonly number[])[]): readonly RatioPeriod[] {
  return shares.map((weights, period) => ({ weights, observed: counts[period] as readonly number[] }));
}

/** Every way in which counts of 2, 3 and 1 units can come, that the shares allow. */
const outcomes = countsOf(2, 3).flatMap((first) =>
  countsOf(3, 3).flatMap((second) =>
    countsOf(1, 3)
      .filter(([, , off]) => off === 0)
      .map((third) => [first, second, third]),
  ),
);

describe('the evidence against planned shares', () => {
  test.each([
    ['of one lasting fault', srmLogTiltFactor],
    ['of several allocations', srmLogBayesFactorOfPeriods],
  ])('%s is expected to stay as it is with the next unit under any allocation, so it may be read at any time', (_, logFactor) => {
    expect(logFactor(periodsOf(shares.map(() => [0, 0, 0])))).toBe(0);
    for (const counts of outcomes) {
      const now = Math.exp(logFactor(periodsOf(counts)));
      shares.forEach((weights, period) => {
        const next = weights.map((share, arm) => {
          if (share === 0) return 0;
          const withUnit = counts.map((own, place) => own.map((units, each) => units + (place === period && each === arm ? 1 : 0)));
          return share * Math.exp(logFactor(periodsOf(withUnit)));
        });
        expect(next.reduce((sum, term) => sum + term, 0) / now).toBeCloseTo(1, 12);
      });
    }
  });

  test('of one allocation is that of the reference', () => {
    const period = { observed: [5300, 4700], weights: [0.5, 0.5] };
    expect(srmLogBayesFactorOfPeriods([period])).toBe(srmLogBayesFactor(period));
    expect(srmLogBayesFactorOfPeriods([])).toBe(0);
  });

  test('of one lasting fault is the mean over the odds that it changes, by hand', () => {
    // 3 of 4 units in an arm of one half, 1 of 1 in an arm of one tenth: with the odds times r, ratios of (2 r / (1 + r))^3 (2 / (1 + r)) and 10 r / (9 + r).
    const periods = [
      { observed: [3, 1], weights: [0.5, 0.5] },
      { observed: [1, 0], weights: [0.1, 0.9] },
    ];
    const odds = [2, 1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256].flatMap((tilt) => [Math.exp(tilt), Math.exp(-tilt)]);
    const ratios = odds.map((r) => ((2 * r) / (1 + r)) ** 3 * (2 / (1 + r)) * ((10 * r) / (9 + r)));
    expect(Math.exp(srmLogTiltFactor(periods))).toBeCloseTo(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length, 12);
  });

  test('stays finite for a billion units, all of them in the wrong arm', () => {
    const period = { observed: [0, 1e9], weights: [0.9999, 0.0001] };
    expect(srmLogBayesFactorOfPeriods([period, period])).toBeGreaterThan(1e9);
  });

  test('refuses allocations of different arms', () => {
    const pair = { observed: [1, 1], weights: [0.5, 0.5] };
    const three = { observed: [1, 1, 1], weights: [0.3, 0.3, 0.4] };
    expect(() => srmLogBayesFactorOfPeriods([pair, pair, three])).toThrow('different arms');
  });
});
