import { describe, expect, test } from 'vitest';
import { adjustedPText, effectText, effectWords, type MeasuredEffect, toldEffect } from '../../src/core/effect-words.js';

const range = (lower: number | null, upper: number | null) => ({ lower, upper, level: 0.95 });

/** 4.3% against 1.6%: the difference is clear of zero, while the few conversions of the control leave its ratio open. */
const clear: MeasuredEffect = { effect: 0.027, interval: range(0.004, 0.05), lift: 1.69, liftInterval: range(-0.0653, 11.01) };

describe('toldEffect', () => {
  test.each([
    ['both clear of zero', range(0.004, 0.05), range(0.1, 11), true],
    ['both with zero inside', range(-0.004, 0.05), range(-0.1, 11), true],
    ['both below zero', range(-0.05, -0.004), range(-0.9, -0.1), true],
    ['zero in the relative one alone', range(0.004, 0.05), range(-0.0653, 11.01), false],
    ['zero in that of the difference alone', range(-0.001, 0.05), range(0.02, 11), false],
    ['zero at the end of the difference', range(0, 0.05), range(0.02, 11), false],
    ['a relative one without an upper end', range(0.004, 0.05), range(0.1, null), false],
    ['a relative one without a lower end', range(-0.05, 0.004), range(null, 0.2), false],
    ['no relative one', range(0.004, 0.05), null, false],
    ['none that of the difference', null, range(0.1, 11), true],
    ['neither', null, null, true],
  ])('%s', (_, interval, liftInterval, isRelative) => {
    const told = toldEffect({ ...clear, interval, liftInterval });
    expect(told).toEqual(isRelative ? { isRelative, value: 1.69, interval: liftInterval } : { isRelative, value: 0.027, interval });
  });

  test('without a baseline there is the difference alone, and without an effect nothing', () => {
    expect(toldEffect({ ...clear, lift: null, liftInterval: null })).toMatchObject({ isRelative: false, value: 0.027 });
    expect(toldEffect({ effect: null, interval: null, lift: null, liftInterval: null })).toBeNull();
  });
});

describe('effectText', () => {
  test('writes a change and its interval in one measure, which agrees with the decision about zero', () => {
    expect(effectText(clear, true)).toBe('+2.70 points, 95% interval +0.400 points to +5.00 points');
    expect(effectText({ ...clear, liftInterval: range(0.1, 11.01) }, true)).toBe('+169%, 95% interval +10.0% to +1101%');
  });

  test('writes the difference of a mean as a plain number', () => {
    expect(effectText({ ...clear, effect: 2.7, interval: range(0.4, 5) }, false)).toBe('+2.700, 95% interval +0.4000 to +5.000');
  });

  test('writes what is known when there is no interval', () => {
    expect(effectText({ ...clear, interval: null, liftInterval: null }, true)).toBe('+169%');
    expect(effectText({ ...clear, interval: range(null, null), liftInterval: range(null, null) }, true)).toBe(
      '+2.70 points, 95% interval without bounds',
    );
    expect(effectWords({ effect: null, interval: null, lift: null, liftInterval: null }, true)).toBeNull();
  });
});

describe('adjustedPText', () => {
  const faded: MeasuredEffect = { effect: 0.004, interval: range(-0.003, 0.011), lift: 0.08, liftInterval: range(-0.06, 0.22) };

  test('says of an effect that has faded that it was clear at an earlier look', () => {
    expect(adjustedPText({ ...faded, adjustedPValue: 0.0016 })).toBe('adjusted p 0.0016 at an earlier look');
    expect(adjustedPText({ ...faded, interval: range(null, null), liftInterval: null, adjustedPValue: 0.0016 })).toMatch(/earlier look$/);
  });

  test.each([
    ['the interval is clear of zero too', { ...clear, adjustedPValue: 0.0016 }],
    ['nothing was ever clear', { ...faded, adjustedPValue: 0.3 }],
    ['there is no interval', { ...faded, interval: null, liftInterval: null, adjustedPValue: 0.0016 }],
  ])('says the p-value alone where %s', (_, comparison) => {
    expect(adjustedPText(comparison)).not.toContain('look');
  });
});
