import { type BatchState, type CountingState, type UnitKey, unitKey } from '../core/acceptance.js';
import { countersOf, lookBackOf, type UnitExposure, type UnitTotal } from '../core/counting.js';
import { parseScaled } from '../core/decimal.js';
import { type CheckedEvent, type CheckedExposure, mostAheadMs } from '../core/event.js';
import type { StoredEvent } from '../core/ingestion.js';
import type { CountingRules } from '../services/ports.js';
import { inOrder, plainList, type Sql, statement } from './database.js';
import { takeIds } from './ledger.js';
import { lockSpaces, unitLockName } from './locks.js';

/** What counting must know of the store: locks first, then reads. */

type Item = CheckedExposure | CheckedEvent;
type Rules = Pick<CountingRules, 'usesOf' | 'rulesOf'>;

/** First the experiments, then the units, each in their order: the parts of a union are run one after the other. */
const lock = statement(
  'lock_experiments_and_units',
  `select pg_advisory_xact_lock_shared(${lockSpaces.counting}, id)
   from (select distinct hashtext(e) as id from unnest($1::text[]) as e order by id) as experiments
   union all
   select pg_advisory_xact_lock(id)
   from (select distinct hashtextextended(u, 0) as id from unnest($2::text[]) as u order by id) as units`,
);

function namesOf(item: Item): string[] {
  if (item.kind === 'exposure') return [unitLockName(item.hashKey, item.unitId)];
  return [...item.ids].map(([hashKey, unitId]) => unitLockName(hashKey, unitId));
}

export interface CountedState extends BatchState {
  readonly totals: ReadonlyMap<UnitKey, ReadonlyMap<string, UnitTotal>>;
  /** Number of changes so far of what is counted how. */
  readonly epoch: number;
  /** Ids that were new, with the content that stands in the ledger for them now. */
  readonly taken: ReadonlyMap<string, string>;
}

/**
 * Locks the units of the items to the end of the transaction, in one order for all writers, keeps their experiments from ending meanwhile,
 * takes the ids that are new, and reads everything the store knows that the items touch.
 *
 * All is asked at once and answered in this order, each statement seeing what was committed when it began: what is read stands still, for it
 * is read after the locks, and an experiment that got its first exposure of a locked unit is known to the epoch. An id that was deleted before
 * it could be found is old by what is read after: since when ids are kept is said before they are deleted.
 */
export async function lockAndRead(sql: Sql, items: readonly Item[], rules: Rules): Promise<CountedState> {
  const units = unitsOf(items, rules);
  const ids = [...new Set(units.experimentIds)];
  const [, { ledger, taken }, { epoch, keptSince, experiments }, exposures, totals] = await inOrder([
    lock(sql, [ids, [...new Set(items.flatMap(namesOf))]]),
    takeIds(sql, items),
    readExperiments(sql, ids),
    readExposures(sql, units),
    readTotals(sql, units),
  ]);
  return { epoch, ledger, taken, keptSince, experiments, exposures, totals };
}

/** Units of experiments, each once; the lists are of one order. */
interface AskedUnits {
  readonly keys: readonly UnitKey[];
  readonly experimentIds: readonly string[];
  readonly unitIds: readonly string[];
}

/** All units of experiments that the items may concern. */
function unitsOf(items: readonly Item[], rules: Rules): AskedUnits {
  const units = new Map<UnitKey, readonly [experimentId: string, unitId: string]>();
  const add = (experimentId: string, unitId: string) => units.set(unitKey(experimentId, unitId), [experimentId, unitId]);
  for (const item of items) {
    if (item.kind === 'exposure') add(item.experimentId, item.unitId);
    else {
      for (const use of rules.usesOf(item.metric)) {
        const unitId = item.ids.get(use.hashKey);
        if (unitId !== undefined && (item.experimentId === null || item.experimentId === use.experimentId)) add(use.experimentId, unitId);
      }
    }
  }
  const pairs = [...units.values()];
  return {
    keys: [...units.keys()],
    experimentIds: pairs.map(([experimentId]) => experimentId),
    unitIds: pairs.map(([, unitId]) => unitId),
  };
}

interface ExperimentRow {
  /** Null in the row that holds what is not of one experiment. */
  readonly id: string | null;
  readonly epoch: number;
  readonly kept_since: number;
  readonly ended_at: Date | null;
  readonly overrides: readonly { readonly unitId: string }[];
}

const experimentsOf = statement<ExperimentRow>(
  'experiments_epoch_and_kept_since',
  `select null::uuid as id, value as epoch, (select value from counter where name = 'kept_since') as kept_since,
          null::timestamptz as ended_at, null::jsonb as overrides from counter where name = 'rules'
   union all select id, null, null, ended_at, overrides from experiment where id = any($1)`,
);

