import { describe, expect, test } from 'vitest';
import { groupDesign, pairInformation, withLook } from '../../src/core/group-design.js';
import { groupSequentialPValue } from '../../src/core/stats/group-sequential-planning.js';
import { draws } from './totals.js';

describe('a group-sequential design as it came about', () => {
  test.each(['OBRIEN_FLEMING', 'POCOCK'] as const)('has the p-values of %s to five digits, from table to table', (spending) => {
    const next = draws(11);
    for (const [looks, largest] of [
      [2, 3],
      [3, 5],
      [5, 3],
      [5, 30],
      [9, 4],
    ] as const) {
      const cuts = Array.from({ length: looks }, (_, i) => (i === looks - 1 ? 1 : (i + 0.2 + 0.7 * next()) / looks));
      const z = cuts.map(() => largest * next());
      const exact = groupSequentialPValue(z, { spending, sides: 2, information: cuts });
      const smallest = cuts.reduce((least, _, at) => {
        const design = groupDesign(spending, {
          fractions: cuts.slice(0, at + 1),
          information: cuts.slice(0, at + 1).map((cut) => 700 * cut),
        });
        return Math.min(least, design.pValue(z[at] ?? 0, least));
      }, 1);
      if (exact > 0.88) expect(smallest).toBeGreaterThan(0.88);
      else expect(Math.abs(exact / smallest - 1)).toBeLessThan(1e-5);
    }
  });

  test('gives p-values that fall as z grows, to far below any that matters', () => {
    const design = groupDesign('OBRIEN_FLEMING', { fractions: [0.3, 0.6, 1], information: [3, 6, 10] });
    let previous = 1;
    for (let z = 0; z < 45; z += 0.37) {
      const pValue = design.pValue(z, 1);
      expect(pValue).toBeLessThanOrEqual(previous);
      previous = pValue;
    }
    expect(previous).toBeLessThan(1e-300);
  });

  test('is the same whatever was asked of it before', () => {
    const plan = { fractions: [0.21, 0.47, 0.83], information: [21, 47, 83] };
    const first = groupDesign('POCOCK', plan).pValue(2.1, 1);
    for (let k = 0; k < 600; k++) groupDesign('POCOCK', { fractions: [0.1 + k / 1000, 1], information: [1, 2] });
    const again = groupDesign('POCOCK', plan);
    again.pValue(0.4, 1);
    again.pValue(7, 1);
    expect(again.pValue(2.1, 1)).toBe(first);
  });
});

test('a look that adds nothing is none, and the last one at the same data stands in the place of the one before', () => {
  const plan = { spending: 'OBRIEN_FLEMING', alpha: 0.05 } as const;
  const first = withLook(null, { ...plan, fraction: 0.4, information: 100 });
  expect(first).toEqual({ fractions: [0.4], information: [100] });
  if (typeof first === 'string') throw new Error(first);
  expect(withLook(first, { ...plan, fraction: 0.4, information: 100 })).toBe('NOTHING_NEW');
  expect(withLook(first, { ...plan, fraction: 0.5, information: 100 })).toBe('NOTHING_NEW');
  expect(withLook(first, { ...plan, fraction: 1, information: 100 })).toEqual({ fractions: [1], information: [100] });
  expect(withLook(first, { ...plan, fraction: 1, information: 101 })).toEqual({ fractions: [0.4, 1], information: [100, 101] });
  expect(withLook({ fractions: [1], information: [100] }, { ...plan, fraction: 1, information: 200 })).toBe('NOTHING_NEW');
  expect(withLook(null, { ...plan, fraction: 1e-9, information: 1 })).toBe('EARLY');
  expect(withLook(null, { ...plan, fraction: 0.5, information: 0 })).toBe('NOTHING_NEW');
});

test('the information of a pair is what its shares were promised, harmonically', () => {
  const versions = [
    { version: 1, propensities: [0.5, 0.3, 0.2], units: [10, 0, 0] },
    { version: 2, propensities: [0.1, 0.9, 0], units: [1, 2, 7] },
  ];
  expect(pairInformation(versions, 0, 1)).toBeCloseTo((6 * 12) / 18, 12);
  expect(pairInformation(versions, 0, 2)).toBeCloseTo((6 * 2) / 8, 12);
  expect(pairInformation([], 0, 1)).toBe(0);
});
