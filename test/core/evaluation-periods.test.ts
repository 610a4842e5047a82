import { describe, expect, test } from 'vitest';
import { mergePeriods, periodsOf } from '../../src/core/analysis-periods.js';
import { type Comparison, evaluate } from '../../src/core/evaluation.js';
import { arm, look, metric, plan } from './totals.js';

const primary = metric();
const pair = ['control', 'green'];

function merged(arms: Parameters<typeof periodsOf>[0]) {
  return mergePeriods(periodsOf(arms, primary, pair), primary.type).map(({ cells, total }) => ({
    units: cells.map(({ units }) => units),
    total,
  }));
}

describe('analysis periods', () => {
  test('merge with their neighbours until every arm has 100 units and 10 conversions', () => {
    const arms = [
      arm('control', 150, 20, 1),
      arm('green', 90, 12, 1),
      arm('control', 150, 20, 2),
      arm('green', 90, 12, 2),
      arm('control', 500, 50, 3),
      arm('green', 500, 9, 3),
    ];
    // The third cannot stand alone for its 9 conversions and joins the group before it.
    expect(merged(arms)).toEqual([{ units: [800, 680], total: 1480 }]);
    expect(merged([...arms.slice(0, 4), arm('control', 500, 50, 3), arm('green', 500, 10, 3)])).toEqual([
      { units: [300, 180], total: 480 },
      { units: [500, 500], total: 1000 },
    ]);
  });

  test('leave out those in which one of the two had nobody', () => {
    const arms = [arm('control', 500, 50, 1), arm('green', 500, 50, 1), arm('control', 5000, 900, 2), arm('blue', 70, 7, 1)];
    expect(merged(arms)).toEqual([{ units: [500, 500], total: 1070 }]);
    expect(merged([arm('control', 500, 50, 1)])).toEqual([{ units: [500, 0], total: 500 }]);
    expect(merged([])).toEqual([]);
  });

  test('a drifting base rate under moving weights fakes no effect', () => {
    // Simpson: 5% in both arms while the control is large, 10% in both once the variant is. Pooled the variant gains 3.6 points.
    const arms = [arm('control', 9000, 450, 1), arm('green', 1000, 50, 1), arm('control', 2000, 200, 2), arm('green', 8000, 800, 2)];
    const versions = [
      { version: 1, propensities: [0.9, 0.1], units: [9000, 1000] },
      { version: 2, propensities: [0.2, 0.8], units: [2000, 8000] },
    ];
    const [comparison] = evaluate(look(plan(), arms, { versions })).comparisons as [Comparison];
    expect(comparison).toMatchObject({ effect: 0, controlUnits: 11_000, variantUnits: 9_000, pValue: 1 });
    expect(comparison.controlMean).toBeCloseTo(0.075, 12);
  });

  test('the stratified error is that of the reference', () => {
    // stratified_difference-04 of the vectors: two periods of opposite allocation, effect 0.01, se 0.0201..., with x 0 or 1 here.
    const arms = [arm('control', 900, 45, 1), arm('green', 100, 10, 1), arm('control', 100, 10, 2), arm('green', 900, 99, 2)];
    const versions = [
      { version: 1, propensities: [0.9, 0.1], units: [900, 100] },
      { version: 2, propensities: [0.1, 0.9], units: [100, 900] },
    ];
    const [comparison] = evaluate(look(plan(), arms, { versions })).comparisons as [Comparison];
    const variance = (rate: number, n: number) => (rate * (1 - rate)) / (n - 1);
    const byHand = Math.sqrt(0.25 * (variance(0.05, 900) + variance(0.1, 100) + variance(0.1, 100) + variance(0.11, 900)));
    expect(comparison.effect).toBeCloseTo(0.5 * 0.05 + 0.5 * 0.01, 12);
    expect(comparison.standardError).toBeCloseTo(byHand, 14);
  });
});
