import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type pg from 'pg';
import type { Log } from '../services/log.js';
import type { Changes } from '../services/ports.js';
import { createPool, type Sql } from './database.js';
import { createWalPositions } from './wal-positions.js';

/**
 * A streaming replica of the primary, for what people look at. Decisions, and whatever must see its own writes in the same breath, stay with the
 * primary; a read after a change that somebody asked this instance for goes there too, until the replica holds the change. Moves by the clock, which are
 * made at any instance, may be seen late by the lag that is allowed.
 */
export interface Replica {
  readonly pool: pg.Pool;
  /** Statements that only read, each answered by the replica or, where that is left out or fails, by the primary. */
  readonly sql: Sql;
  /** The same for Prisma; what writes goes to the primary. */
  readonly adapter: SqlDriverAdapterFactory;
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

const written = 'select pg_current_wal_flush_lsn()::text as position, (select system_identifier from pg_control_system())::text as system';
const replayed = `select pg_is_in_recovery() as follows, pg_last_wal_replay_lsn()::text as position,
  (select system_identifier from pg_control_system())::text as system`;
const answerWithinMs = 2_500;
/** So many looks are remembered: minutes, which is as far back as anybody asks. */
const mostPositions = 2_000;

export function createReplica({ primary, url, maxBehindMs, log, everyMs = 250 }: ReplicaParts): Replica {
  const pool = createPool(url, 10, answerWithinMs);
  const positions = createWalPositions(mostPositions);
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
    return { isUsed: reason === null, behindMs, reason };
  }

  /** The primary is asked first: what it had written then, a replica that keeps up has replayed by now. */
  async function look(): Promise<void> {
    try {
      const at = Date.now();
      const { rows: of } = await primary.query<{ position: string; system: string }>({ name: 'wal_written', text: written });
      positions.note(at, of[0]?.position ?? '');
      const { rows } = await pool.query<{ follows: boolean; position: string | null; system: string }>({
        name: 'wal_replayed',
        text: replayed,
      });
      const [row] = rows;
      fault = faultOf(row, of[0]?.system);
      if (fault === null) heldAsOf = Math.max(heldAsOf, positions.asOf(row?.position ?? '') ?? Number.NEGATIVE_INFINITY);
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

/** What keeps a server from being our replica; null: nothing. */
function faultOf(
  row: { readonly follows: boolean; readonly position: string | null; readonly system: string } | undefined,
  system?: string,
) {
  if (!row?.follows) return 'takes writes, so it follows nobody';
  if (row.system !== system) return 'follows another database';
  return row.position === null ? 'has replayed nothing yet' : null;
}
