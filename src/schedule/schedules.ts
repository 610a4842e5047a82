import { CronExpressionParser } from 'cron-parser';
import { LRUCache } from 'lru-cache';
import { refusal } from '../core/errors.js';

/** When a job comes: every so many milliseconds, or by a cron pattern in UTC. */
export type Schedule = { readonly every: number } | { readonly pattern: string };

const minGapSeconds = 5;
const daySeconds = 86_400;
const allowedGaps = 'gaps between runs must be 5 seconds to 24 hours';
/** Schedules are read at every comparison of the job schedulers, and there are few different ones. */
const known = new LRUCache<string, KnownSchedule>({ max: 1_000 });

interface KnownSchedule {
  readonly schedule: Schedule;
  /** Longest time from one run to the next. */
  readonly periodMs: number;
}

/** Reads a schedule; a string says what is wrong with it, in words that follow it. */
export function readSchedule(text: string): KnownSchedule | string {
  const [, seconds] = /^every_(\d{1,9})s$/.exec(text) ?? [];
  if (seconds !== undefined) {
    const gap = Number(seconds);
    return gapFault(gap, gap) ?? { schedule: { every: gap * 1_000 }, periodMs: gap * 1_000 };
  }
  if (text === 'hourly') return { schedule: { pattern: '0 0 * * * *' }, periodMs: 3_600_000 };
  const [, hour, minute] = /^daily_([01]\d|2[0-3])([0-5]\d)_utc$/.exec(text) ?? [];
  if (hour !== undefined) return { schedule: { pattern: `0 ${Number(minute)} ${Number(hour)} * * *` }, periodMs: daySeconds * 1_000 };
  return readCron(text);
}

/**
 * Cron with five fields, or six with seconds first. The times of day are the same on every day that is taken, and a day left out makes a
 * gap of more than 24 hours: so every day must be taken, and the gaps are those between the times of one day and over midnight.
 */
function readCron(text: string): KnownSchedule | string {
  const expected = 'cannot be read; expected are every_<N>s, hourly, daily_HHMM_utc or cron in UTC with five or six fields';
  // The letter H stands for a random number, drawn anew at each reading.
  const fields = text.trim().split(/\s+/);
  if (text.length > 200 || fields.length < 5 || fields.length > 6 || /h/i.test(text.replace(/thu/gi, ''))) return expected;
  let cron: ReturnType<typeof CronExpressionParser.parse>;
  try {
    cron = CronExpressionParser.parse(text.trim(), { tz: 'UTC' });
  } catch {
    return expected;
  }
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = cron.fields;
  const takesAllOf = (values: readonly unknown[], size: number) => new Set(values).size >= size;
  const allDates = takesAllOf(
    dayOfMonth.values.filter((value) => typeof value === 'number'),
    31,
  );
  const allWeekdays = takesAllOf(dayOfWeek.values.map((value) => Number(value) % 7).filter(Number.isInteger), 7);
  // Cron takes a day that satisfies either field when both are restricted, and both fields otherwise.
  const isEither = !dayOfMonth.isWildcard && !dayOfWeek.isWildcard;
  const isDaily = takesAllOf(month.values, 12) && (isEither ? allDates || allWeekdays : allDates && allWeekdays);
  if (!isDaily) return `leaves days out; ${allowedGaps}`;

  // More of them than fit with 5 seconds between: not worth the listing.
  const runs = hour.values.length * minute.values.length * second.values.length;
  if (runs > daySeconds / minGapSeconds) return `has ${runs} runs a day; ${allowedGaps}`;
  const times = hour.values.flatMap((h) => minute.values.flatMap((m) => second.values.map((s) => h * 3_600 + m * 60 + s)));
  const gaps = times.map((time, i) => (times[i + 1] ?? (times[0] as number) + daySeconds) - time);
  // Not Math.min(...gaps): there may be thousands.
  const shortest = gaps.reduce((least, gap) => Math.min(least, gap), daySeconds);
  const longest = gaps.reduce((most, gap) => Math.max(most, gap), 0);
  return gapFault(shortest, longest) ?? { schedule: { pattern: text.trim() }, periodMs: longest * 1_000 };
}

function gapFault(shortest: number, longest: number): string | null {
  if (shortest >= minGapSeconds && longest <= daySeconds) return null;
  return `has gaps of ${shortest < minGapSeconds ? shortest : longest} seconds; ${allowedGaps}`;
}

function readOrRefuse(text: string): KnownSchedule {
  const read = known.get(text) ?? readSchedule(text);
  if (typeof read === 'string') throw refusal('INVALID_SCHEDULE', `The schedule "${text}" ${read}.`, ['schedule'], text);
  known.set(text, read);
  return read;
}

/** @throws INVALID_SCHEDULE */
export function scheduleOf(text: string): Schedule {
  return readOrRefuse(text).schedule;
}

/** Longest time from one run to the next, in milliseconds. @throws INVALID_SCHEDULE */
export function periodOf(text: string): number {
  return readOrRefuse(text).periodMs;
}

/** Time within which a second run is the same one twice: half of the schedule's gap, and no more than half a minute. @throws INVALID_SCHEDULE */
export function leastGapMs(text: string): number {
  return Math.min(periodOf(text), 60_000) / 2;
}
