import { CronExpressionParser } from 'cron-parser';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { periodOf, readSchedule, scheduleOf } from '../../src/schedule/schedules.js';

test.each([
  ['every_5s', { every: 5_000 }, 5_000],
  ['every_60s', { every: 60_000 }, 60_000],
  ['every_86400s', { every: 86_400_000 }, 86_400_000],
  ['hourly', { pattern: '0 0 * * * *' }, 3_600_000],
  ['daily_0900_utc', { pattern: '0 0 9 * * *' }, 86_400_000],
  ['daily_2359_utc', { pattern: '0 59 23 * * *' }, 86_400_000],
  ['*/5 * * * *', { pattern: '*/5 * * * *' }, 300_000],
  ['*/5 * * * * *', { pattern: '*/5 * * * * *' }, 5_000],
  ['0 9,17 * * *', { pattern: '0 9,17 * * *' }, 16 * 3_600_000],
  [' 30 9 * JAN-DEC SUN-SAT ', { pattern: '30 9 * JAN-DEC SUN-SAT' }, 86_400_000],
])('%s is read', (text, schedule, periodMs) => {
  expect(readSchedule(text)).toEqual({ schedule, periodMs });
  expect(scheduleOf(text)).toEqual(schedule);
  expect(periodOf(text)).toBe(periodMs);
});

test.each([
  'every_4s',
  'every_86401s',
  'every_0s',
  'every_-5s',
  'every_5.5s',
  'every_99999999999999999999s',
  'every_5S',
  'daily_2400_utc',
  'daily_0960_utc',
  'daily_9000',
  'Hourly',
  '',
  ' ',
  '* * * * * *',
  '*/4 * * * * *',
  '0-59/7 * * * * *',
  '0 9 * * 1-5',
  '0 9 1 * *',
  '0 9 1-30 * *',
  '0 9 * 1-11 *',
  '0 9 * * MON#2',
  '0 9 * * 5L',
  'H * * * *',
  '@daily',
  '* * * *',
  '0 0 0 9 * * *',
  '60 * * * *',
  'never',
])('%s is refused', (text) => {
  expect(readSchedule(text)).toEqual(expect.any(String));
  expect(() => scheduleOf(text)).toThrow(expect.objectContaining({ code: 'INVALID_SCHEDULE' }));
  expect(() => periodOf(text)).toThrow(expect.objectContaining({ code: 'INVALID_SCHEDULE' }));
});

test('an endless list is refused', () => {
  expect(readSchedule(`${'0,'.repeat(500_000)}0 * * * *`)).toEqual(expect.any(String));
});

test('a fault says what is expected', () => {
  expect(readSchedule('every_4s')).toBe('has gaps of 4 seconds; gaps between runs must be 5 seconds to 24 hours');
  expect(readSchedule('never')).toMatch(/^cannot be read; expected are every_<N>s, hourly, daily_HHMM_utc or cron/);
});

/** A cron field: everything, steps, a range or a list. */
function field(min: number, max: number): fc.Arbitrary<string> {
  const value = fc.integer({ min, max });
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    fc.integer({ min: 2, max: Math.min(max, 30) }).map((step) => `*/${step}`),
    fc.tuple(value, value).map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`),
    fc.constant(`${min}-${max}`),
    fc.uniqueArray(value, { minLength: 1, maxLength: 4 }).map((values) => values.join(',')),
  );
}

test('the gaps found are those of cron-parser walking through two years of days', () => {
  // Times of day coarse enough that a walk of 6,000 runs sees most of them; seed fixed so that a failure comes again.
  const texts = fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)).map((parts) => ['0', ...parts].join(' '));
  fc.assert(
    fc.property(texts, (text) => {
      const cron = CronExpressionParser.parse(text, { tz: 'UTC', currentDate: '2026-01-01T00:00:00Z' });
      const days = CronExpressionParser.parse(['0', '0', '0', ...text.split(' ').slice(3)].join(' '), {
        tz: 'UTC',
        currentDate: '2026-01-01T00:00:00Z',
      });
      let isDaily = true;
      let day = days.next().getTime();
      for (let i = 0; i < 800 && isDaily; i += 1) {
        const next = days.next().getTime();
        isDaily = next - day === 86_400_000;
        day = next;
      }
      if (!isDaily) {
        expect(readSchedule(text)).toMatch(/leaves days out/);
        return;
      }
      let [least, most] = [Number.POSITIVE_INFINITY, 0];
      let at = cron.next().getTime();
      for (const end = at + 2 * 86_400_000; at < end; ) {
        const next = cron.next().getTime();
        [least, most] = [Math.min(least, next - at), Math.max(most, next - at)];
        at = next;
      }
      expect(least).toBeGreaterThanOrEqual(5_000);
      expect(readSchedule(text)).toEqual({ schedule: expect.anything(), periodMs: expect.any(Number) });
      expect(periodOf(text)).toBe(most);
    }),
    { numRuns: 40, seed: 20_261 },
  );
}, 60_000);

test('the most elaborate cron is judged within 50 ms', () => {
  const all = (size: number) => Array.from({ length: size }, (_, i) => i).join(',');
  readSchedule('0 0 * * *');
  for (const text of ['* * * * * *', `${all(60)} ${all(60)} * * * *`, `*/5 ${all(60)} ${all(24)} * * *`]) {
    const before = performance.now();
    readSchedule(text);
    expect(performance.now() - before).toBeLessThan(50);
  }
});
