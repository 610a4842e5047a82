import { describe, expect, test } from 'vitest';
import { type AnomalyInput, checkConversions, findAnomaly, isAnomalyVisible } from '../../src/core/health-anomaly.js';
import { type Cohort, hourMs } from '../../src/core/health-cohorts.js';
import { arm, binomial, draws } from './totals.js';

const start = Date.UTC(2026, 0, 5);
const hour = (n: number): number => start + n * hourMs;

/** Hours of units and conversions by variant, the first at the start; looked at when the last has just ended. */
function cohortsOf(hours: Readonly<Record<string, readonly (readonly [units: number, conversions: number])[]>>): Cohort[] {
  return Object.entries(hours).flatMap(([variant, list]) =>
    list.map(([units, conversions], i) => ({ variant, hour: hour(i), units, conversions })),
  );
}

function look(cohorts: readonly Cohort[], changes: Partial<AnomalyInput> = {}) {
  const last = cohorts.reduce((most, cohort) => Math.max(most, cohort.hour), 0);
  const variants = [...new Set(cohorts.map(({ variant }) => variant))];
  return findAnomaly({ cohorts, variants, startedAt: new Date(start), resumedAt: null, now: new Date(last + hourMs), ...changes });
}

const usual = [1000, 100] as const;
const steady = [usual, usual, usual];

describe('an arm', () => {
  test('that leaves its history while another keeps to it is an anomaly, named with both rates and the hour', () => {
    const cohorts = cohortsOf({ a: [...steady, [1000, 320]], b: [...steady, [1000, 104]] });
    expect(look(cohorts)).toEqual({ variant: 'a', side: 'ROSE', since: new Date(hour(3)), rate: 0.32, usualRate: 0.1, reference: 'b' });
    const words = checkConversions({ cohorts, variants: ['a', 'b'], startedAt: new Date(start), resumedAt: null, now: new Date(hour(4)) });
    expect(words).toEqual({
      variant: 'a',
      reason:
        'The conversion rate of variant "a" rose from 10.0% to 32.0% for units exposed since 2026-01-05T03:00:00.000Z, ' +
        'beyond 3 sigma of its own history and of what variant "b" did meanwhile.',
    });
  });

  test('whose conversions stop is one once the hour has ended, for they may be on their way', () => {
    const cohorts = cohortsOf({ a: [...steady, [1000, 0]], b: [...steady, [1000, 98]] });
    expect(look(cohorts)).toMatchObject({ variant: 'a', side: 'FELL', rate: 0 });
    expect(look(cohorts, { now: new Date(hour(3) + hourMs / 2) })).toBeNull();
  });

  test('that rises is one at once, by an hour that has only begun', () => {
    const cohorts = cohortsOf({ a: [...steady, [100, 90]], b: [...steady, [100, 9]] });
    expect(look(cohorts, { now: new Date(hour(3) + 60_000) })).toMatchObject({ variant: 'a', side: 'ROSE', rate: 0.9 });
  });

  test('is none when the base rate moves all arms alike, by a factor or by points, from one hour to the next', () => {
    expect(
      look(
        cohortsOf({
          a: [...steady, [1000, 300]],
          b: [
            [500, 25],
            [500, 25],
            [500, 25],
            [500, 75],
          ],
        }),
      ),
    ).toBeNull();
    expect(
      look(
        cohortsOf({
          a: [
            [5000, 500],
            [5000, 500],
            [5000, 1000],
          ],
          b: [
            [5000, 100],
            [5000, 100],
            [5000, 600],
          ],
        }),
      ),
    ).toBeNull();
    expect(look(cohortsOf({ a: [...steady, [1000, 8]], b: [...steady, [1000, 12]] }))).toBeNull();
  });

  test('is none when it only gained or lost weight as the base rate moved', () => {
    const cohorts = cohortsOf({
      a: [
        [9000, 450],
        [9000, 450],
        [1000, 150],
      ],
      b: [
        [1000, 50],
        [1000, 50],
        [9000, 1350],
      ],
    });
    expect(look(cohorts)).toBeNull();
  });

  test('is none by a change below a quarter, however certain', () => {
    const cohorts = cohortsOf({
      a: [
        [1e6, 50_000],
        [1e6, 50_000],
        [1e6, 60_000],
      ],
      b: [
        [1e6, 50_000],
        [1e6, 50_000],
        [1e6, 50_000],
      ],
    });
    expect(look(cohorts)).toBeNull();
  });
});

