import type pg from 'pg';
import type { Sweeps, TickKind } from '../services/ports.js';
import { inTransaction, reading } from './database.js';
import { lockSpaces } from './locks.js';
import { type ReadToDecide, readPrimary } from './replica-decisions.js';
import { readArms } from './totals.js';

/** Tables in hour partitions, and the column that decides the hour. */
const partitioned = [
  { table: 'raw_exposure', column: 'received_at' },
  { table: 'raw_event', column: 'received_at' },
  { table: 'cohort_total', column: 'hour' },
] as const;

export const partitionedTables = partitioned.map(({ table }) => table);

/** The present hour and the two days after it: a worker may be away that long and is not missed. */
const hoursAhead = 49;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Cohorts are read until a metric's window has passed, 30 days at most; the rest is for exposures that come late. */
const cohortDays = 62;
const idempotencyDays = 7;
const batchSize = 10_000;

const sweepNumbers = { guardrails: 1, maintenance: 2, health: 3, reports: 4, overdue: 5 } as const;

/** Said before anything goes, as of what is gone nobody can tell whether it was counted; see core/acceptance.ts. */
const raiseKeptSince = "update counter set value = greatest(value, $1) where name = 'kept_since'";

/** Jobs' own look at the store. @throws UNAVAILABLE when it is away */
export function createSweeps(pool: pg.Pool, readToDecide: ReadToDecide = readPrimary): Sweeps {
  /** Partitions come and go under locks that readers and writers queue behind: rather none this time than everybody waiting. */
  const withoutWaiting = <T>(work: (sql: pg.PoolClient) => Promise<T>): Promise<T> =>
    inTransaction(pool, async (sql) => {
      await sql.query("set local lock_timeout = '500ms'");
      return work(sql);
    });

  async function makeHours(table: string, column: string, now: Date): Promise<number> {
    const { rows } = await withoutWaiting((sql) =>
      sql.query<{ made: number }>('select make_hour_partitions($1, $2, $3, $4) as made', [table, column, now, hoursAhead]),
    );
    return rows[0]?.made ?? 0;
  }

  /** Small transactions, so that no writer waits long and an interrupted sweep keeps what it has done. */
  async function deleteBefore(table: string, column: string, oldest: Date): Promise<void> {
    const statement = `delete from ${table} where ctid = any(array(select ctid from ${table} where ${column} < $1 limit ${batchSize}))`;
    for (;;) {
      const { rowCount } = await pool.query(statement, [oldest]);
      if ((rowCount ?? 0) < batchSize) return;
    }
  }

  /** Rows of single units, once their experiment is put away and so old that no event of it is taken any more; sums and judgements stay. */
  async function deletePastUnits(table: string, oldest: Date): Promise<void> {
    // A look at the key for each experiment, whatever the planner takes the table for.
    const statement = `delete from ${table} where ctid = any(array(
      select past.row from experiment e cross join lateral (
        select u.ctid as row from ${table} u where u.experiment_id = e.id order by u.experiment_id, u.unit_id limit ${batchSize}
      ) as past where e.status = 'ARCHIVED' and e.ended_at < $1 limit ${batchSize}))`;
    for (;;) {
      const { rowCount } = await pool.query(statement, [oldest]);
      if ((rowCount ?? 0) < batchSize) return;
    }
  }

  return {
    // The lock goes with its transaction, also when this process or the connection dies; the work uses connections of its own.
    exclusively: (sweep, work) =>
      reading(() =>
        inTransaction(pool, async (sql) => {
          const { rows } = await sql.query<{ held: boolean }>('select pg_try_advisory_xact_lock($1, $2) as held', [
            lockSpaces.sweep,
            sweepNumbers[sweep],
          ]);
          if (!rows[0]?.held) return false;
          await work();
          return true;
        }),
      ),

    arms: (experiments, role) => reading(() => readToDecide(pool, (from) => readArms(from, experiments, role))),

    mismatches: () =>
      reading(async () => {
        const { rows } = await pool.query<{ experimentId: string; mismatched: number; exposed: number }>(
          `select experiment_id as "experimentId", sum(units)::bigint as mismatched,
                  (select coalesce(sum(v.units), 0)::bigint from version_units v where v.experiment_id = m.experiment_id and v.segment = '') as exposed
           from mismatch_tally m group by experiment_id`,
        );
        return new Map(rows.map(({ experimentId, ...units }) => [experimentId, units]));
      }),

    ticks: () =>
      reading(async () => {
        const { rows } = await pool.query<{ experimentId: string; kind: TickKind; at: Date }>(
          'select experiment_id as "experimentId", kind, at from tick',
        );
        return rows;
      }),

    makePartitions: (now) =>
      reading(async () => {
        let made = 0;
        for (const { table, column } of partitioned) made += await makeHours(table, column, now);
        return made;
      }),

    dropExpired: (now, retentionDays) =>
      reading(async () => {
        const before = (ms: number) => new Date(now.getTime() - ms);
        // The oldest exposure that is still taken counts events received up to 5 minutes before it; the hour spares those.
        const oldestRaw = before(retentionDays * dayMs + hourMs);
        await pool.query(raiseKeptSince, [oldestRaw.getTime()]);
        await deleteBefore('event_ledger', 'received_at', before((retentionDays + 1) * dayMs));
        for (const table of ['unit_total', 'unit_exposure', 'mismatched_unit']) {
          await deletePastUnits(table, before((retentionDays + 1) * dayMs));
        }
        await deleteBefore('idempotent_outcome', 'created_at', before(idempotencyDays * dayMs));
        for (const { table, column } of partitioned) {
          const oldest = table === 'cohort_total' ? before(cohortDays * dayMs) : oldestRaw;
          await deleteBefore(`${table}_default`, column, oldest);
          await withoutWaiting((sql) => sql.query('select drop_hour_partitions($1, $2)', [table, oldest]));
        }
      }),
  };
}
