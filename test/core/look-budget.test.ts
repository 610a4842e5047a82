import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultEvaluation, normalise } from '../../src/core/definition.js';
import type { EvaluationPlanInput } from '../../src/core/definition-input.js';
import { lookBudget, lookWarnings } from '../../src/core/look-budget.js';
import { sampleInput } from './samples.js';

const dayMs = 86_400_000;

function planOf(changes: Partial<EvaluationPlanInput>) {
  const evaluation = { ...defaultEvaluation, method: 'GROUP_SEQUENTIAL' as const, horizonUnits: 10_000, minSampleSize: 500, ...changes };
  return normalise(sampleInput({ evaluation }), { salt: 'unused' });
}

const atTheStart = { looksUsed: 0, informationFraction: 0, unitsPerDay: 1_000, lookPeriodMs: dayMs };

/** Looks made one by one, from when each variant has enough until one finds the horizon reached. */
function countedLooks({ horizon, from, perLook, phase }: { horizon: number; from: number; perLook: number; phase: number }): number {
  let looks = 1;
  for (let units = from + phase * perLook; units < horizon; units += perLook) looks += 1;
  return looks;
}

describe('the looks of a plan', () => {
  test('are those from the first that has its units to the one at the horizon', () => {
    expect(lookBudget(planOf({ maxPeeks: 10 }), atTheStart)).toEqual({ needed: 10, planned: 10, days: 10 });
  });

  test('are the fewest that the times of the schedule allow', () => {
    const whole = fc.integer({ min: 1, max: 20_000 });
    const property = fc.property(whole, whole, fc.integer({ min: 50, max: 5_000 }), (horizonUnits, minSampleSize, unitsPerDay) => {
      const found = lookBudget(planOf({ horizonUnits, minSampleSize }), { ...atTheStart, unitsPerDay });
      const from = Math.min(horizonUnits, 2 * minSampleSize);
      // The first look falls anywhere in the period that its units come in; the later, the fewer.
      const phases = [0, 0.25, 0.5, 0.75, 0.9999];
      const fewest = Math.min(...phases.map((phase) => countedLooks({ horizon: horizonUnits, from, perLook: unitsPerDay, phase })));
      expect(found?.needed).toBe(fewest);
    });
    fc.assert(property, { seed: 20261121, numRuns: 500 });
  });

  test('count those that are used, and go on from the units that are there', () => {
    const pace = { ...atTheStart, looksUsed: 4, informationFraction: 0.5 };
    expect(lookBudget(planOf({ maxPeeks: 8 }), pace)).toEqual({ needed: 10, planned: 8, days: 5 });
    expect(lookBudget(planOf({}), { ...pace, informationFraction: 1.2 })).toMatchObject({ needed: 5, days: 0 });
  });

  test('come as often as the schedule says, and begin when the smallest variant has its units', () => {
    expect(lookBudget(planOf({}), { ...atTheStart, lookPeriodMs: dayMs / 4 })).toMatchObject({ needed: 37 });
    const [control, green] = planOf({}).variants;
    if (!control || !green) throw new Error('two variants');
    const uneven = {
      ...planOf({}),
      variants: [
        { ...control, weight: 0.9 },
        { ...green, weight: 0.1 },
        { ...green, key: 'off', weight: 0 },
      ],
    };
    expect(lookBudget(uneven, atTheStart)).toMatchObject({ needed: 6 });
  });

  test('are not counted where they cost nothing, or nothing says when they end', () => {
    expect(lookBudget(planOf({ method: 'ALWAYS_VALID' }), atTheStart)).toBeNull();
    expect(lookBudget(planOf({ method: 'FREQUENTIST_T_TEST', horizonUnits: null }), atTheStart)).toBeNull();
  });
});

describe('the looks of a schedule', () => {
  const minute = 60_000;
  const warningOf = (changes: Partial<EvaluationPlanInput>, periodMs: number) => lookWarnings(planOf(changes), periodMs)[0]?.message;

  test('are warned of when they are gone within a day, with the horizon still to come', () => {
    expect(lookWarnings(planOf({ maxPeeks: 5 }), minute)).toEqual([
      {
        code: 'UNDERPOWERED',
        path: ['evaluation', 'schedule'],
        received: 'every_60s',
        message:
          'every_60s makes all 5 planned looks within 5 minutes of the time when each variant has 500 units (minSampleSize); ' +
          '10000 units (horizonUnits) have to come by then. With daily_0000_utc they last 5 days.',
      },
    ]);
    expect(warningOf({ maxPeeks: 100, schedule: 'every_600s' }, 10 * minute)).toMatch(
      /within 17 hours .* With hourly they last 4.2 days\.$/,
    );
    expect(warningOf({ maxPeeks: 1 }, minute)).toMatch(/^every_60s makes the one planned look within 1 minute of/);
    expect(warningOf({ method: 'FREQUENTIST_T_TEST', horizonUnits: null }, 5_000)).toMatch(
      /within 25 seconds .*; what comes later is never tested\./,
    );
  });

  test.each([
    ['that last a day', { maxPeeks: 24 }, 60 * minute],
    ['that are not metered', { method: 'ALWAYS_VALID' as const }, minute],
    ['of which the first one is at the horizon', { minSampleSize: 5_000 }, minute],
    [
      'of which there is one, when each variant has its units',
      { method: 'FREQUENTIST_T_TEST' as const, horizonUnits: null, maxPeeks: 1 },
      minute,
    ],
  ])('are well: %s', (_, changes, periodMs) => {
    expect(lookWarnings(planOf(changes), periodMs)).toEqual([]);
  });

  test('are counted from when the smallest variant has its units', () => {
    const uneven = normalise(
      sampleInput({
        variants: [
          { key: 'a', weight: 0.9, isControl: true },
          { key: 'b', weight: 0.1, isControl: false },
        ],
        evaluation: { ...defaultEvaluation, method: 'GROUP_SEQUENTIAL', horizonUnits: 10_000, minSampleSize: 1_000 },
      }),
      { salt: 'unused' },
    );
    expect(lookWarnings(uneven, minute)).toEqual([]);
  });
});
