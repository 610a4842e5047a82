import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DomainError } from '../../src/core/errors.js';
import { extendRange, holdsRange, isInRange, takeRange } from '../../src/core/exclusion.js';
import type { Exclusion } from '../../src/core/experiment.js';

const range = (start: number, end: number): Exclusion => ({ group: 'g', start, end });
const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as DomainError).code;
  }
  return null;
};

describe('a range of an exclusion group', () => {
  test('is the first free one that is wide enough', () => {
    const held = [range(0.6, 0.9), range(0, 0.25)];
    expect(takeRange({ group: 'g', width: 0.35, held })).toEqual(range(0.25, 0.6));
    expect(takeRange({ group: 'g', width: 0.1, held: [...held, range(0.25, 0.6)] })).toMatchObject({ start: 0.9 });
    expect(takeRange({ group: 'g', width: 0.3, held: [] })).toEqual(range(0, 0.3));
  });

  test('is refused with GROUP_FULL when none is wide enough, naming the widest', () => {
    const held = [range(0, 0.5), range(0.7, 0.9)];
    expect(codeOf(() => takeRange({ group: 'g', width: 0.25, held }))).toBe('GROUP_FULL');
    expect(() => takeRange({ group: 'g', width: 0.25, held })).toThrow('0.2.');
  });

  test('finds room for ten tenths, three thirds and seven sevenths, whatever sums of doubles come to', () => {
    for (const parts of [3, 7, 10, 13, 49, 1_000]) {
      const held: Exclusion[] = [];
      for (let i = 0; i < parts; i += 1) held.push(takeRange({ group: 'g', width: 1 / parts, held }));
      expect(held.every(({ end }) => end <= 1)).toBe(true);
    }
  });

  test('never overlaps another, whatever is taken and given back', () => {
    const steps = fc.array(fc.record({ width: fc.double({ min: 0.001, max: 0.6, noNaN: true }), release: fc.nat(9) }), { maxLength: 40 });
    fc.assert(
      fc.property(steps, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (taken, place) => {
        const held: (Exclusion & { width: number })[] = [];
        for (const { width, release } of taken) {
          if (release < held.length) held.splice(release, 1);
          if (codeOf(() => takeRange({ group: 'g', width, held })) === null)
            held.push({ ...takeRange({ group: 'g', width, held }), width });
          const sorted = [...held].sort((a, b) => a.start - b.start);
          sorted.forEach(({ start }, i) => {
            expect(start).toBeGreaterThanOrEqual(sorted[i - 1]?.end ?? 0);
          });
          const places = [place, ...held.map(({ start }) => start)];
          for (const at of places) expect(held.filter((own) => isInRange(own, own.width, at)).length).toBeLessThanOrEqual(1);
        }
      }),
      { seed: 20_250_102 },
    );
  });

  test('is extended in place, up to the next one', () => {
    const held = [range(0, 0.2), range(0.6, 0.8)];
    expect(extendRange({ range: range(0.2, 0.3), width: 0.4, held })).toEqual(range(0.2, 0.6));
    expect(codeOf(() => extendRange({ range: range(0.2, 0.3), width: 0.5, held }))).toBe('GROUP_FULL');
    expect(codeOf(() => extendRange({ range: range(0.8, 0.9), width: 0.3, held }))).toBe('GROUP_FULL');
  });

  test('is kept when the traffic share shrinks, and only its beginning is used', () => {
    const own = range(0.2, 0.6);
    expect(extendRange({ range: own, width: 0.1, held: [] })).toEqual(own);
    expect([0.19, 0.2, 0.29, 0.31, 0.59].map((place) => isInRange(own, 0.1, place))).toEqual([false, true, true, false, false]);
  });

  test('is held from the dry run until the end', () => {
    expect((['DRAFT', 'DRY_RUN', 'RUNNING', 'PAUSED', 'STOPPED', 'ROLLED_BACK', 'ARCHIVED'] as const).filter(holdsRange)).toEqual([
      'DRY_RUN',
      'RUNNING',
      'PAUSED',
    ]);
  });
});
