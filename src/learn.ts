import { setTimeout as delay } from 'node:timers/promises';
import type { Keys } from './services/keys.js';
import type { Registry } from './services/registry.js';
import type { Log } from './telemetry/log.js';

export interface LearnParts {
  readonly registry: Pick<Registry, 'refresh' | 'restore' | 'all'>;
  readonly keys: Pick<Keys, 'restore'>;
  /** How long the stores may take to answer. */
  readonly patienceMs: number;
  readonly log: Log;
  /** Gets a line with what came of it. */
  readonly progress: (line: string) => void;
  /** Calls it off. */
  readonly signal: AbortSignal;
}

const pauseMs = 250;

/** Fills memory from the stores, or from the snapshot when they stay away; the look every few seconds goes on either way. */
export async function learn({ registry, keys, patienceMs, log, progress, signal }: LearnParts): Promise<void> {
  const until = Date.now() + patienceMs;
  while (!signal.aborted) {
    try {
      await registry.refresh();
      return progress(`Definitions: ${registry.all().length} experiments`);
    } catch (error) {
      if (Date.now() >= until) {
        log.error({ err: error }, 'The stores stay away');
        const [restored] = await Promise.all([registry.restore(), keys.restore()]);
        return progress(
          restored ? 'Definitions: from the snapshot, for the stores are away' : 'Definitions: none yet, for the stores are away',
        );
      }
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
}
