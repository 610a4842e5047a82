import { describe, expect, test } from 'vitest';
import { areExposuresMixed } from '../../src/core/health-exposures.js';
import { checkPower, dryRunWarnings, outlineOf, type PowerCheckInput, planWarnings, powerWords } from '../../src/core/health-power.js';
import { planPower } from '../../src/core/power.js';
import { normalPoint } from '../plain/distributions.js';
import { arm, metric, plan } from './totals.js';

const start = new Date('2026-01-05T00:00:00Z');
const day = (n: number): Date => new Date(start.getTime() + n * 86_400_000);

const running = (changes: Partial<PowerCheckInput>): PowerCheckInput => ({
  definition: plan({ minimumEffect: 0.1 }),
  arms: [arm('control', 1000, 50), arm('green', 1000, 60)],
  startedAt: start,
  now: day(2),
  looksUsed: 0,
  lookPeriodMs: 86_400_000,
  ...changes,
});

describe('a plan by itself', () => {
  const codes = (...args: Parameters<typeof plan>) =>
    planWarnings(outlineOf(plan(...args))).map(({ code, path }) => `${code} ${path.join('.')}`);
  const warned = ['UNDERPOWERED evaluation.horizonUnits'];

  test('is underpowered by a horizon that is reached before the units of minSampleSize', () => {
    expect(codes({ horizonUnits: 199, minSampleSize: 100 })).toEqual(warned);
    expect(codes({ horizonUnits: 200, minSampleSize: 100 })).toEqual([]);
  });

  test('is underpowered by a horizon that is too small even where half of the units convert', () => {
    // 0.5 against 0.51 at 0.8 alpha: the size that power gives.
    const { totalUnits } = planPower({
      metricType: 'CONVERSION',
      baseline: 0.5,
      standardDeviation: null,
      minimumEffect: 0.02,
      unitsPerVariant: null,
      alpha: 0.05,
      power: 0.8,
      variants: 2,
      method: 'ALWAYS_VALID',
      maxPeeks: 5,
      spending: 'OBRIEN_FLEMING',
      unitsPerDay: null,
    });
    expect(codes({ horizonUnits: totalUnits - 1, minimumEffect: 0.02 })).toEqual(warned);
    expect(codes({ horizonUnits: totalUnits, minimumEffect: 0.02 })).toEqual([]);
  });

  test('gives nothing away without a horizon, or for amounts, whose deviation nobody knows yet', () => {
    expect(codes({ minimumEffect: 0.001 })).toEqual([]);
    expect(codes({ horizonUnits: 1000, minimumEffect: 0.001 }, [metric({ type: 'CONTINUOUS' })])).toEqual([]);
  });
});

