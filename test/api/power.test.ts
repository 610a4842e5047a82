import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { normalPoint } from '../plain/distributions.js';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, problemsOf, sampleInput } from './operations.js';

/** Sizes by the normal formulae of the textbooks, and what looks cost by gsDesign and rpact. */

/** Shares of alpha that the test which is planned for may use, and what looks cost in units; five looks. */
const methods = [
  { name: 'FREQUENTIST_T_TEST', how: { method: 'FREQUENTIST_T_TEST' }, alpha: 0.05 / 5, inflation: 1 },
  { name: 'ALWAYS_VALID', how: { method: 'ALWAYS_VALID' }, alpha: 0.04, inflation: 1 },
  { name: 'SPRT', how: { method: 'SPRT' }, alpha: 0.04, inflation: 1 },
  { name: 'BAYESIAN', how: { method: 'BAYESIAN' }, alpha: 0.05, inflation: 1 },
  { name: 'OBRIEN_FLEMING', how: { method: 'GROUP_SEQUENTIAL' }, alpha: 0.05, inflation: 1.0247 },
  { name: 'POCOCK', how: { method: 'GROUP_SEQUENTIAL', spending: 'POCOCK' }, alpha: 0.05, inflation: 1.2126 },
] as const;
const metricTypes = ['CONVERSION', 'COUNT', 'CONTINUOUS', 'RATIO'] as const;

describe('power', () => {
  let service: RunningService;
  const api = createCaller(() => service);
  const ask = (input: object) => api.done('power', { input });
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(async () => {
    await service.remove();
  });

  const points = (alpha: number, power: number) => (normalPoint(alpha / 2) + normalPoint(1 - power)) ** 2;

  describe.each(methods)('for $name', ({ how, alpha, inflation }) => {
    test.each(metricTypes)('of %s gives the size of the formula, and the effect of that size', async (metricType) => {
      const isRate = metricType === 'CONVERSION';
      const question = { ...how, metricType, ...(isRate ? { baseline: 0.05 } : { baseline: 5, standardDeviation: 10 }) };
      const variance = isRate ? 0.05 * 0.95 + 0.055 * 0.945 : 200;
      const difference = isRate ? 0.005 : 0.5;
      const expected = (inflation * points(alpha, 0.8) * variance) / difference ** 2;
      const plan = await ask({ ...question, minimumEffect: 0.1, unitsPerDay: 1_000 });
      // The next whole unit; inflation is known to four decimals.
      expect(Math.abs(plan.unitsPerVariant / expected - 1)).toBeLessThan(1 / expected + (inflation === 1 ? 1e-9 : 6e-5));
      expect(plan).toMatchObject({ totalUnits: 2 * plan.unitsPerVariant, minimumEffect: 0.1, power: 0.8 });
      expect(plan.days).toBeCloseTo(plan.totalUnits / 1_000, 9);
      const { minimumEffect } = await ask({ ...question, unitsPerVariant: plan.unitsPerVariant });
      expect(minimumEffect).toBeCloseTo(0.1, 4);
    });

    test('shares alpha among the variants', async () => {
      const three = await ask({ ...how, metricType: 'CONTINUOUS', baseline: 1, standardDeviation: 1, minimumEffect: 0.1, variants: 3 });
      const half = await ask({ ...how, metricType: 'CONTINUOUS', baseline: 1, standardDeviation: 1, minimumEffect: 0.1, alpha: 0.025 });
      expect(three).toMatchObject({ unitsPerVariant: half.unitsPerVariant, totalUnits: 3 * half.unitsPerVariant });
    });

    test('sizes a horizon of which there is no warning, and one unit less is UNDERPOWERED', async () => {
      const { totalUnits } = await ask({ ...how, metricType: 'CONVERSION', baseline: 0.5, minimumEffect: 0.1 });
      const warningsOf = async (horizonUnits: number) => {
        const evaluation = { ...how, horizonUnits, minimumEffect: 0.1, lossThreshold: 0.01, schedule: 'daily_0000_utc' };
        const { warnings } = await api.done(
          'createExperiment',
          { input: sampleInput({ evaluation }) },
          '{ warnings { code path received } }',
        );
        return warnings;
      };
      expect(await warningsOf(totalUnits)).toEqual([]);
      expect(await warningsOf(totalUnits - 1)).toEqual([
        { code: 'UNDERPOWERED', path: ['evaluation', 'horizonUnits'], received: totalUnits - 1 },
      ]);
    });
  });

  test('refuses what cannot be planned, every fault at once', async () => {
    const input = { metricType: 'RATIO', baseline: 0, alpha: 1, method: 'GROUP_SEQUENTIAL', maxPeeks: 101 };
    expect(problemsOf(await api.refused('power', { input }))).toEqual([
      'BAD_USER_INPUT at standardDeviation',
      'INVALID_RANGE at alpha',
      'INVALID_RANGE at baseline',
      'INVALID_RANGE at maxPeeks',
      'NOT_EXACTLY_ONE at minimumEffect',
    ]);
  });
});
