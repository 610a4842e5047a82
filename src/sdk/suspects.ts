import { createBackoff } from './backoff.js';

/**
 * Events that failed alone, each with a wait of its own, so that none of them holds up the others.
 *
 * One is given up when it has failed for an hour while others were answered. Until others are, it may be the service that fails all of them: that
 * must not cost events.
 */

const giveUpMs = 3_600_000;

interface Suspect {
  readonly backoff: ReturnType<typeof createBackoff>;
  readonly since: number;
  readonly dueAt: number;
  /** Requests that had been answered when it failed last. */
  readonly answers: number;
}

export function createSuspects() {
  const suspects = new Map<string, Suspect>();
  let answers = 0;

  return {
    has: (eventId: string): boolean => suspects.has(eventId),
    size: (): number => suspects.size,

    /** Takes note that a request was answered with what became of its events. */
    answered(): void {
      answers += 1;
    },

    /** Takes note that an event failed alone; true: it is to be given up. */
    failed(eventId: string): boolean {
      const now = Date.now();
      const known = suspects.get(eventId);
      const { backoff, since } = known ?? { backoff: createBackoff({ firstMs: 2_000, mostMs: 300_000 }), since: now };
      suspects.set(eventId, { backoff, since, dueAt: now + backoff.next(), answers });
      return known !== undefined && now - since >= giveUpMs && answers > known.answers;
    },

    /** The one that is to be tried next, and in how many milliseconds; null: there is none. */
    next(): { readonly eventId: string; readonly waitMs: number } | null {
      let first: [string, Suspect] | null = null;
      for (const entry of suspects) if (first === null || entry[1].dueAt < first[1].dueAt) first = entry;
      return first && { eventId: first[0], waitMs: Math.max(0, first[1].dueAt - Date.now()) };
    },

    forget: (eventId: string): void => void suspects.delete(eventId),
  };
}
