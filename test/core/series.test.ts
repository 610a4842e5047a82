import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hourSteps, thinned } from '../../src/core/series.js';

describe('thinned', () => {
  test('leaves a short history whole', () => {
    expect(thinned({ first: 3, last: 6, most: 4 })).toEqual([3, 4, 5, 6]);
  });

  test('takes a long one evenly, both ends among them', () => {
    expect(thinned({ first: 1, last: 101, most: 5 })).toEqual([1, 26, 51, 76, 101]);
    expect(thinned({ first: 1, last: 40_320, most: 1 })).toEqual([40_320]);
  });

  test('keeps those that must be kept, and fills up with others', () => {
    expect(thinned({ first: 1, last: 101, most: 5, kept: [2, 7] })).toEqual([1, 2, 7, 51, 101]);
  });

  test('thins those that must be kept when they alone are too many, the latest of all never', () => {
    expect(thinned({ first: 1, last: 100, most: 3, kept: [10, 20, 30, 40] })).toEqual([10, 30, 100]);
  });

  test('never gives more than asked for, in order, each once, the latest always, and all that must be kept where there is room', () => {
    const histories = fc.record({
      first: fc.integer({ min: 1, max: 50 }),
      length: fc.integer({ min: 1, max: 400 }),
      most: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(histories, fc.array(fc.nat(399), { maxLength: 80 }), ({ first, length, most }, offsets) => {
        const last = first + length - 1;
        const kept = [...new Set(offsets.map((offset) => first + (offset % length)))].sort((a, b) => a - b);
        const shown = thinned({ first, last, most, kept });
        expect(shown.length).toBeLessThanOrEqual(most);
        expect(shown).toEqual([...new Set(shown)].sort((a, b) => a - b));
        expect(shown.at(-1)).toBe(last);
        expect(shown[0]).toBeGreaterThanOrEqual(first);
        if (kept.length < most) expect(shown).toEqual(expect.arrayContaining(kept));
      }),
    );
  });
});

describe('hourSteps', () => {
  const at = (text: string) => new Date(`2026-11-${text}Z`);
  const times = (from: string, to: string, most: number) =>
    hourSteps({ from: at(from), to: at(to), most }).times.map((time) => time.toISOString().slice(8, 16));

  test('goes by full hours, and ends at the end itself', () => {
    expect(times('20T09:20', '20T12:30', 10)).toEqual(['20T10:00', '20T11:00', '20T12:00', '20T12:30']);
    expect(times('20T09:00', '20T11:00', 10)).toEqual(['20T09:00', '20T10:00', '20T11:00']);
  });

  test('takes the smallest multiple of an hour that gives few enough', () => {
    expect(times('20T09:00', '21T09:00', 5)).toEqual(['20T09:00', '20T15:00', '20T21:00', '21T03:00', '21T09:00']);
    expect(times('01T00:00', '29T00:00', 200)).toHaveLength(169);
  });

  test('shows the end alone within an hour, or when one time is wanted', () => {
    expect(times('20T09:05', '20T09:40', 10)).toEqual(['20T09:40']);
    expect(times('20T09:00', '21T09:00', 1)).toEqual(['21T09:00']);
  });

  test('never gives more than asked for', () => {
    const minute = fc.integer({ min: 0, max: 60_000 });
    fc.assert(
      fc.property(minute, minute, fc.integer({ min: 1, max: 50 }), (from, length, most) => {
        const end = new Date((from + length) * 60_000);
        const steps = hourSteps({ from: new Date(from * 60_000), to: end, most });
        expect(steps.times.length).toBeLessThanOrEqual(most);
        expect(steps.times.at(-1)).toEqual(end);
        expect(steps.step % 3_600_000).toBe(0);
      }),
    );
  });
});