describe('a running plan', () => {
  // The reference for rates: 0.05 against 0.055 with power 0.8; the control's rate may be three standard errors off, and speaks for the plan.
  test.each([
    ['FREQUENTIST_T_TEST', 0.01],
    ['GROUP_SEQUENTIAL', 0.05],
    ['BAYESIAN', 0.05],
    ['ALWAYS_VALID', 0.04],
    ['SPRT', 0.04],
  ] as const)('by %s is held to the size that its own looks take', (method, alpha) => {
    const inflation = method === 'GROUP_SEQUENTIAL' ? 1.0247 : 1;
    const rate = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / 1e8);
    const changed = 1.1 * rate;
    const points = (normalPoint(alpha / 2) + normalPoint(0.2)) ** 2;
    const size = (2 * inflation * points * (rate * (1 - rate) + changed * (1 - changed))) / (0.1 * rate) ** 2;
    const arms = [arm('control', 1e8, 5e6), arm('green', 1e8, 5e6)];
    const stateAt = (horizonUnits: number) =>
      checkPower(running({ arms, definition: plan({ method, minimumEffect: 0.1, horizonUnits, lossThreshold: 1 }) }));
    expect(stateAt(Math.floor(0.999 * size))).toMatchObject({ state: 'UNDERPOWERED', cause: 'HORIZON' });
    expect(stateAt(Math.ceil(1.001 * size))).not.toMatchObject({ state: 'UNDERPOWERED' });
  });

  test('cannot reach its size with so few units a day', () => {
    // 10% of 5% takes some 68,000 units in two arms, 1,000 a day bring 90,000 in 90 days, 100 a day 9,000.
    expect(checkPower(running({}))).toEqual({ state: 'UNKNOWN' });
    const slow = running({ arms: [arm('control', 1000, 50), arm('green', 1000, 60)], now: day(20) });
    const check = checkPower(slow);
    expect(check).toMatchObject({ state: 'UNDERPOWERED', cause: 'TRAFFIC', units: 2000, daysLeft: 70 });
    if (check.state !== 'UNDERPOWERED') return;
    expect(powerWords(slow.definition, check)).toMatch(
      /^"Checkout" needs \d+ units and has 2000: at the pace so far that takes \d+ days in all, and 70.0 days are left\.$/,
    );
  });

  test('is sound once its pace leaves no doubt', () => {
    const arms = [arm('control', 40_000, 2000), arm('green', 40_000, 2050)];
    expect(checkPower(running({ arms }))).toEqual({ state: 'SOUND' });
    expect(checkPower(running({ arms, definition: plan({ horizonUnits: 100_000 }) }))).toEqual({ state: 'SOUND' });
  });

  test('has a horizon too small for the effect, as the control converts', () => {
    const arms = [arm('control', 10_000, 500), arm('green', 10_000, 510)];
    const input = running({ arms, definition: plan({ minimumEffect: 0.1, horizonUnits: 30_000 }) });
    const check = checkPower(input);
    expect(check).toMatchObject({ state: 'UNDERPOWERED', cause: 'HORIZON', horizonUnits: 30_000 });
    if (check.state !== 'UNDERPOWERED') return;
    expect(check.size).toBeGreaterThan(40_000);
    expect(powerWords(input.definition, check)).toContain('The horizon of "Checkout" is too small: a relative change of 0.1 takes');
  });

  test('has as much time as its looks leave it, where they are metered', () => {
    const definition = plan({ method: 'FREQUENTIST_T_TEST', maxPeeks: 5, minimumEffect: 0.1 });
    const arms = [arm('control', 2000, 100), arm('green', 2000, 110)];
    expect(checkPower(running({ definition, arms, looksUsed: 3 }))).toMatchObject({ state: 'UNDERPOWERED', cause: 'TRAFFIC', daysLeft: 2 });
    // All looks used in the first hour: no day has to pass to know.
    const early = running({ definition, arms, looksUsed: 5, now: new Date(start.getTime() + 3_600_000) });
    expect(checkPower(early)).toMatchObject({ state: 'UNDERPOWERED', daysLeft: 0 });
    expect(checkPower({ ...early, looksUsed: 4 })).toEqual({ state: 'UNKNOWN' });
    // Looks before minSampleSize cost nothing.
    const few = [arm('control', 50, 5), arm('green', 50, 5)];
    const waiting = plan({ method: 'FREQUENTIST_T_TEST', horizonUnits: 1000 });
    expect(checkPower(running({ definition: waiting, arms: few }))).toEqual({ state: 'SOUND' });
  });

  test('gets no verdict in its first day, without a size, or before the control is known', () => {
    expect(checkPower(running({ now: new Date(day(1).getTime() - 1), arms: [] }))).toEqual({ state: 'UNKNOWN' });
    expect(checkPower(running({ definition: plan(), now: day(30) }))).toEqual({ state: 'UNKNOWN' });
    expect(checkPower(running({ arms: [arm('control', 90, 20), arm('green', 90, 20)], now: day(30) }))).toEqual({ state: 'UNKNOWN' });
    const nobody = checkPower(running({ arms: [], definition: plan({ horizonUnits: 1000 }), now: day(30) }));
    expect(nobody).toMatchObject({ state: 'UNDERPOWERED', days: null });
    const impossible = [arm('control', 1000, 3400), arm('green', 1000, 50)];
    expect(checkPower(running({ arms: impossible, now: day(30) }))).toEqual({ state: 'UNKNOWN' });
  });

  test('is planned for a fall where the metric should fall, and for amounts by their deviation', () => {
    const errors = plan({ minimumEffect: 0.9 }, [metric({ direction: 'DECREASE' })]);
    const arms = [arm('control', 500, 300), arm('green', 500, 310)];
    expect(checkPower(running({ definition: errors, arms }))).toEqual({ state: 'SOUND' });
    const spent = { units: 400, events: 400, total: '4000', sumX: '4000', sumX2: '400000' };
    const revenue = plan({ minimumEffect: 0.01 }, [metric({ type: 'CONTINUOUS' })]);
    const amounts = [arm('control', 1000, { purchase: spent }), arm('green', 1000, { purchase: spent })];
    expect(checkPower(running({ definition: revenue, arms: amounts, now: day(20) }))).toMatchObject({ state: 'UNDERPOWERED' });
  });
});

describe('a dry run', () => {
  test('tells of a horizon too small and of too little traffic', () => {
    const arms = [arm('control', 1000, 50, 0), arm('green', 1000, 60, 0)];
    const told = (changes: Parameters<typeof plan>[0], growth: number) =>
      dryRunWarnings(plan(changes), { arms, startedAt: start, now: day(10), growth }).map(({ code, message }) => `${code} ${message}`);
    expect(told({ minimumEffect: 0.1, horizonUnits: 20_000 }, 100)[0]).toContain('UNDERPOWERED horizonUnits of 20000 are too few');
    expect(told({ minimumEffect: 0.1 }, 100)).toEqual([]);
    expect(told({ minimumEffect: 0.1 }, 1)[0]).toContain('After a dry run with 2000 units');
    expect(told({}, 1)).toEqual([]);
  });
});

describe('exposures', () => {
  test('are mixed by more mismatched units than a thousandth explains, ten at least', () => {
    expect(areExposuresMixed({ exposed: 0, mismatched: 0 })).toBe(false);
    expect(areExposuresMixed({ exposed: 10, mismatched: 9 })).toBe(false);
    expect(areExposuresMixed({ exposed: 1000, mismatched: 10 })).toBe(true);
    // A thousandth itself is tolerated at any size; half as much again is not, once there are enough.
    expect(areExposuresMixed({ exposed: 1_000_000, mismatched: 1000 })).toBe(false);
    expect(areExposuresMixed({ exposed: 1_000_000, mismatched: 1500 })).toBe(true);
    expect(areExposuresMixed({ exposed: 10_000, mismatched: 15 })).toBe(false);
  });
});
