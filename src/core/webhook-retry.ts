/** When a webhook is sent again that did not arrive. */

/** Time after which nobody waits for the news any more. */
export const giveUpAfterMs = 24 * 3_600_000;
const firstPauseMs = 5_000;
const longestPauseMs = 3_600_000;

export interface FailedAttempt {
  /** Attempts so far, this one among them; 1 or more. */
  readonly attempts: number;
  /** When the message came to be. */
  readonly since: Date;
  readonly now: Date;
  /** What the receiver asked for; null: nothing. */
  readonly retryAfterMs: number | null;
  /** Uniform in [0, 1): keeps senders that failed together from coming back together. */
  readonly random: number;
}

/**
 * The time of the next attempt; null: none.
 * Pauses double from 5 seconds to an hour, each shortened by up to half at random; a receiver may ask for a longer one, up to an hour.
 */
export function nextAttemptAt({ attempts, since, now, retryAfterMs, random }: FailedAttempt): Date | null {
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempts - 1)) * (1 - random / 2);
  const next = now.getTime() + Math.max(pauseMs, Math.min(longestPauseMs, retryAfterMs ?? 0));
  return next > since.getTime() + giveUpAfterMs ? null : new Date(next);
}
