import { type BatchState, type CountingState, type UnitKey, unitKey } from '../core/acceptance.js';
import { countersOf, lookBackOf, type UnitExposure, type UnitTotal } from '../core/counting.js';
import { parseScaled } from '../core/decimal.js';
import type { CheckedEvent, CheckedExposure } from '../core/event.js';
import type { StoredEvent } from '../core/ingestion.js';
import type { CountingRules } from '../services/ports.js';
import type { Sql } from './database.js';
import { lockSpaces, unitLockName } from './locks.js';

/** What counting must know of the store: locks first, then reads. */

type Item = CheckedExposure | CheckedEvent;

/** Locks the units of the items to the end of the transaction, in one order for all writers, and keeps their experiments from ending meanwhile. */
export async function lockUnits(sql: Sql, items: readonly Item[], rules: CountingRules): Promise<void> {
  const experiments = new Set(pairsOf(items, rules).map(([experimentId]) => experimentId));
  const units = new Set(items.flatMap((item) => namesOf(item)));
  await sql.query(
    `select pg_advisory_xact_lock_shared(${lockSpaces.counting}, id)
     from (select distinct hashtext(e) as id from unnest($1::text[]) as e order by id) as experiments`,
    [[...experiments]],
  );
  await sql.query(
    `select pg_advisory_xact_lock(id)
     from (select distinct hashtextextended(u, 0) as id from unnest($1::text[]) as u order by id) as units`,
    [[...units]],
  );
}

function namesOf(item: Item): string[] {
  if (item.kind === 'exposure') return [unitLockName(item.hashKey, item.unitId)];
  return [...item.ids].map(([hashKey, unitId]) => unitLockName(hashKey, unitId));
}

/** Number of changes so far of what is counted how. */
export async function readRulesEpoch(sql: Sql): Promise<number> {
  const { rows } = await sql.query<{ value: number }>("select value from counter where name = 'rules'");
  return rows[0]?.value ?? 0;
}

export interface CountedState extends BatchState {
  readonly totals: ReadonlyMap<UnitKey, ReadonlyMap<string, UnitTotal>>;
}

/** Everything the store knows that the items touch. */
export async function readBatchState(sql: Sql, items: readonly Item[], rules: CountingRules): Promise<CountedState> {
  const pairs = pairsOf(items, rules);
  const experimentIds = pairs.map(([experimentId]) => experimentId);
  const unitIds = pairs.map(([, unitId]) => unitId);
  const ledger = await readLedger(sql, items);
  const experiments = await readExperiments(sql, [...new Set(experimentIds)]);
  const exposures = await readExposures(sql, experimentIds, unitIds);
  const totals = await readTotals(sql, experimentIds, unitIds);
  return { ledger, experiments, exposures, totals };
}

/** All (experiment, unit) that the items may concern, each once. */
function pairsOf(items: readonly Item[], rules: CountingRules): [string, string][] {
  const pairs = new Map<UnitKey, [string, string]>();
  const add = (experimentId: string, unitId: string) => pairs.set(unitKey(experimentId, unitId), [experimentId, unitId]);
  for (const item of items) {
    if (item.kind === 'exposure') add(item.experimentId, item.unitId);
    else {
      for (const use of rules.usesOf(item.metric)) {
        const unitId = item.ids.get(use.hashKey);
        if (unitId !== undefined && (item.experimentId === null || item.experimentId === use.experimentId)) add(use.experimentId, unitId);
      }
    }
  }
  return [...pairs.values()];
}

async function readLedger(sql: Sql, items: readonly Item[]): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ event_id: string; content_hash: Buffer }>(
    'select event_id, content_hash from event_ledger where event_id = any($1)',
    [items.map((item) => item.eventId)],
  );
  return new Map(rows.map((row) => [row.event_id, row.content_hash.toString('hex')]));
}

async function readExperiments(sql: Sql, ids: readonly string[]): Promise<Map<string, CountingState>> {
  const { rows } = await sql.query<{ id: string; ended_at: Date | null; overrides: { unitId: string }[] }>(
    'select id, ended_at, overrides from experiment where id = any($1)',
    [ids],
  );
  return new Map(
    rows.map((row) => [
      row.id,
      { endedAt: row.ended_at?.getTime() ?? null, overridden: new Set(row.overrides.map(({ unitId }) => unitId)) },
    ]),
  );
}

