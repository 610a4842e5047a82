/** How long to wait before trying again. */

export interface BackoffOptions {
  readonly firstMs: number;
  readonly mostMs: number;
  /** In [0, 1). */
  readonly random?: () => number;
}

/** Twice as long each time, half of it by chance: a thousand clients that were cut off in one moment do not come back in one. */
export function createBackoff({ firstMs, mostMs, random = Math.random }: BackoffOptions) {
  let tries = 0;
  return {
    /** @param leastMs as the service asked for; past it the chance goes on top */
    next(leastMs = 0): number {
      const span = Math.min(mostMs, firstMs * 2 ** tries);
      tries += 1;
      return Math.max(leastMs, span / 2) + (random() * span) / 2;
    },
    reset(): void {
      tries = 0;
    },
  };
}

/** Resolves after a time, or at once when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
