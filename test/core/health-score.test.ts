import { expect, test } from 'vitest';
import { hourMs } from '../../src/core/health-cohorts.js';
import { rateScores } from '../../src/core/health-score.js';

/** One cohort an hour. @param rate of the hour, counted from the first */
function cohorts(variant: string, hours: number, units: number, rate: (hour: number) => number) {
  return Array.from({ length: hours }, (_, hour) => ({ variant, hour: hour * hourMs, units, conversions: Math.round(units * rate(hour)) }));
}

test('is the z of two proportions, the last day against the week before it', () => {
  // 24 hours of 100 at 15% after 168 hours of 100 at 10%; three days before those do not count.
  const rate = (hour: number) => (hour < 72 ? 0.9 : hour < 240 ? 0.1 : 0.15);
  const [score] = rateScores(cohorts('a', 264, 100, rate), ['a']);
  // By hand: common rate 2040 / 19200, error sqrt(0.10625 * 0.89375 * (1 / 16800 + 1 / 2400)) = 0.0067245; 0.05 / 0.0067245.
  expect(score?.variant).toBe('a');
  expect(score?.z).toBeCloseTo(7.4355, 3);
});

test('is negative for a fall, 0 for a rate that stays, and of each variant by itself', () => {
  const both = [
    ...cohorts('a', 48, 100, (hour) => (hour < 24 ? 0.2 : 0.1)),
    ...cohorts('b', 48, 100, () => 0.2),
    ...cohorts('gone', 48, 100, () => 0.5),
  ];
  const scores = rateScores(both, ['a', 'b']);
  expect(scores.map(({ variant }) => variant)).toEqual(['a', 'b']);
  expect(scores[0]?.z).toBeLessThan(-5);
  expect(scores[1]?.z).toBe(0);
});

test('says nothing of too few units, too few conversions, or no history', () => {
  expect(
    rateScores(
      cohorts('a', 48, 20, () => 0.5),
      ['a'],
    ),
  ).toEqual([]);
  expect(
    rateScores(
      cohorts('a', 48, 100, (hour) => (hour % 5 === 0 ? 0.01 : 0)),
      ['a'],
    ),
  ).toEqual([]);
  expect(
    rateScores(
      cohorts('a', 1, 5_000, () => 0.5),
      ['a'],
    ),
  ).toEqual([]);
  expect(rateScores([], ['a'])).toEqual([]);
});

test('compares the later half with the earlier while there are not two days', () => {
  const [score] = rateScores(
    cohorts('a', 3, 1_000, (hour) => (hour < 2 ? 0.1 : 0.2)),
    ['a'],
  );
  // By hand: 200 of 2000 and 200 of 1000, common rate 2 / 15; 0.1 / sqrt(2 / 15 * 13 / 15 * (1 / 2000 + 1 / 1000)).
  expect(score?.z).toBeCloseTo(7.5955, 3);
});

test('impossible counts have no score', () => {
  expect(rateScores([...cohorts('a', 2, 1_000, () => 2), ...cohorts('b', 2, 1_000, () => 0.5)], ['a', 'b'])).toEqual([
    { variant: 'b', z: 0 },
  ]);
});

test('a rate of one has no spread and no score but 0', () => {
  expect(
    rateScores(
      cohorts('a', 48, 100, () => 1),
      ['a'],
    ),
  ).toEqual([{ variant: 'a', z: 0 }]);
});
