import { describe, expect, test } from 'vitest';
import { absenceText } from '../../src/dashboard/charts/absence.js';
import { drawnEffect } from '../../src/dashboard/charts/drawn-effect.js';
import { effectRows, settledAt, shownRange } from '../../src/dashboard/experiment/effect-data.js';
import * as numbers from '../../src/dashboard/format/numbers.js';
import { readView, variablesOf, writeView } from '../../src/dashboard/list/list-query.js';
import { chartInk, variantLooks } from '../../src/dashboard/theme/palette.js';

describe('numbers', () => {
  test.each([
    [numbers.percent(0.1034), '10.3%'],
    [numbers.percent(0.00421), '0.42%'],
    [numbers.percent(-0.25), '−25.0%'],
    [numbers.percent(0), '0%'],
    [numbers.share(0.5), '50%'],
    [numbers.share(0.0513), '5.1%'],
    [numbers.lift(0.289), '+28.9%'],
    [numbers.lift(-6.21), '−621%'],
    [numbers.difference(0.0123, 'share'), '+1.2 pp'],
    [numbers.difference(-0.3142, 'number'), '−0.3142'],
    [numbers.mean(4.27315, 'number'), '4.273'],
    [numbers.count(12_345), '12,345'],
    [numbers.pValue(0.0004), '< 0.001'],
    [numbers.pValue(0.0324), '0.032'],
    [numbers.pValue(0.409), '0.41'],
    [numbers.range(-0.01, null, numbers.lift), '−1.0% to ∞'],
  ])('writes %s', (written, expected) => {
    expect(written).toBe(expected);
  });
});

test('a chart is not said to be empty before its past has come, nor when that could not be had', () => {
  expect(absenceText({}, 'None yet.')).toBe('Loading…');
  expect(absenceText({ error: new Error('gone') }, 'None yet.')).toBe('The past could not be loaded.');
  expect(absenceText({ data: {} }, 'None yet.')).toBe('None yet.');
});

describe('colours of variants', () => {
  const variants = Array.from({ length: 20 }, (_, place) => ({ key: `v${place}`, isControl: place === 0 }));

  /** Relative luminance as WCAG 2 defines it. */
  function luminance(hex: string): number {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((from) => {
      const part = Number.parseInt(hex.slice(from, from + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  test.each(['light', 'dark'] as const)('stand out from the %s ground by 3:1', (scheme) => {
    const ground = luminance(chartInk[scheme].surface);
    for (const { colour } of variantLooks(variants, scheme).values()) {
      const [dim = 0, bright = 0] = [ground, luminance(colour)].sort((a, b) => a - b);
      expect((bright + 0.05) / (dim + 0.05), colour).toBeGreaterThanOrEqual(3);
    }
  });

  test('tell twenty variants apart, by their dash where colours repeat', () => {
    const looks = [...variantLooks(variants, 'light').values()].map(({ colour, dash }) => `${colour} ${dash}`);
    expect(new Set(looks).size).toBe(20);
  });
});

describe('the address of the list', () => {
  test.each(['', '?search=check+out&status=RUNNING&design=BANDIT', '?after=abc', '?status=ARCHIVED&before=x%3D%3D'])(
    'keeps what is shown: %s',
    (address) => {
      expect(writeView(readView(address))).toBe(address);
    },
  );

  test('asks for a page before a cursor from its end', () => {
    expect(variablesOf(readView('?before=x&search=%20a%20'))).toEqual({ last: 25, before: 'x', filter: { search: 'a' } });
    expect(variablesOf(readView('?after=x'))).toEqual({ first: 25, after: 'x', filter: {} });
  });
});

describe('an effect with its interval', () => {
  const wide = { effect: 0.027, interval: { lower: 0.004, upper: 0.05 }, lift: 1.69, liftInterval: { lower: -0.0653, upper: 11.01 } };
  const narrow = { ...wide, liftInterval: { lower: 0.1, upper: 11.01 } };

  test('is written as a difference where the relative interval disagrees about zero', () => {
    expect(numbers.effectWithInterval(narrow, 'share')).toEqual({ effect: '+169%', interval: '+10.0% to +1,101%' });
    expect(numbers.effectWithInterval(wide, 'share')).toEqual({ effect: '+2.7 pp', interval: '+0.40 pp to +5.0 pp' });
    expect(numbers.effectWithInterval(wide, 'number')).toEqual({ effect: '+0.027', interval: '+0.004 to +0.05' });
  });

  test('is drawn on one scale, on the side of zero where the difference is', () => {
    expect(drawnEffect(narrow)).toEqual({ estimate: 1.69, interval: narrow.liftInterval });
    const { estimate, interval } = drawnEffect(wide);
    expect(estimate).toBe(1.69);
    // A control of 0.027 / 1.69: 0.25 and 3.13 of it.
    expect(interval?.lower).toBeCloseTo(0.004 / (0.027 / 1.69), 12);
    expect(interval?.upper).toBeCloseTo(0.05 / (0.027 / 1.69), 12);
    const unknown = { effect: null, interval: null, lift: null, liftInterval: null };
    expect(drawnEffect(unknown)).toEqual({ estimate: null, interval: null });
    expect(drawnEffect({ ...unknown, effect: 0.01, interval: wide.interval })).toEqual({ estimate: null, interval: null });
  });
});

describe('the effect over time', () => {
  const point = (sequence: number, decision: 'KEEP_RUNNING' | 'SHIP', upper: number) => ({
    sequence,
    at: new Date(sequence * 60_000).toISOString(),
    effect: 0.01,
    interval: null,
    lift: 0.1,
    liftInterval: { lower: 0.1 - upper, upper },
    decision,
  });
  const series = [
    { variant: 'b', points: [point(1, 'KEEP_RUNNING', 9), point(2, 'KEEP_RUNNING', 1), point(3, 'SHIP', 0.3), point(4, 'SHIP', 0.2)] },
  ];

  test('is settled where the present decision began', () => {
    const rows = effectRows(series, [], 'm');
    expect(settledAt(rows)?.sequence).toBe(3);
    expect(settledAt(rows.slice(0, 2))).toBeNull();
  });

  test('is not flattened by the first intervals', () => {
    const [low, high] = shownRange([
      [0, 60, 120, 180, 240],
      [0.1, 0.1, 0.1, 0.1, 0.1],
      [-9, -1e6, -0.2, -0.1, 0],
      [9, 1e6, 0.4, 0.3, 0.2],
    ]);
    expect(low).toBeCloseTo(-0.2 - 0.6 * 0.08, 9);
    expect(high).toBeCloseTo(0.4 + 0.6 * 0.08, 9);
  });
});