async function readExposures(sql: Sql, experimentIds: readonly string[], unitIds: readonly string[]): Promise<Map<UnitKey, UnitExposure>> {
  const { rows } = await sql.query<{
    experiment_id: string;
    unit_id: string;
    variant: string;
    allocation_version: number;
    period: number;
    first_exposed_at: Date;
    segments: string[];
    excluded_at: Date | null;
  }>(`select u.* from unnest($1::uuid[], $2::text[]) as p (experiment_id, unit_id) join unit_exposure u using (experiment_id, unit_id)`, [
    experimentIds,
    unitIds,
  ]);
  return new Map(
    rows.map((row) => [
      unitKey(row.experiment_id, row.unit_id),
      {
        variant: row.variant,
        allocationVersion: row.allocation_version,
        period: row.period,
        firstExposedAt: row.first_exposed_at.getTime(),
        segments: row.segments,
        excludedAt: row.excluded_at?.getTime() ?? null,
      },
    ]),
  );
}

async function readTotals(
  sql: Sql,
  experimentIds: readonly string[],
  unitIds: readonly string[],
): Promise<Map<UnitKey, Map<string, UnitTotal>>> {
  const { rows } = await sql.query<{ experiment_id: string; unit_id: string; metric: string; events: number; total: string }>(
    `select t.* from unnest($1::uuid[], $2::text[]) as p (experiment_id, unit_id) join unit_total t using (experiment_id, unit_id)`,
    [experimentIds, unitIds],
  );
  const totals = new Map<UnitKey, Map<string, UnitTotal>>();
  for (const row of rows) {
    const key = unitKey(row.experiment_id, row.unit_id);
    const ofUnit = totals.get(key) ?? new Map<string, UnitTotal>();
    ofUnit.set(row.metric, { events: row.events, total: parseScaled(row.total) });
    totals.set(key, ofUnit);
  }
  return totals;
}

const clockToleranceMs = 5 * 60_000;

/** Stored events of the units whose exposure is new or moved, of the metrics that their experiments count. */
export async function readHistory(sql: Sql, moved: ReadonlyMap<UnitKey, UnitExposure>, rules: CountingRules): Promise<StoredEvent[]> {
  if (moved.size === 0) return [];
  const units = new Map<string, { hashKey: string; unitId: string }>();
  const metrics = new Set<string>();
  let since = Number.POSITIVE_INFINITY;
  for (const [key, { firstExposedAt }] of moved) {
    const { hashKey, metrics: counted } = rules.rulesOf(key.slice(0, 36));
    units.set(`${hashKey} ${key.slice(37)}`, { hashKey, unitId: key.slice(37) });
    for (const { eventKey } of counted.flatMap(countersOf)) metrics.add(eventKey);
    since = Math.min(since, firstExposedAt - lookBackOf(counted));
  }
  // What happened at or after that was received at most the tolerated clock skew before it: older hours are left alone.
  const oldest = new Date(since - clockToleranceMs);
  const { rows } = await sql.query<{
    hash_key: string;
    unit_id: string;
    metric: string;
    value: string;
    occurred_at: Date;
    received_at: Date;
    experiment_id: string | null;
  }>(
    `select u.hash_key, u.unit_id, r.metric, r.value, r.occurred_at, r.received_at, r.experiment_id
     from unnest($1::text[], $2::text[]) as u (hash_key, unit_id)
     cross join lateral (
       select * from raw_event e
       where e.unit_id = u.unit_id and e.hash_key = u.hash_key and e.metric = any($3) and e.received_at >= $4
       offset 0 -- keeps this a look-up by unit, whatever the statistics of a young partition say
     ) as r`,
    [[...units.values()].map((unit) => unit.hashKey), [...units.values()].map((unit) => unit.unitId), [...metrics], oldest],
  );
  return rows.map((row) => ({
    hashKey: row.hash_key,
    unitId: row.unit_id,
    metric: row.metric,
    value: parseScaled(row.value),
    occurredAt: row.occurred_at.getTime(),
    receivedAt: row.received_at.getTime(),
    experimentId: row.experiment_id,
  }));
}
