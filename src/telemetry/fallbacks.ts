import { keyPattern } from '../core/findings.js';
import type { Log } from './log.js';

/** Counts answers that were given without knowledge, and logs them at most once a minute for each experiment and cause, with their number. */
export function createFallbackLog(log: Pick<Log, 'warn'>, { everyMs = 60_000, now = Date.now } = {}) {
  const tallies = new Map<string, { count: number; loggedAt: number }>();
  const maxTallies = 1_000;

  return {
    note(experimentKey: string, cause: string): void {
      // Keys come from outside: what is none is not repeated, their number is bounded, and the rest is counted together.
      const name = `${keyPattern.test(experimentKey) ? experimentKey : '*'} ${cause}`;
      const key = tallies.has(name) || tallies.size < maxTallies ? name : `* ${cause}`;
      const tally = tallies.get(key) ?? { count: 0, loggedAt: Number.NEGATIVE_INFINITY };
      tallies.set(key, tally);
      tally.count += 1;
      const at = now();
      if (at - tally.loggedAt < everyMs) return;
      log.warn({ experimentKey: key.split(' ')[0], cause, count: tally.count }, 'Answers were given without knowledge');
      tally.count = 0;
      tally.loggedAt = at;
    },
  };
}
