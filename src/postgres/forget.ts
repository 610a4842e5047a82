import { deserialize, serialize } from 'node:v8';
import type pg from 'pg';
import type { ForgetStore, ForgottenRows, UnitToForget } from '../services/ports.js';
import { inTransaction, reading, type Sql, statement } from './database.js';
import { unitLockName } from './locks.js';

/**
 * Everything that is kept of one unit, deleted. What makes its events count once stays: ids of events, in the ledger until they are too old to be taken;
 * and so do the sums, which say nothing of one unit.
 */

/** Experiments whose units the id may be. */
const concerned = `select id from experiment where $2::text is null or definition ->> 'hashKey' = $2`;

/** Instances that see it grow drop what they remember of units. */
const noteForgotten = statement('note_forgotten', "update counter set value = value + 1 where name = 'forgotten'");

/**
 * Deletes what counting goes by, all at once: with the unit's exposure or its totals gone and its events still there, an exposure that comes late would count
 * these again. Its events wait meanwhile, as those of a unit that another writer counts do. Rows of experiments are to be locked before.
 */
export async function forgetCounted(sql: Sql, { unitId, hashKey }: UnitToForget): Promise<ForgottenRows> {
  const { rows } = await sql.query<{ hashKey: string }>(
    `select distinct definition ->> 'hashKey' as "hashKey" from experiment where $1::text is null or definition ->> 'hashKey' = $1`,
    [hashKey],
  );
  await sql.query(
    `select pg_advisory_xact_lock(id) from (select distinct hashtextextended(u, 0) as id from unnest($1::text[]) as u order by id) as units`,
    [rows.map((row) => unitLockName(row.hashKey, unitId))],
  );
  await noteForgotten(sql, []);
  const deleted = async (table: string): Promise<number> => {
    const found = await sql.query(`delete from ${table} where unit_id = $1 and experiment_id = any(array(${concerned}))`, [
      unitId,
      hashKey,
    ]);
    return found.rowCount ?? 0;
  };
  return {
    experiments: await deleted('unit_exposure'),
    totals: await deleted('unit_total'),
    mismatches: await deleted('mismatched_unit'),
    events:
      (await sql.query('delete from raw_event where unit_id = $1 and ($2::text is null or hash_key = $2)', [unitId, hashKey])).rowCount ??
      0,
  };
}

/** Keys of the experiments that force a variant on the unit. */
export async function readOverriding(sql: Sql, { unitId, hashKey }: UnitToForget): Promise<string[]> {
  const { rows } = await sql.query<{ key: string }>(
    `select key from experiment where overrides @> jsonb_build_array(jsonb_build_object('unitId', $1::text)) and id in (${concerned}) order by key`,
    [unitId, hashKey],
  );
  return rows.map(({ key }) => key);
}

const outcomesAtOnce = 200;
const undefinedTable = '42P01';

/** What nothing is counted by; each part in small steps, each harmless when repeated. @throws UNAVAILABLE when the store is away */
export function createForgetStore(pool: pg.Pool): ForgetStore {
  async function dropFrom(partition: string, { unitId, hashKey }: UnitToForget): Promise<number> {
    try {
      const text = `delete from ${partition} where unit_id = $1 and ($2::text is null or experiment_id in (${concerned}))`;
      return (await pool.query(text, [unitId, hashKey])).rowCount ?? 0;
    } catch (error) {
      // Dropped meanwhile, past its life.
      if ((error as { code?: unknown }).code === undefinedTable) return 0;
      throw error;
    }
  }

  return {
    dropExposures: (unit) =>
      reading(async () => {
        const done = new Set<string>();
        let dropped = 0;
        for (;;) {
          // Again until there is no new one: rows move from the default partition into that of their hour when it is made.
          const { rows } = await pool.query<{ name: string }>(
            `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'raw_exposure'::regclass`,
          );
          const fresh = rows.filter(({ name }) => !done.has(name));
          if (fresh.length === 0) return dropped;
          for (const { name } of fresh) {
            dropped += await dropFrom(name, unit);
            done.add(name);
          }
        }
      }),

    redactAudit: ({ unitId, hashKey }) =>
      reading(() =>
        inTransaction(pool, async (sql) => {
          await sql.query("set local bellwether.forgetting = 'on'");
          const { rowCount } = await sql.query(
            `update audit_entry set before = without_unit(before, $1), after = without_unit(after, $1)
             where ($2::text is null or coalesce(after, before) -> 'definition' ->> 'hashKey' = $2)
               and (before is distinct from without_unit(before, $1) or after is distinct from without_unit(after, $1))`,
            [unitId, hashKey],
          );
          return rowCount ?? 0;
        }),
      ),

    redactOutcomes: (unit) =>
      reading(async () => {
        // As the serialiser writes texts: a byte a letter where that is enough, else two.
        const forms = [Buffer.from(unit.unitId, 'latin1'), Buffer.from(unit.unitId, 'utf16le')];
        let after: readonly unknown[] = ['00000000-0000-0000-0000-000000000000', ''];
        let redacted = 0;
        for (;;) {
          const { rows } = await pool.query<{ api_key_id: string; key: string; outcome: Buffer }>(
            `select api_key_id, key, outcome from idempotent_outcome
             where (api_key_id, key) > ($3, $4) and (position($1::bytea in outcome) > 0 or position($2::bytea in outcome) > 0)
             order by api_key_id, key limit ${outcomesAtOnce}`,
            [...forms, ...after],
          );
          for (const { api_key_id: apiKeyId, key, outcome } of rows) {
            const value: unknown = deserialize(outcome);
            if (!dropOverrides(value, unit)) continue;
            await pool.query('update idempotent_outcome set outcome = $3 where api_key_id = $1 and key = $2', [
              apiKeyId,
              key,
              serialize(value),
            ]);
            redacted += 1;
          }
          const last = rows.at(-1);
          if (!last || rows.length < outcomesAtOnce) return redacted;
          after = [last.api_key_id, last.key];
        }
      }),

    noteForgotten: () => reading(async () => void (await noteForgotten(pool, []))),
  };
}

/** Takes the unit out of the overrides of every experiment in a stored outcome, in place; whether it was in one. */
function dropOverrides(value: unknown, unit: UnitToForget): boolean {
  if (typeof value !== 'object' || value === null) return false;
  let found = false;
  const experiment = value as { overrides?: unknown; readonly definition?: { readonly hashKey?: unknown } };
  if (Array.isArray(experiment.overrides) && (unit.hashKey === null || experiment.definition?.hashKey === unit.hashKey)) {
    const others = experiment.overrides.filter((override) => (override as { unitId?: unknown } | null)?.unitId !== unit.unitId);
    found = others.length < experiment.overrides.length;
    experiment.overrides = others;
  }
  for (const member of Object.values(value)) if (dropOverrides(member, unit)) found = true;
  return found;
}
