/** Both stores together: those that were not given an address are started here, at the same time. */
import { claimFolder } from './claim.js';
import { startPostgres } from './postgres.js';
import type { LaunchLog, Progress } from './progress.js';
import { startRedis } from './redis.js';
import type { Supervised } from './supervise.js';

export interface Stores {
  /** Address of the embedded PostgreSQL; null when none was wanted. */
  readonly databaseUrl: string | null;
  /** Address of the embedded Redis; null when none was wanted. */
  readonly redisUrl: string | null;
  /** Ends them, within 5 s. */
  stop(): Promise<void>;
  /** For an exit that cannot wait: the hardest signal that loses nothing. */
  kill(): void;
}

export interface StoresOptions {
  readonly dataDir: string;
  /** Which of them to start. */
  readonly postgres: boolean;
  readonly redis: boolean;
  /** PATH and proxies. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: LaunchLog;
  readonly progress: Progress;
  /** Ends a start that is still under way. */
  readonly signal: AbortSignal;
}

/** @throws when one does not come up; the other is ended then */
export async function startStores({ dataDir, postgres, redis, env, log, progress, signal }: StoresOptions): Promise<Stores> {
  if (!postgres && !redis) return { databaseUrl: null, redisUrl: null, stop: async () => {}, kill: () => {} };
  const claim = claimFolder(dataDir);
  // One controller by hand: AbortSignal.any loses its sources to the garbage collector in Node 20.
  const calledOff = new AbortController();
  const onAbort = () => calledOff.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const options = { dataDir, log, progress, signal: calledOff.signal };
  const [first, second] = await Promise.allSettled([
    postgres ? orCallOff(startPostgres(options), calledOff) : null,
    redis ? orCallOff(startRedis({ ...options, env }), calledOff) : null,
  ]);
  const running: Supervised[] = [];
  if (first.status === 'fulfilled' && first.value) running.push(first.value);
  if (second.status === 'fulfilled' && second.value) running.push(second.value);
  const stop = async () => {
    await Promise.all(running.map((store) => store.stop()));
    claim.release();
  };
  if (first.status === 'rejected' || second.status === 'rejected') {
    await stop();
    throw calledOff.signal.reason;
  }
  return {
    databaseUrl: first.value?.url ?? null,
    redisUrl: second.value?.url ?? null,
    stop,
    kill() {
      for (const store of running) store.kill();
      claim.release();
    },
  };
}

/** The fault of one calls the other off; the first fault is the reason. */
async function orCallOff<Store>(starting: Promise<Store>, calledOff: AbortController): Promise<Store> {
  try {
    return await starting;
  } catch (error) {
    if (!calledOff.signal.aborted) calledOff.abort(error);
    throw error;
  }
}
