import { expect } from 'vitest';
import type { Comparison } from '../../src/core/evaluation.js';
import type { Bounds } from '../plain/comparisons.js';
import type { ExpectedPosterior } from './expected-posteriors.js';
import type { Expected, verdictsOf } from './expected-results.js';

/** Equal to `digits` significant digits; null only where null is expected. */
export function expectNear(actual: number | null | undefined, expected: number | null, digits = 8): void {
  if (expected === null) expect(actual).toBeNull();
  else expect(actual).toEqual(expect.closeTo(expected, Math.min(15, digits - Math.ceil(Math.log10(Math.abs(expected) || 1)))));
}

function expectBounds(actual: Comparison['interval'], expected: Bounds | null, digits: number): void {
  expectNear(actual?.lower ?? null, expected?.[0] ?? null, digits);
  expectNear(actual?.upper ?? null, expected?.[1] ?? null, digits);
  expect(actual?.level).toBe(expected ? 0.95 : undefined);
}

/** p-values and boundaries of planned looks are good to five digits, to three where p is large. */
export function expectComparison(
  actual: Comparison,
  { difference, ...expected }: Expected,
  verdict: ReturnType<typeof verdictsOf>[number],
): void {
  const digits = 5;
  expect(actual).toMatchObject({
    metric: expected.metric,
    variant: expected.variant,
    significant: verdict.significant,
    outcome: verdict.outcome,
    confirmatory: true,
    probabilityToBeatControl: null,
    expectedLoss: null,
    unknownReason: expected.pValue === null ? 'INSUFFICIENT_SAMPLE' : null,
  });
  expect(actual.controlUnits + actual.variantUnits).toBe(difference.units);
  for (const member of ['controlMean', 'variantMean', 'effect', 'lift', 'standardError'] as const)
    expectNear(actual[member], difference[member]);
  const isLarge = (expected.pValue ?? 0) > 0.5;
  expectNear(actual.pValue, expected.pValue, isLarge ? 3 : digits);
  expectNear(actual.adjustedPValue, verdict.adjustedPValue, isLarge ? 3 : digits);
  expectBounds(actual.interval, expected.interval, digits);
  expectBounds(actual.liftInterval, expected.liftInterval, digits);
  expectNear(actual.minimumDetectableEffect, expected.detectable, digits);
}

export function expectPosterior(actual: Comparison, expected: ExpectedPosterior): void {
  expect(actual).toMatchObject({
    metric: expected.metric,
    variant: expected.variant,
    pValue: null,
    adjustedPValue: null,
    confirmatory: true,
  });
  expectNear(actual.probabilityToBeatControl, expected.probabilityToBeatControl, 5);
  expectNear(actual.expectedLoss, expected.expectedLoss, 4);
  expect(actual.interval === null).toBe(expected.probabilityToBeatControl === null);
  if (actual.interval === null) return;
  expect(expected.effectBelow(actual.interval.lower ?? 0)).toBeCloseTo(0.025, 4);
  expect(expected.effectBelow(actual.interval.upper ?? 0)).toBeCloseTo(0.975, 4);
  if (expected.metric !== 'bought') return;
  expect(expected.liftBelow(actual.liftInterval?.lower ?? 0)).toBeCloseTo(0.025, 4);
  expect(expected.liftBelow(actual.liftInterval?.upper ?? 0)).toBeCloseTo(0.975, 4);
}
