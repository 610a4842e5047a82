import { describe, expect, test } from 'vitest';
import type { DomainError } from '../../src/core/errors.js';
import { type PowerInput, planPower } from '../../src/core/power.js';

const question: PowerInput = {
  metricType: 'CONVERSION',
  baseline: 0.05,
  standardDeviation: null,
  minimumEffect: 0.1,
  unitsPerVariant: null,
  alpha: 0.05,
  power: 0.8,
  variants: 2,
  method: 'FREQUENTIST_T_TEST',
  maxPeeks: 1,
  spending: 'OBRIEN_FLEMING',
  unitsPerDay: null,
};

function codes(changes: Partial<PowerInput>): readonly string[] {
  try {
    planPower({ ...question, ...changes });
    return [];
  } catch (error) {
    return (error as DomainError).problems.map(({ code, path }) => `${code} ${path.join('.')}`);
  }
}

describe('power', () => {
  test('gives the units of the reference for rates and for means', () => {
    // sample_size_proportions-01 and sample_size_means-01 of the vectors.
    expect(planPower(question)).toEqual({ unitsPerVariant: 31_231, totalUnits: 62_462, days: null, minimumEffect: 0.1, power: 0.8 });
    const means = { metricType: 'CONTINUOUS', baseline: 5, standardDeviation: 10 } as const;
    expect(planPower({ ...question, ...means }).unitsPerVariant).toBe(6280);
  });

  test('plans ALWAYS_VALID for its final test, looks at alpha / maxPeeks, and shares alpha among variants', () => {
    const units = (changes: Partial<PowerInput>) => planPower({ ...question, ...changes }).unitsPerVariant;
    expect(units({ method: 'ALWAYS_VALID', maxPeeks: 5 })).toBe(units({ alpha: 0.04 }));
    expect(units({ maxPeeks: 5 })).toBe(units({ alpha: 0.01 }));
    expect(units({ variants: 6 })).toBe(units({ alpha: 0.01 }));
  });

  test('plans every method by the test that decides in it', () => {
    const units = (changes: Partial<PowerInput>) => planPower({ ...question, ...changes }).unitsPerVariant;
    // gsDesign and rpact: O'Brien-Fleming's spending in five equal steps costs 1.0247 times the units of one look.
    expect(units({ method: 'GROUP_SEQUENTIAL', maxPeeks: 5 }) / units({})).toBeCloseTo(1.0247, 3);
    // rpact: Pocock's 1.2126.
    expect(units({ method: 'GROUP_SEQUENTIAL', maxPeeks: 5, spending: 'POCOCK' }) / units({})).toBeCloseTo(1.2126, 3);
    expect(units({ method: 'GROUP_SEQUENTIAL' })).toBe(units({}));
    expect(units({ method: 'SPRT', maxPeeks: 5 })).toBe(units({ alpha: 0.04 }));
    expect(units({ method: 'BAYESIAN', maxPeeks: 5 })).toBe(units({}));
    const amounts = { baseline: 5, standardDeviation: 10 };
    expect(units({ metricType: 'RATIO', ...amounts })).toBe(units({ metricType: 'CONTINUOUS', ...amounts }));
    const found = planPower({ ...question, method: 'GROUP_SEQUENTIAL', maxPeeks: 5, minimumEffect: null, unitsPerVariant: 32_002 });
    expect(found.minimumEffect).toBeCloseTo(0.1, 4);
  });

  test('gives the effect that a size finds, and the two answers agree', () => {
    const found = planPower({ ...question, minimumEffect: null, unitsPerVariant: 31_231, unitsPerDay: 1000 });
    expect(found.minimumEffect).toBeCloseTo(0.1, 5);
    expect(found.days).toBeCloseTo(62.462, 9);
    const again = planPower({ ...question, minimumEffect: found.minimumEffect });
    expect(Math.abs(again.unitsPerVariant - 31_231)).toBeLessThanOrEqual(1);
    const means = { metricType: 'COUNT', baseline: 2, standardDeviation: 3, minimumEffect: null } as const;
    const size = planPower({ ...question, ...means, unitsPerVariant: 500 });
    expect(
      planPower({ ...question, ...means, minimumEffect: size.minimumEffect, unitsPerVariant: null }).unitsPerVariant,
    ).toBeLessThanOrEqual(501);
  });

  test('takes a fall as well as a rise', () => {
    expect(planPower({ ...question, minimumEffect: -0.1 }).unitsPerVariant).toBeLessThan(31_231);
  });

  test('answers every fault at once', () => {
    expect(codes({ unitsPerVariant: 100 })).toEqual(['NOT_EXACTLY_ONE minimumEffect']);
    expect(codes({ minimumEffect: null })).toEqual(['NOT_EXACTLY_ONE minimumEffect']);
    expect(codes({ baseline: 1.5, alpha: 0, power: 1, variants: 1, maxPeeks: 0, unitsPerDay: 0 })).toEqual([
      'INVALID_RANGE baseline',
      'INVALID_RANGE alpha',
      'INVALID_RANGE power',
      'INVALID_RANGE variants',
      'INVALID_RANGE maxPeeks',
      'INVALID_RANGE unitsPerDay',
    ]);
    expect(codes({ metricType: 'CONTINUOUS' })).toEqual(['BAD_USER_INPUT standardDeviation']);
    expect(codes({ metricType: 'CONTINUOUS', baseline: 0, standardDeviation: 0 })).toEqual([
      'INVALID_RANGE baseline',
      'INVALID_RANGE standardDeviation',
    ]);
    expect(codes({ metricType: 'RATIO' })).toEqual(['BAD_USER_INPUT standardDeviation']);
    expect(codes({ method: 'GROUP_SEQUENTIAL', maxPeeks: 101 })).toEqual(['INVALID_RANGE maxPeeks']);
    expect(codes({ minimumEffect: 0 })).toEqual(['INVALID_RANGE minimumEffect']);
    expect(codes({ minimumEffect: 20 })).toEqual(['INVALID_RANGE minimumEffect']);
    expect(codes({ minimumEffect: Number.NaN })).toEqual(['INVALID_RANGE minimumEffect']);
  });

  test('refuses a size at which nothing could be found, and an effect that no size finds', () => {
    expect(codes({ baseline: 0.9, minimumEffect: null, unitsPerVariant: 5 })).toEqual(['INVALID_RANGE unitsPerVariant']);
    expect(codes({ minimumEffect: 1e-12 })).toEqual(['INVALID_RANGE minimumEffect']);
  });
});
