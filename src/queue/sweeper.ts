import type { Log } from '../services/log.js';
import { type Tracer, untraced } from '../services/tracer.js';

export interface Sweeper {
  start(): void;
  /** Ends the timer and waits for a run that is under way. */
  stop(): Promise<void>;
}

export interface SweeperOptions {
  /** For the log and the traces. */
  readonly name: string;
  /** Time from the end of one run to the beginning of the next, also before the first. */
  readonly everyMs: number;
  readonly run: () => Promise<unknown>;
  readonly log: Log;
  readonly tracer?: Tracer;
}

/** Runs something again and again, never twice at once. A failure is logged, the first of a row loudly, and the next run comes all the same. */
export function createSweeper({ name, everyMs, run, log, tracer = untraced }: SweeperOptions): Sweeper {
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let started = false;
  let failed = 0;

  async function sweep(): Promise<void> {
    try {
      await tracer.span(`sweep ${name}`, { parent: {} }, () => run());
      if (failed > 0) log.info({ sweep: name, failed }, 'A sweep runs again.');
      failed = 0;
    } catch (error) {
      failed += 1;
      if (failed === 1) log.error({ sweep: name, err: error }, 'A sweep failed; it is tried again.');
    }
    running = null;
    arm();
  }

  function arm(): void {
    if (!started) return;
    timer = setTimeout(() => {
      timer = null;
      // In a turn of its own: what fails at once must not end before it is noted.
      running = Promise.resolve().then(sweep);
    }, everyMs);
  }

  return {
    start() {
      if (started) return;
      started = true;
      if (!running) arm();
    },
    async stop() {
      started = false;
      if (timer) clearTimeout(timer);
      timer = null;
      await running;
    },
  };
}
