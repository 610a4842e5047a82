import { describe, expect, test } from 'vitest';
import { defaultBandit } from '../../../src/core/definition.js';
import type { EvaluationPlan } from '../../../src/core/experiment.js';
import { planPower } from '../../../src/core/power.js';
import { simulateCourse } from '../../../src/core/simulation/course.js';
import { type SimulatedPlan, withoutEffect } from '../../../src/core/simulation/plan.js';
import { createRandom } from '../../../src/core/simulation/random.js';
import { summariseCourses } from '../../../src/core/simulation/summary.js';
import { errorGuardrail, metric, plan } from '../totals.js';

const day = 1;

function world(evaluation: Partial<EvaluationPlan>, changes: Partial<SimulatedPlan> = {}): SimulatedPlan {
  return {
    definition: plan({ schedule: 'daily_0900_utc', ...evaluation }),
    baselines: { purchase: { mean: 0.05, deviation: 0 }, error: { mean: 0.02, deviation: 0 } },
    effects: { green: 0.1 },
    unitsPerDay: 5_000,
    days: 14,
    lookDays: day,
    ...changes,
  };
}

function played(simulated: SimulatedPlan, runs: number) {
  const courses = Array.from({ length: runs }, (_, run) => simulateCourse(simulated, createRandom(1, `run/${run}`)));
  return { courses, summary: summariseCourses(simulated.definition, courses) };
}

/** 3.29 standard errors of a share: passed by luck once in a thousand seeds, and this seed is fixed. */
const within = (share: number, runs: number) => 3.29 * Math.sqrt((share * (1 - share)) / runs);

describe('a simulated experiment', () => {
  // The size comes from the normal approximation of planPower(), which shares nothing with the draws and little with the test.
  const question = {
    ...plan().evaluation,
    method: 'FREQUENTIST_T_TEST',
    maxPeeks: 1,
    metricType: 'CONVERSION',
    baseline: 0.05,
    standardDeviation: null,
    minimumEffect: 0.1,
    unitsPerVariant: null,
    variants: 2,
    unitsPerDay: null,
  } as const;
  const { unitsPerVariant, totalUnits } = planPower(question);
  // The one look is made when both arms hold minSampleSize: within a day of the planned size.
  const sized = world(
    { method: 'FREQUENTIST_T_TEST', maxPeeks: 1, minSampleSize: unitsPerVariant - 300 },
    { unitsPerDay: totalUnits / 100, days: 110 },
  );

  test('finds its effect as often as it was planned to', () => {
    const { summary } = played(sized, 600);
    expect(Math.abs(summary.found.share - 0.8)).toBeLessThan(within(0.8, 600));
    expect(summary.shipped).toMatchObject([{ variant: 'green', share: summary.found.share }]);
    expect(summary.days.median).toBeGreaterThan(98);
    expect(summary.days.median).toBeLessThan(102);
  });

  test('claims nothing that is not there more often than alpha', () => {
    const { summary } = played(withoutEffect(sized), 600);
    expect(summary.falseClaims.share).toBeLessThan(0.05 + within(0.05, 600));
    expect(summary.falseClaims.runs).toBeGreaterThan(0);
    expect(summary.found.runs).toBe(0);
    const said = summary.decisions.reduce((sum, { runs }) => sum + runs, 0);
    expect(said).toBe(600);
  });

  test('reads a metered plan at the looks of its schedule, from the first with enough units on, until they are used up', () => {
    const { courses } = played(withoutEffect(world({ method: 'FREQUENTIST_T_TEST', maxPeeks: 3, minSampleSize: 9_000 })), 20);
    // 9,000 an arm come within the fourth day; a claim may end it before the third look.
    for (const { decidedOnDay, decision } of courses) {
      expect([4, 5, 6]).toContain(decidedOnDay);
      expect(['DO_NOT_SHIP', 'SHIP']).toContain(decision);
    }
    expect(courses.map(({ decidedOnDay }) => decidedOnDay)).toContain(6);
  });

  test('ends a plan with a horizon there, whatever its readings', () => {
    const { courses } = played(withoutEffect(world({ horizonUnits: 22_000 }, { lookDays: 1 / 1440 })), 10);
    for (const { decidedOnDay, units } of courses) {
      expect(decidedOnDay).toBeLessThanOrEqual(22_000 / 5_000 + 1 / 1440);
      expect(units).toBeLessThanOrEqual(22_004);
    }
  });

  test('goes without a word when too few come', () => {
    const { summary } = played(world({ minSampleSize: 50_000 }), 5);
    expect(summary).toMatchObject({ days: { median: null, ninetieth: null }, units: 70_000 });
    expect(summary.decisions.find(({ decision }) => decision === 'INSUFFICIENT_DATA')).toMatchObject({ runs: 5 });
  });

  test('is rolled back by the alarm of a guardrail, which one with room to spare does not give', () => {
    const guarded = (threshold: number) => ({ ...errorGuardrail, threshold });
    const sound = world({ horizonUnits: 30_000 }, { definition: plan({ horizonUnits: 30_000 }, [metric(), guarded(0.02)]) });
    const { summary } = played(sound, 50);
    expect(summary.guardrails).toMatchObject([{ metric: 'error', variant: 'green', runs: 0 }]);
    // No room at all and a chance of 1 in 5 of a false alarm, in a plan that nothing else ends.
    const definition = plan({ alpha: 0.2, method: 'FREQUENTIST_T_TEST', minSampleSize: 1e9 }, [metric(), guarded(0)]);
    const baselines = { ...sound.baselines, error: { mean: 0.3, deviation: 0 } };
    const strict = world({}, { definition, baselines, effects: {}, lookDays: 1 / 1440 });
    const alarmed = played(strict, 50);
    expect(alarmed.summary.guardrails[0]?.runs).toBeGreaterThan(0);
    for (const { alarms, decision } of alarmed.courses) if (alarms.length > 0) expect(decision).toBe('ROLL_BACK');
  });

  test('gives the same for the same chance', () => {
    const simulated = world({ horizonUnits: 20_000 });
    expect(played(simulated, 3).courses).toEqual(played(simulated, 3).courses);
  });
});

