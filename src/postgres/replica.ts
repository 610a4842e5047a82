import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type pg from 'pg';
import type { Log } from '../services/log.js';
import type { Changes } from '../services/ports.js';
import { createPool, type Sql } from './database.js';
import { createReplicaDecisions, type DecisionReads, type ReadToDecide } from './replica-decisions.js';
import { isBeyond, readReplayed, readWritten, replicaFault } from './wal.js';
import { createWalPositions } from './wal-positions.js';

/**
 * A streaming replica of the primary. What people look at may be as old as the lag that is allowed; a read after a change that somebody asked this
 * instance for goes to the primary, until the replica holds the change. What something is decided from is never older than the decision's lock. Whatever
 * must see its own writes in the same breath stays with the primary.
 */
export interface Replica {
  readonly pool: pg.Pool;
  /** Statements that only read, each answered by the replica or, where that is left out or fails, by the primary. */
  readonly sql: Sql;
  /** The same for Prisma; what writes goes to the primary. */
  readonly adapter: SqlDriverAdapterFactory;
  /** For decisions: never behind what the primary shows when asked. */
  readonly readToDecide: ReadToDecide;
  /** The same changes; reads that come after one see it. */
  noting(changes: Changes): Changes;
  state(): ReplicaState;
  /** Begins to follow it; until the first look it is left out. */
  start(): void;
  stop(): Promise<void>;
}

/** `behindMs`: what it answers may be that old; null while it is not known. */
export interface ReplicaState {
  readonly isUsed: boolean;
  readonly behindMs: number | null;
  /** Why it is left out; null when it is used. */
  readonly reason: string | null;
  readonly decisionReads: DecisionReads;
}

export interface ReplicaParts {
  readonly primary: pg.Pool;
  readonly url: string;
  /** Further behind it is left out. */
  readonly maxBehindMs: number;
  readonly log: Log;
  /** Time from one look to the next; default 250. */
  readonly everyMs?: number;
}

const answerWithinMs = 2_500;
/** So many looks are remembered: minutes, which is as far back as anybody asks. */
const mostPositions = 2_000;

export function createReplica({ primary, url, maxBehindMs, log, everyMs = 250 }: ReplicaParts): Replica {
  const pool = createPool(url, 10, answerWithinMs);
  const positions = createWalPositions(mostPositions);
  const decisions = createReplicaDecisions({ pool, isUsed: () => state().isUsed, log });
  let heldAsOf = Number.NEGATIVE_INFINITY;
  let changedAt = Number.NEGATIVE_INFINITY;
  let fault: string | null = 'has not been looked at yet';
  let wasUsed: boolean | null = null;
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> | null = null;

  function state(): ReplicaState {
    const behindMs = Number.isFinite(heldAsOf) ? Date.now() - heldAsOf : null;
    const late = behindMs === null ? 'has replayed nothing yet that is known' : `is ${(behindMs / 1_000).toFixed(1)} s behind`;
    const reason = fault ?? (behindMs === null || behindMs > maxBehindMs ? late : null);
    return { isUsed: reason === null, behindMs, reason, decisionReads: decisions.answered() };
  }

  /** The primary is asked first: what it had written then, a replica that keeps up has replayed by now. */
  async function look(): Promise<void> {
    try {
      const at = Date.now();
      const written = await readWritten(primary);
      positions.note(at, written.position);
      const replayed = await readReplayed(pool);
      const isForeign = isBeyond(replayed, await readWritten(primary));
      fault = replicaFault(written, replayed) ?? (isForeign ? 'has replayed what the primary never wrote' : null);
      if (fault === null) heldAsOf = Math.max(heldAsOf, positions.asOf(replayed.position ?? '0/0') ?? Number.NEGATIVE_INFINITY);
    } catch (error) {
      fault = `cannot be followed: ${(error as Error).message}`;
    }
    tell();
  }

  function tell(): void {
    const { isUsed, behindMs, reason } = state();
    if (isUsed !== wasUsed && isUsed) log.info({ behindMs }, 'The replica is used.');
    if (isUsed !== wasUsed && !isUsed) log.warn({ reason }, 'The replica is left out; its reads go to the primary.');
    wasUsed = isUsed;
  }

  function arm(): void {
    timer = setTimeout(() => {
      looking = look().finally(() => {
        looking = null;
        if (timer) arm();
      });
    }, everyMs);
  }

  async function read<T>(ask: (from: pg.Pool) => Promise<T>): Promise<T> {
    if (!state().isUsed || heldAsOf <= changedAt) return ask(primary);
    try {
      return await ask(pool);
    } catch (error) {
      // Whatever it was, a conflict with what it replays too: the primary knows, and says so when the question itself is wrong.
      log.info({ err: error }, 'The replica failed a read; the primary is asked.');
      return ask(primary);
    }
  }

  return {
    pool,
    sql: { query: ((...given: Parameters<pg.Pool['query']>) => read((from) => from.query(...given) as never)) as Sql['query'] },
    adapter: {
      provider: 'postgres',
      adapterName: '@prisma/adapter-pg',
      async connect() {
        const [own, copy] = await Promise.all([new PrismaPg(primary).connect(), new PrismaPg(pool).connect()]);
        const [ask, askCopy] = [own.queryRaw.bind(own), copy.queryRaw.bind(copy)];
        own.queryRaw = (query) => read((from) => (from === pool ? askCopy(query) : ask(query)));
        return own;
      },
    },
    noting: ({ run }) => ({
      async run(command, work) {
        try {
          return await run(command, work);
        } finally {
          // A failed one too: its commit may have come through unseen.
          changedAt = Date.now();
        }
      },
    }),
    readToDecide: decisions.readToDecide,
    state,
    start() {
      if (!timer) arm();
    },
    async stop() {
      if (timer) clearTimeout(timer);
      timer = null;
      await looking;
      await pool.end();
    },
  };
}
