import { describe, expect, test } from 'vitest';
import { type EvaluationResult, evaluate, type SegmentSums } from '../../src/core/evaluation.js';
import { evaluationMethods } from '../../src/core/experiment.js';
import { adjustPValues } from '../../src/core/stats/corrections.js';
import { arm, converted, errorGuardrail, look, metric, plan } from './totals.js';

const metrics = [metric(), metric({ key: 'visit', role: 'SECONDARY' }), errorGuardrail];
const cell = (variant: string, units: number, purchase: number, visit = purchase) =>
  arm(variant, units, { purchase: converted(purchase), visit: converted(visit), error: converted(Math.round(units / 100)) });
const segment = (value: string, arms: SegmentSums['arms']): SegmentSums => ({ attribute: 'region', value, arms });

const definition = plan({ segments: ['region'] }, metrics);
const all = [cell('control', 10_000, 500), cell('green', 10_000, 560)];
const parts = [
  segment('US', [cell('control', 6000, 300), cell('green', 6000, 420)]),
  segment('DE', [cell('control', 3920, 200), cell('green', 3920, 140)]),
  segment('', [cell('control', 80, 20), cell('green', 80, 21)]),
];

function judged(changes: Parameters<typeof look>[2] = {}): EvaluationResult {
  return evaluate(look(definition, all, { segments: parts, ...changes }));
}

describe('segments', () => {
  test('hold the comparisons in their order, each with its own units', () => {
    const { segments, comparisons } = judged();
    expect(segments.map(({ attribute, value }) => [attribute, value])).toEqual([
      ['region', 'US'],
      ['region', 'DE'],
      ['region', ''],
    ]);
    for (const part of segments) {
      expect(part.comparisons.map(({ metric: key, variant }) => [key, variant])).toEqual(
        comparisons.map(({ metric: key, variant }) => [key, variant]),
      );
    }
    expect(segments[0]?.comparisons[0]).toMatchObject({ controlUnits: 6000, effect: expect.closeTo(0.02, 12), confirmatory: true });
  });

  test('are a family of their own, adjusted by Benjamini and Hochberg, those without a p-value counted', () => {
    const { segments } = judged();
    const family = segments.flatMap((part) => part.comparisons.filter(({ role }) => role !== 'GUARDRAIL'));
    const expected = adjustPValues(
      family.map(({ pValue }) => pValue),
      'BENJAMINI_HOCHBERG',
      6,
    );
    expect(family.map(({ adjustedPValue }) => adjustedPValue)).toEqual(expected);
    expect(family.map(({ outcome }) => outcome)).toEqual(['BETTER', 'BETTER', 'WORSE', 'WORSE', 'INCONCLUSIVE', 'INCONCLUSIVE']);
  });

  test('decide nothing', () => {
    const { decision, winner, segments } = judged();
    expect({ decision, winner }).toEqual({ decision: 'KEEP_RUNNING', winner: null });
    expect(segments[0]?.comparisons[0]?.outcome).toBe('BETTER');
  });

  test('are read from 100 units an arm on', () => {
    expect(judged().segments[2]?.comparisons[0]).toMatchObject({
      effect: expect.closeTo(0.0125, 12),
      pValue: null,
      unknownReason: 'INSUFFICIENT_SAMPLE',
    });
  });

  test('keep the smallest p-value of their looks', () => {
    const first = judged();
    const faded = [segment('US', [cell('control', 6100, 310), cell('green', 6100, 320)])];
    const second = judged({ segments: faded, previous: first.carried });
    expect(second.segments[0]?.comparisons[0]?.pValue).toBe(first.segments[0]?.comparisons[0]?.pValue);
    expect(Object.keys(second.carried.segments ?? {})).toEqual(['region=US']);
  });

  test('are withheld with everything else when the units do not fit', () => {
    const versions = [{ version: 1, propensities: [0.5, 0.5], units: [10_000, 9000] }];
    const withheld = judged({ versions });
    expect(withheld.decision).toBe('INVALID');
    for (const { comparisons } of withheld.segments) {
      for (const comparison of comparisons) expect(comparison).toMatchObject({ effect: null, unknownReason: 'SRM_DETECTED' });
    }
  });

  test('claim nothing in a dry run', () => {
    const { segments } = judged({ confirmatory: false });
    for (const { comparisons } of segments)
      for (const { significant, confirmatory } of comparisons) expect([significant, confirmatory]).toEqual([false, false]);
  });

  test.each(evaluationMethods)('are judged as %s judges', (method) => {
    const own = {
      ...definition,
      evaluation: { ...definition.evaluation, method, horizonUnits: 40_000, minimumEffect: 0.2, lossThreshold: 0.0005 },
    };
    const result = evaluate(look(own, all, { segments: parts }));
    const [comparison] = result.segments[0]?.comparisons ?? [];
    if (method === 'BAYESIAN')
      expect(comparison).toMatchObject({ outcome: 'BETTER', pValue: null, probabilityToBeatControl: expect.closeTo(1, 4) });
    else expect(comparison?.pValue).toBeLessThan(0.05);
    expect(JSON.stringify(evaluate(JSON.parse(JSON.stringify(look(own, all, { segments: parts })))))).toBe(JSON.stringify(result));
  });
});
