/**
 * Keeps a store running. States: starting -> up -> (dies) waiting -> starting -> up …; from each of them -> stopped, for good.
 * The address stays the same over all lives, so that clients only have to connect again.
 */

import { sendSignal } from './process-table.js';
import type { LaunchLog } from './progress.js';
import { type StoreProcess, terminate } from './store-process.js';

export interface Supervised {
  /** Pid of the present life; null between two. */
  readonly pid: () => number | null;
  /** Ends the store and the watching. Resolves when it is gone; harmless when it is gone already or called twice. */
  stop(): Promise<void>;
  /** For an exit that cannot wait: sends the hardest safe signal and returns. */
  kill(): void;
}

export interface SuperviseSpec {
  readonly name: string;
  /** Starts or adopts the store and resolves when it answers. Ends what it started and rejects when the signal fires. */
  readonly start: (signal: AbortSignal) => Promise<StoreProcess>;
  /** Signals for an orderly end, each with its patience in ms. */
  readonly endSteps: readonly (readonly [NodeJS.Signals, number])[];
  /** The signal that ends it at once and loses nothing that was acknowledged. */
  readonly killSignal: NodeJS.Signals;
  readonly log: LaunchLog;
  readonly onDown?: (how: string) => void;
  readonly onUp?: () => void;
  readonly signal?: AbortSignal;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;
/** A life this long starts the back-off from the beginning. */
const steadyMs = 30_000;

/** Starts the store once, rejecting when that fails, and from then on starts it again whenever it dies. */
export async function supervise({ name, start, endSteps, killSignal, log, onDown, onUp, signal }: SuperviseSpec): Promise<Supervised> {
  const stopping = new AbortController();
  signal?.addEventListener('abort', () => stopping.abort(), { once: true });
  if (signal?.aborted) stopping.abort();
  let current: StoreProcess | null = await start(stopping.signal);

  async function watch(): Promise<void> {
    let pauseMs = firstPauseMs;
    while (current) {
      const upSince = Date.now();
      const how = await current.exited;
      if (stopping.signal.aborted) return;
      current = null;
      log.warn({ store: name, how }, `${name} went down (${how}); starting it again`);
      onDown?.(how);
      if (Date.now() - upSince > steadyMs) pauseMs = firstPauseMs;
      while (!current) {
        if (!(await pause(pauseMs, stopping.signal))) return;
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
        current = await start(stopping.signal).catch((error: Error) => {
          if (!stopping.signal.aborted) log.error({ store: name, err: error }, `${name} does not start: ${error.message}`);
          return null;
        });
        if (stopping.signal.aborted) {
          if (current) await terminate(current, endSteps);
          return;
        }
      }
      log.info({ store: name, pid: current.pid }, `${name} is up again`);
      onUp?.();
    }
  }
  const watching = watch();

  let ended: Promise<void> | null = null;
  return {
    pid: () => current?.pid ?? null,
    stop() {
      ended ??= (async () => {
        stopping.abort();
        // Between two lives the watch itself ends what it may just have started.
        if (current) await terminate(current, endSteps);
        else await watching;
      })();
      return ended;
    },
    kill() {
      stopping.abort();
      if (current) sendSignal(current.pid, killSignal);
    },
  };
}

/** Waits; false when the signal came first. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const onAbort = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve(true);
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
