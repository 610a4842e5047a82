export interface CircuitBreaker {
  /** The answer; null when it failed, or at once while the circuit is open. Never throws. */
  run<T>(work: () => Promise<T>): Promise<T | null>;
}

/**
 * Spares callers the wait for a store that hangs: after so many failures in a row nothing is asked for a while, then one call tries
 * for all.
 */
export function createCircuitBreaker({ failures, pauseMs }: { readonly failures: number; readonly pauseMs: number }): CircuitBreaker {
  let failed = 0;
  let openUntil = 0;
  return {
    async run(work) {
      const now = performance.now();
      if (failed >= failures) {
        if (now < openUntil) return null;
        // Those who come while this one tries go without.
        openUntil = now + pauseMs;
      }
      try {
        const answer = await work();
        failed = 0;
        return answer;
      } catch {
        failed += 1;
        openUntil = performance.now() + pauseMs;
        return null;
      }
    },
  };
}