async function readExperiments(sql: Sql, ids: readonly string[]) {
  const { rows } = await experimentsOf(sql, [ids]);
  const experiments = new Map<string, CountingState>();
  let epoch = 0;
  let keptSince = 0;
  for (const row of rows) {
    if (row.id === null) ({ epoch, kept_since: keptSince } = row);
    else {
      const overridden = new Set(row.overrides.map(({ unitId }) => unitId));
      experiments.set(row.id, { endedAt: row.ended_at?.getTime() ?? null, overridden });
    }
  }
  return { epoch, keptSince, experiments };
}

interface ExposureRow {
  /** Position among the units asked for, from 1. */
  readonly place: number;
  readonly variant: string;
  readonly allocation_version: number;
  readonly period: number;
  /** Milliseconds since the epoch. */
  readonly first_exposed_at: number;
  readonly segments: readonly string[];
  readonly excluded_at: Date | null;
}

/**
 * The look-ups stay apart behind `offset 0`, so that they go by the key, whatever the planner knew of a young table when it planned. What was
 * asked is not sent back.
 */
const exposuresOf = statement<ExposureRow>(
  'exposures_of',
  `select p.place, u.variant, u.allocation_version, u.period, (extract(epoch from u.first_exposed_at) * 1000)::bigint as first_exposed_at,
          u.segments, u.excluded_at
   from unnest($1::uuid[], $2::text[]) with ordinality as p (experiment_id, unit_id, place)
   cross join lateral (select * from unit_exposure e where (e.experiment_id, e.unit_id) = (p.experiment_id, p.unit_id) offset 0) as u`,
);

async function readExposures(sql: Sql, { keys, experimentIds, unitIds }: AskedUnits): Promise<Map<UnitKey, UnitExposure>> {
  const { rows } = await exposuresOf(sql, [plainList(experimentIds), unitIds]);
  return new Map(
    rows.map((row) => [
      keys[row.place - 1] as UnitKey,
      {
        variant: row.variant,
        allocationVersion: row.allocation_version,
        period: row.period,
        firstExposedAt: row.first_exposed_at,
        segments: row.segments,
        excludedAt: row.excluded_at?.getTime() ?? null,
      },
    ]),
  );
}

const totalsOf = statement<{ place: number; metric: string; events: number; total: string }>(
  'totals_of',
  `select p.place, u.metric, u.events, u.total
   from unnest($1::uuid[], $2::text[]) with ordinality as p (experiment_id, unit_id, place)
   cross join lateral (select * from unit_total t where (t.experiment_id, t.unit_id) = (p.experiment_id, p.unit_id) offset 0) as u`,
);

async function readTotals(sql: Sql, { keys, experimentIds, unitIds }: AskedUnits): Promise<Map<UnitKey, Map<string, UnitTotal>>> {
  const { rows } = await totalsOf(sql, [plainList(experimentIds), unitIds]);
  const totals = new Map<UnitKey, Map<string, UnitTotal>>();
  for (const { place, metric, events, total } of rows) {
    const key = keys[place - 1] as UnitKey;
    const ofUnit = totals.get(key) ?? new Map<string, UnitTotal>();
    ofUnit.set(metric, { events, total: parseScaled(total) });
    totals.set(key, ofUnit);
  }
  return totals;
}

interface StoredRow {
  readonly hash_key: string;
  readonly unit_id: string;
  readonly metric: string;
  readonly value: string;
  readonly occurred_at: Date;
  readonly received_at: Date;
  readonly experiment_id: string | null;
}

const historyOf = statement<StoredRow>(
  'history_of',
  `select u.hash_key, u.unit_id, r.metric, r.value, r.occurred_at, r.received_at, r.experiment_id
   from unnest($1::text[], $2::text[]) as u (hash_key, unit_id)
   cross join lateral (
     select * from raw_event e
     where e.unit_id = u.unit_id and e.hash_key = u.hash_key and e.metric = any($3) and e.received_at >= $4
     offset 0
   ) as r`,
);

/** Stored events of the units whose exposure is new or moved, of the metrics that their experiments count. */
export async function readHistory(sql: Sql, moved: ReadonlyMap<UnitKey, UnitExposure>, rules: Rules): Promise<StoredEvent[]> {
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
  const oldest = new Date(since - mostAheadMs);
  const { rows } = await historyOf(sql, [
    [...units.values()].map((unit) => unit.hashKey),
    [...units.values()].map((unit) => unit.unitId),
    [...metrics],
    oldest,
  ]);
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
