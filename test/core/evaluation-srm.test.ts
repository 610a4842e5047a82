import { describe, expect, test } from 'vitest';
import { checkSampleRatio } from '../../src/core/evaluation-srm.js';

const pair = ['control', 'green'];
const even = [0.5, 0.5];

describe('the sample ratio', () => {
  test('passes while there is nothing to tell', () => {
    expect(checkSampleRatio(pair, [], null)).toMatchObject({
      carriedPValue: null,
      srm: { passed: true, pValue: null, chiSquarePValue: null },
    });
    const { srm } = checkSampleRatio(pair, [{ version: 1, propensities: even, units: [3, 1] }], null);
    expect(srm).toMatchObject({ passed: true, chiSquarePValue: null });
  });

  test('shows the sequential and the chi-square p-value of the reference', () => {
    // srm_sequential-01 (third look) and Pearson by hand: (300^2 + 300^2) / 5000 = 36.
    const { srm } = checkSampleRatio(pair, [{ version: 1, propensities: even, units: [5300, 4700] }], null);
    expect(srm.pValue).toBeCloseTo(0.00017421600622369497, 10);
    expect(srm.statistic).toBeCloseTo(36, 12);
    expect(srm).toMatchObject({ passed: false, variants: [{ variant: 'control', observed: 5300, expected: 5000 }, { observed: 4700 }] });
  });

  test('once failed stays failed', () => {
    const { srm, carriedPValue } = checkSampleRatio(pair, [{ version: 1, propensities: even, units: [50_000, 50_000] }], 0.004);
    expect(srm).toMatchObject({ passed: false, pValue: 0.004 });
    expect(carriedPValue).toBe(0.004);
  });

  test('fails a variant that gets nobody', () => {
    const units = [400, 400, 0];
    const versions = [{ version: 1, propensities: [0.4, 0.4, 0.2], units }];
    expect(checkSampleRatio(['a', 'b', 'c'], versions, null).srm.passed).toBe(false);
  });

  test('follows weights that change from version to version', () => {
    const versions = [
      { version: 1, propensities: even, units: [5000, 5050] },
      { version: 2, propensities: [0.1, 0.9], units: [990, 9040] },
      { version: 3, propensities: [0, 1], units: [0, 4000] },
    ];
    const { srm } = checkSampleRatio(pair, versions, null);
    expect(srm.passed).toBe(true);
    expect(srm.variants[1]).toEqual({ variant: 'green', observed: 18_090, expected: 5025 + 9027 + 4000 });
  });

  test('bears a late unit of a variant that was switched off, not a stream of them', () => {
    const off = (stray: number) => [{ version: 2, propensities: [0, 1], units: [stray, 20_000] }];
    expect(checkSampleRatio(pair, off(2), null).srm.passed).toBe(true);
    expect(checkSampleRatio(pair, off(100), null).srm.passed).toBe(false);
  });
});