describe('no verdict', () => {
  test('comes before both arms have 1,000 units, 30 conversions and an hour of history', () => {
    expect(
      look(
        cohortsOf({
          a: [
            [400, 40],
            [400, 390],
          ],
          b: [
            [1000, 100],
            [1000, 100],
          ],
        }),
      ),
    ).toBeNull();
    expect(
      look(
        cohortsOf({
          a: [
            [400, 40],
            [600, 590],
          ],
          b: [
            [1000, 100],
            [1000, 100],
          ],
        }),
      ),
    ).toMatchObject({ variant: 'a' });
    expect(
      look(
        cohortsOf({
          a: [
            [1e5, 1],
            [1000, 25],
          ],
          b: [
            [1e5, 50],
            [1000, 1],
          ],
        }),
      ),
    ).toBeNull();
    expect(look(cohortsOf({ a: [[2000, 1990]], b: [[2000, 200]] }))).toBeNull();
    expect(look([])).toBeNull();
    expect(isAnomalyVisible([arm('a', 600, 20), arm('a', 400, 10, 2), arm('b', 1000, 30)], 'purchase')).toBe(true);
    expect(isAnomalyVisible([arm('a', 5000, 29), arm('b', 1000, 30)], 'purchase')).toBe(false);
    expect(isAnomalyVisible([arm('a', 999, 300), arm('b', 1000, 30)], 'purchase')).toBe(false);
  });

  test('rests on what was before the bandit was set going again', () => {
    const cohorts = cohortsOf({ a: [...steady, [1000, 320], [1000, 100]], b: [...steady, [1000, 104], [1000, 100]] });
    expect(look(cohorts)).not.toBeNull();
    expect(look(cohorts, { resumedAt: new Date(hour(3) + 1) })).toBeNull();
    const again = cohortsOf({
      a: [...steady, [1000, 320], [1000, 100], [1000, 300]],
      b: [...steady, [1000, 104], [1000, 100], [1000, 100]],
    });
    expect(look(again, { resumedAt: new Date(hour(3) + 1) })).toMatchObject({ since: new Date(hour(5)), usualRate: 0.1 });
  });

  test('is needed where counts are impossible: that halts by itself', () => {
    const cohorts = cohortsOf({ a: [[1000, 3400]], b: [[1000, 100]] });
    const input = { cohorts, variants: ['a', 'b'], startedAt: new Date(start), resumedAt: null, now: new Date(hour(1)) };
    expect(checkConversions(input)).toEqual({ variant: null, reason: '3400 units of "a" converted, of 1000 exposed in an hour' });
  });
});

describe('over 28 days', () => {
  interface World {
    readonly rate: (arm: number, hour: number) => number;
    readonly shares: (hour: number) => readonly number[];
    readonly unitsAnHour: number;
    readonly looksAnHour: number;
    readonly hours?: number;
    readonly alpha?: number;
  }

  /** The hour of the first halt and its arm; null: none. */
  function live({ rate, shares, unitsAnHour, looksAnHour, hours = 672, alpha }: World, seed: number) {
    const next = draws(seed);
    const variants = shares(0).map((_, index) => `arm-${index}`);
    const cohorts: (Cohort & { units: number; conversions: number })[] = [];
    for (let h = 0; h < hours; h++) {
      const present = shares(h).map((_, index) => ({ variant: `arm-${index}`, hour: hour(h), units: 0, conversions: 0 }));
      cohorts.push(...present);
      const recent = cohorts.slice(-216 * variants.length);
      for (let k = 1; k <= looksAnHour; k++) {
        present.forEach((cohort, index) => {
          const units = binomial(next, Math.ceil((2 * unitsAnHour) / looksAnHour), (shares(h)[index] ?? 0) / 2);
          cohort.units += units;
          cohort.conversions += binomial(next, units, rate(index, h));
        });
        const now = new Date(hour(h) + Math.floor((k * hourMs) / looksAnHour));
        const found = findAnomaly({ cohorts: recent, variants, startedAt: new Date(start), resumedAt: null, now, alpha });
        if (found) return { hour: h, variant: found.variant };
      }
    }
    return null;
  }

  const evening = (h: number): number => 1 + 0.7 * Math.sin((h / 12) * Math.PI);
  const wandering = (h: number): readonly number[] => (Math.floor(h / 17) % 2 === 0 ? [0.9, 0.1] : [0.1, 0.9]);

  // At a promise of 5% ten lives may halt 0.5 + 3.29 sqrt(10 x 0.05 x 0.95) = 2.7 times. Sharing the error out over hours, arms and sides, and asking for
  // two tests and a quarter of change, makes it none: here, in 120 lives with a look each quarter of an hour, and in 12 with all 40,320 looks of a minute.
  test.each<[string, World['rate']]>([
    ['rates that stay', (index) => 0.05 + 0.01 * index],
    ['a factor for all arms by the time of day', (index, h) => 0.05 * (1 + index / 2) * evening(h)],
    ['points for all arms by the time of day', (index, h) => 0.02 + 0.06 * index + 0.03 * evening(h)],
  ])('halts are within the promise under %s, while weights wander', (_, rate) => {
    let halts = 0;
    for (let run = 0; run < 10; run++) {
      // A look each hour, and in one life each minute of a day and a half.
      const pace = run === 0 ? { looksAnHour: 60, hours: 36 } : { looksAnHour: 1 };
      if (live({ rate, shares: wandering, unitsAnHour: 400, alpha: 0.05, ...pace }, 100 + run)) halts += 1;
    }
    expect(halts).toBeLessThanOrEqual(10 * 0.05 + 3.29 * Math.sqrt(10 * 0.05 * 0.95));
  });

  test.each<[string, number, number, number]>([
    ['triples', 3, 400, 12],
    ['becomes impossible', 19, 400, 2],
    ['stops', 0, 400, 8],
    ['doubles', 2, 2000, 12],
  ])('a rate that %s halts within hours, whatever the base rate does', (_, factor, unitsAnHour, within) => {
    const jump = 30;
    for (let run = 0; run < 5; run++) {
      const rate = (index: number, h: number): number => 0.05 * (0.7 + 0.3 * evening(h)) * (index === 1 && h >= jump ? factor : 1);
      const halt = live({ rate, shares: () => [0.6, 0.4], unitsAnHour, looksAnHour: 4, hours: jump + within }, 200 + run);
      expect(halt).toMatchObject({ variant: 'arm-1' });
      expect(halt?.hour).toBeGreaterThanOrEqual(jump);
    }
  });
});
