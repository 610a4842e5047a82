import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultEvaluation, normalise } from '../../src/core/definition.js';
import type { EvaluationPlanInput } from '../../src/core/definition-input.js';
import { lookBudget } from '../../src/core/look-budget.js';
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
