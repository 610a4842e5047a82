import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatScaled, toNano } from '../../src/core/decimal.js';
import { type ArmSums, type Comparison, type EvaluationResult, evaluate, type MetricSums } from '../../src/core/evaluation.js';
import { type EvaluationPlan, evaluationMethods, type MetricDefinition } from '../../src/core/experiment.js';
import { arm, errorGuardrail, look, metric, plan } from './totals.js';

const fixed = (value: bigint) => formatScaled(value, 18);
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

  test.each(evaluationMethods)('everybody against nobody is settled by %s', (method) => {
    const definition = plan({ method, horizonUnits: 400, minimumEffect: 0.5, lossThreshold: 0.01, maxPeeks: 1 });
    const lost = evaluate(look(definition, [arm('control', 191, 191), arm('green', 209, 0)]));
    expect(lost.decision).toBe('DO_NOT_SHIP');
    expect(lost.comparisons[0]).toMatchObject({ effect: -1, lift: -1, outcome: 'WORSE', unknownReason: null });
    // Values between 0 and 1 deviate by one half at most (Popoviciu 1935).
    expect(lost.comparisons[0]?.standardError).toBeCloseTo(0.5 * Math.sqrt(1 / 191 + 1 / 209), 14);
    if (method === 'SPRT') return; // It looks for a share of the control's mean, which is 0.
    const won = evaluate(look(definition, [arm('control', 191, 0), arm('green', 209, 209)]));
    expect(won).toMatchObject({ decision: 'SHIP', winner: 'green' });
  });

  test('values that differ and do not vary are ZERO_VARIANCE: nothing says how widely they could', () => {
    expect(compared([arm('control', 1000, sums(1000, '1000', '1000')), arm('green', 1000, sums(0, '0', '0'))], continuous)).toMatchObject({
      effect: -1,
      pValue: null,
      unknownReason: 'ZERO_VARIANCE',
    });
  });

  test('rates that values before exposure explain whole are ZERO_VARIANCE', () => {
    const explained = (variant: string, count: number) => {
      const second = { sumY: `${count}`, sumY2: `${count}`, sumXY: `${count}` };
      return arm(variant, 1000, { purchase: { ...sums(count, `${count}`, `${count}`).purchase, second } });
    };
    const arms = [explained('control', 400), explained('green', 430)];
    expect(compared(arms, plan({}, [metric({ cuped: true })]))).toMatchObject({ pValue: null, unknownReason: 'ZERO_VARIANCE' });
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

describe('a difference beyond all numbers', () => {
  test.each(evaluationMethods)('%s is sure of what no double can doubt', (method) => {
    const definition = plan({ method, horizonUnits: 4e6, minimumEffect: 0.5, lossThreshold: 1e-9 });
    const result = evaluate(look(definition, [arm('control', 1e6, 1_000), arm('green', 1e6, 900_000)]));
    const [comparison] = result.comparisons;
    if (method === 'BAYESIAN') expect(comparison).toMatchObject({ probabilityToBeatControl: 1, expectedLoss: 0, pValue: null });
    else expect(comparison?.pValue).toBeLessThan(1e-100);
    expect(comparison).toMatchObject({ outcome: 'BETTER', unknownReason: null });
    expect(result).toMatchObject({ decision: 'SHIP', winner: 'green' });
    expect(result.summary).toMatch(method === 'BAYESIAN' ? /above 99\.99%/ : /adjusted p below 0\.0001/);
  });
});

const methods: readonly Partial<EvaluationPlan>[] = [
  { method: 'ALWAYS_VALID' },
  { method: 'ALWAYS_VALID', horizonUnits: 10 },
  { method: 'FREQUENTIST_T_TEST' },
  { method: 'GROUP_SEQUENTIAL', horizonUnits: 1000 },
  { method: 'GROUP_SEQUENTIAL', horizonUnits: 2 ** 53 - 1, spending: 'POCOCK', maxPeeks: 3 },
  { method: 'SPRT', minimumEffect: 0.1 },
  { method: 'SPRT', minimumEffect: 1e-9, horizonUnits: 100, alpha: 0.9 },
  { method: 'BAYESIAN', lossThreshold: 0.01 },
  { method: 'BAYESIAN', lossThreshold: 1e-300, horizonUnits: 5 },
];
const kinds: readonly Partial<MetricDefinition>[] = [
  { type: 'CONVERSION' },
  { type: 'CONVERSION', cuped: true },
  { type: 'CONTINUOUS' },
  { type: 'COUNT', direction: 'DECREASE' },
  { type: 'CONTINUOUS', cuped: true },
  { type: 'RATIO', denominator: 'visit' },
];

/** What is missing is missing for a reason, and what is called significant is known. */
function expectReason(comparison: Comparison, method: EvaluationPlan['method']): void {
  const { effect, lift, liftInterval, interval, pValue, probabilityToBeatControl, expectedLoss, significant, unknownReason } = comparison;
  const evidence = method === 'BAYESIAN' ? probabilityToBeatControl : pValue;
  const isMissing = [effect, lift, interval, liftInterval, evidence, ...(method === 'BAYESIAN' ? [expectedLoss] : [])].includes(null);
  if (isMissing) expect(unknownReason).not.toBeNull();
  if (significant) expect(evidence).not.toBeNull();
}

describe('NaN and Infinity never leave, whatever the totals', () => {
  const text = fc.oneof(
    fc.integer({ min: -2000, max: 2000 }).map(String),
    fc.double({ min: -1e12, max: 1e12, noNaN: true }).map((value) => value.toFixed(9)),
    fc.constantFrom('0', 'NaN', '-0', '1e30', '0.000000001'),
  );
  const count = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 10_000 }), fc.constantFrom(-1, 0.5, 1e9, 1e15));
  const wild = fc.record(
    { units: count, events: count, total: text, sumX: text, sumX2: text, second: fc.record({ sumY: text, sumY2: text, sumXY: text }) },
    { requiredKeys: ['units', 'events', 'total', 'sumX', 'sumX2'] },
  );
  /** Sums that units can have: half of them x and y, the others 0, -x and so on. */
  const sound = fc
    .record({
      events: fc.nat(500),
      x: fc.constantFrom(1, 1, 1, 1, 0, -3, 1e6, 1e-9, 1e12),
      y: fc.constantFrom(0, 1, 2, -1, 1e-9, 1e12),
      shift: fc.integer({ min: 0, max: 3 }),
    })
    .map(({ events, x, y, shift }) => {
      const decimal = (value: number) => value.toFixed(9);
      const times = (a: number, b: number) => fixed(BigInt(events) * toNano(a) * toNano(b));
      const total = fixed(BigInt(events) * toNano(x) * 1_000_000_000n);
      const sumY2 = fixed(BigInt(events) * toNano(y) * toNano(y) + BigInt(shift) * 10n ** 18n);
      const second = { sumY: fixed(BigInt(events) * toNano(y) * 1_000_000_000n), sumY2, sumXY: times(x, y) };
      return { units: events, events, total: decimal(x), sumX: total, sumX2: times(x, x), second };
    });
  const metrics = fc.record({ purchase: fc.oneof(sound, wild), error: fc.oneof(sound, wild) }, { requiredKeys: [] });
  const arms = fc.array(
    fc.record({
      variant: fc.constantFrom('control', 'green', 'blue', 'gone'),
      period: fc.integer({ min: 1, max: 3 }),
      units: fc.oneof(fc.integer({ min: 500, max: 3000 }), count),
      metrics,
    }),
    { maxLength: 8 },
  );
  const full = fc.tuple(
    ...['control', 'green', 'blue'].flatMap((variant) =>
      [1, 2].map((period) =>
        fc
          .record({ units: fc.oneof(fc.integer({ min: 500, max: 5000 }), fc.constantFrom(1e9, 501)), purchase: sound, error: sound })
          .map(({ units, ...own }) => ({ variant, period, units, metrics: own })),
      ),
    ),
  );
  const totals = fc.oneof({ arbitrary: full, weight: 2 }, { arbitrary: arms, weight: 1 });
  const ways = fc.record({ arms: fc.array(totals, { minLength: 1, maxLength: 3 }), kind: fc.constantFrom(...kinds), looksUsed: fc.nat(4) });

  test.each(methods)('with %j', (changes) => {
    fc.assert(
      fc.property(ways, ({ arms: each, kind, looksUsed }) => {
        const variants = each.length === 2 ? ['control', 'green', 'blue'] : ['control', 'green'];
        const definition = plan(
          { minSampleSize: 0, maxPeeks: 5, segments: ['region'], ...changes },
          [metric(kind), errorGuardrail],
          variants,
        );
        const propensities = variants.map(() => 1 / variants.length);
        let previous: EvaluationResult['carried'] | null = null;
        for (const [i, cells] of each.entries()) {
          const versions = [{ version: 1, propensities, units: variants.map(() => 50 * (i + 1)) }];
          // Parts that are the whole, and with them others that cannot be.
          const others = [cells, each[(i + 1) % each.length]] as ArmSums[][];
          const segments = others.slice(0, 1 + (i % 2)).map((arms, at) => ({ attribute: 'region', value: `${at}`, arms }));
          const used = Math.min(looksUsed, (definition.evaluation.maxPeeks ?? 5) - 1);
          const result: EvaluationResult = evaluate(
            look(definition, cells as ArmSums[], { versions, segments, previous, looksUsed: used }),
          );
          // JSON writes NaN and Infinity as null, so a result that survives the journey has neither.
          expect(JSON.parse(JSON.stringify(result))).toEqual(result);
          for (const comparison of [result, ...result.segments].flatMap((part) => part.comparisons))
            expectReason(comparison, result.method);
          expect(result.winner !== null).toBe(result.decision === 'SHIP');
          previous = result.carried;
        }
      }),
      { seed: 20_250_104, numRuns: 250 },
    );
  });
});
