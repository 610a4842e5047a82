import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ArmSums, type Comparison, evaluate, type MetricSums } from '../../src/core/evaluation.js';
import { arm, errorGuardrail, look, metric, plan } from './totals.js';

const continuous = plan({}, [metric({ type: 'CONTINUOUS' })]);

function sums(units: number, sumX: string, sumX2: string): { readonly purchase: MetricSums } {
  return { purchase: { units, events: units, total: sumX, sumX, sumX2 } };
}

function compared(arms: readonly ArmSums[], definition = plan()): Comparison {
  return evaluate(look(definition, arms)).comparisons[0] as Comparison;
}

describe('totals that leave no number', () => {
  test('nobody at all is INSUFFICIENT_SAMPLE', () => {
    expect(compared([])).toMatchObject({ controlUnits: 0, effect: null, pValue: null, unknownReason: 'INSUFFICIENT_SAMPLE' });
  });

  test('nobody in one arm keeps the units of the other', () => {
    const versions = [{ version: 1, propensities: [0.9, 0.1], units: [5, 0] }];
    const result = evaluate(look(plan(), [arm('control', 5, 1)], { versions }));
    expect(result.comparisons[0]).toMatchObject({ controlUnits: 5, variantUnits: 0, effect: null, unknownReason: 'INSUFFICIENT_SAMPLE' });
  });

  test('no conversions anywhere is ZERO_VARIANCE with the means known', () => {
    expect(compared([arm('control', 1000, 0), arm('green', 1000, 0)])).toMatchObject({
      controlMean: 0,
      effect: 0,
      lift: null,
      standardError: null,
      pValue: null,
      unknownReason: 'ZERO_VARIANCE',
    });
  });

  test('a handful of conversions is INSUFFICIENT_SAMPLE, none where hundreds were due is not', () => {
    expect(compared([arm('control', 1000, 4), arm('green', 1000, 9)])).toMatchObject({
      pValue: null,
      unknownReason: 'INSUFFICIENT_SAMPLE',
    });
    expect(compared([arm('control', 1000, 991), arm('green', 1000, 993)]).unknownReason).toBe('INSUFFICIENT_SAMPLE');
    expect(compared([arm('control', 10_000, 800), arm('green', 10_000, 0)])).toMatchObject({ outcome: 'WORSE', unknownReason: null });
  });

  test('a control mean of 0 has an effect and no lift', () => {
    const result = compared([arm('control', 1000, sums(400, '0', '400')), arm('green', 1000, sums(400, '200', '400'))], continuous);
    expect(result).toMatchObject({ effect: 0.2, lift: null, liftInterval: null, unknownReason: 'ZERO_BASELINE', significant: true });
    expect(result.interval).not.toBeNull();
  });

  test('a control mean close to 0 has a lift without bounds', () => {
    const result = compared([arm('control', 1000, sums(400, '1', '400')), arm('green', 1000, sums(400, '2', '400'))], continuous);
    expect(result.liftInterval).toEqual({ lower: null, upper: null, level: 0.95 });
  });

  test('a negative control mean keeps the sign of the effect', () => {
    const result = compared([arm('control', 1000, sums(900, '-900', '1000')), arm('green', 1000, sums(900, '-450', '1000'))], continuous);
    expect(result).toMatchObject({ outcome: 'BETTER' });
    expect(result.lift).toBeCloseTo(0.5, 12);
    expect(result.liftInterval?.lower).toBeGreaterThan(0);
  });

  test.each([
    ['squares below what the sum needs', arm('green', 1000, sums(10, '100', '9'))],
    ['more conversions than units', arm('green', 1000, 1001)],
    ['a part of a conversion', arm('green', 1000, sums(10, '9.5', '9.5'))],
    ['more units with an event than exposed', arm('green', 5, sums(10, '3', '3'))],
    ['a sum that is no number', arm('green', 1000, sums(10, 'NaN', '9'))],
    ['a negative number of units', arm('green', -3, 0)],
    ['half a unit', arm('green', 1000.5, 3)],
  ])('%s is INVALID_DATA, never clamped', (_name, broken) => {
    const versions = [{ version: 1, propensities: [0.5, 0.5], units: [1000, 1000] }];
    const { comparisons } = evaluate(look(plan({ minSampleSize: 0 }), [arm('control', 1000, 100), broken], { versions }));
    expect(comparisons[0]).toMatchObject({ controlMean: null, effect: null, pValue: null, unknownReason: 'INVALID_DATA' });
  });

  test('a billion units with a difference in the seventh digit are ordinary', () => {
    const result = compared([arm('control', 1e9, 100_000_000), arm('green', 1e9, 100_150_000)]);
    expect(result).toMatchObject({ outcome: 'BETTER', unknownReason: null });
    expect(result.effect).toBeCloseTo(0.00015, 15);
  });

  test('an effect of hundreds of standard errors has the p-value 0 and a finite interval', () => {
    const result = compared([arm('control', 1e6, 1_000), arm('green', 1e6, 900_000)]);
    expect(result).toMatchObject({ pValue: 0, outcome: 'BETTER' });
    expect(result.interval?.lower).toBeGreaterThan(0.89);
  });
});

test('NaN and Infinity never leave, whatever the totals', () => {
  const text = fc.oneof(
    fc.integer({ min: -2000, max: 2000 }).map(String),
    fc.double({ min: -1e12, max: 1e12, noNaN: true }).map((value) => value.toFixed(9)),
    fc.constantFrom('0', 'NaN', '-0', '1e30'),
  );
  const count = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 10_000 }), fc.constantFrom(-1, 0.5, 1e15));
  const cell = fc.record({ units: count, events: count, total: text, sumX: text, sumX2: text });
  const arms = fc.array(
    fc.record({
      variant: fc.constantFrom('control', 'green', 'gone'),
      period: fc.integer({ min: 1, max: 3 }),
      units: count,
      metrics: fc.record({ purchase: cell, error: cell }, { requiredKeys: [] }),
    }),
    { maxLength: 6 },
  );
  const definitions = fc.constantFrom(
    plan({ minSampleSize: 0 }, [metric(), errorGuardrail]),
    plan({ minSampleSize: 0, horizonUnits: 10 }, [metric({ type: 'CONTINUOUS' }), errorGuardrail]),
    plan({ minSampleSize: 0, method: 'FREQUENTIST_T_TEST' }, [metric({ type: 'COUNT', direction: 'DECREASE' })]),
  );
  fc.assert(
    fc.property(definitions, arms, (definition, cells) => {
      const versions = [{ version: 1, propensities: [0.5, 0.5], units: [50, 50] }];
      const result = evaluate(look(definition, cells as ArmSums[], { versions }));
      // JSON writes NaN and Infinity as null, so a result that survives the journey has neither.
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    }),
    { seed: 20_250_104, numRuns: 1500 },
  );
});