describe('a simulated bandit', () => {
  const definition = { ...plan({}, undefined, ['control', 'green', 'blue']), design: 'BANDIT' as const, bandit: defaultBandit };

  test('moves its traffic to the better variant, within bounds, and loses less than equal shares do', () => {
    const simulated = world({}, { definition, effects: { green: 0.5 }, days: 10 });
    const { courses, summary } = played(simulated, 8);
    for (const { bandit } of courses) {
      expect(bandit?.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
      for (const weight of bandit?.weights ?? []) {
        expect(weight).toBeGreaterThanOrEqual(defaultBandit.minWeight);
        expect(weight).toBeLessThanOrEqual(defaultBandit.maxWeight);
      }
    }
    // 50,000 units, two arms of three at 2.5 points less.
    expect(summary.bandit?.equalRegret).toBeCloseTo((50_000 * 2 * 0.025) / 3, 6);
    expect(summary.bandit?.regret).toBeLessThan(0.4 * (summary.bandit?.equalRegret ?? 0));
    expect(summary.bandit?.variants[1]).toMatchObject({ variant: 'green', heaviest: { runs: 8 } });
  });

  test('takes no effect from what objects inherit, whatever its variants are called', () => {
    const named = { ...definition, variants: plan({}, undefined, ['control', 'constructor']).variants };
    const { summary } = played(world({}, { definition: named, effects: {}, days: 2 }), 1);
    expect(summary.bandit).toMatchObject({ regret: 0, equalRegret: 0 });
  });

  test('keeps equal shares until its burn-in is over', () => {
    const patient = { ...definition, bandit: { ...defaultBandit, burnInSeconds: 30 * 86_400 } };
    const [course] = played(world({}, { definition: patient, effects: { green: 0.5 } }), 1).courses;
    expect(course?.bandit?.weights).toEqual([0.3334, 0.3333, 0.3333]);
    // What was lost is what chance made of equal shares.
    expect(course?.bandit?.regret).toBeCloseTo(course?.bandit?.equalRegret ?? 0, -2);
  });
});
