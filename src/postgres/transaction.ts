import { randomUUID } from 'node:crypto';
import { refusal } from '../core/errors.js';
import type { Exclusion, Experiment } from '../core/experiment.js';
import type { Transaction } from '../services/ports.js';
import type { AlertRecord } from '../services/records.js';
import { readCohorts } from './cohorts.js';
import { isUniqueViolation, type Sql, statement } from './database.js';
import { isKey, isUuid } from './filters.js';
import { forgetCounted, readOverriding } from './forget.js';
import { readLatestEvaluations } from './latest-evaluations.js';
import { lockSpaces, unitLockName } from './locks.js';
import { insertMessages } from './outbox-writes.js';
import { type AlertRow, type ApiKeyRow, alertOf, apiKeyColumns, apiKeyOf, auditColumns } from './record-rows.js';
import type { ReadToDecide } from './replica-decisions.js';
import { allocationColumns, type Columns, type ExperimentRow, evaluationColumns, experimentColumns, experimentOf } from './rows.js';
import { readSegments } from './segment-totals.js';
import { readMaturedArms, readPeriodUnits, readSums } from './totals.js';
import { readDryRun, readValidations, validationColumns } from './validation.js';

const lockExperiment = {
  key: statement<ExperimentRow>('lock_experiment_by_key', 'select * from experiment where key = $1 for update'),
  id: statement<ExperimentRow>('lock_experiment_by_id', 'select * from experiment where id = $1 for update'),
};

const endAllocation = statement('end_allocation', 'update allocation set ended_at = $3 where experiment_id = $1 and version = $2');

const readOpenAlerts = statement<AlertRow>(
  'read_open_alerts',
  'select * from alert where experiment_id = $1 and resolved_at is null order by sequence',
);

const claimTick = statement<{ count: number }>(
  'claim_tick',
  `insert into tick as t (experiment_id, kind, at, count) values ($1, $2, $3, 0)
   on conflict (experiment_id, kind) do update set at = excluded.at where t.at <= $4 returning count`,
);

const startedAt = statement<{ at: Date }>('transaction_started_at', 'select transaction_timestamp() as at');

/**
 * The writing half of the store of record, inside one transaction.
 *
 * @param readToDecide of what was counted, and by which allocations; what the transaction itself has changed of these is read where it did
 */
export function createTransaction(sql: Sql, readToDecide: ReadToDecide): Transaction {
  let hasChanged = false;
  const counted = <T>(ask: (from: Sql) => Promise<T>): Promise<T> => (hasChanged ? ask(sql) : readToDecide(sql, ask));

  async function insert(table: string, columns: Columns): Promise<void> {
    const names = Object.keys(columns);
    const places = names.map((_, i) => `$${i + 1}`);
    const text = `insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`;
    await sql.query({ name: `insert_${table}`, text, values: Object.values(columns) });
  }

  async function lockBy(column: 'key' | 'id', value: string): Promise<Experiment | null> {
    const { rows } = await lockExperiment[column](sql, [value]);
    return rows[0] ? experimentOf(rows[0]) : null;
  }

  /** The counter's row stays locked to the commit, so numbers become visible in their order. */
  async function nextAlertSequences(count: number): Promise<number[]> {
    const { rows } = await sql.query<{ value: number }>("update counter set value = value + $1 where name = 'alert' returning value", [
      count,
    ]);
    const last = rows[0]?.value ?? count;
    return Array.from({ length: count }, (_, i) => last - count + 1 + i);
  }

  const transaction: Transaction = {
    lockExperiment: async (key) => (isKey(key) ? lockBy('key', key) : null),
    lockExperimentById: (id) => lockBy('id', id),

    async insertExperiment(experiment) {
      const { key } = experiment.definition;
      try {
        await insert('experiment', experimentColumns(experiment));
      } catch (error) {
        throw isUniqueViolation(error) ? refusal('EXPERIMENT_KEY_TAKEN', `Another experiment has the key "${key}".`, ['key'], key) : error;
      }
    },

    async saveExperiment(experiment) {
      const { id, ...columns } = experimentColumns(experiment);
      const assignments = Object.keys(columns).map((name, i) => `${name} = $${i + 2}`);
      const text = `update experiment set ${assignments.join(', ')} where id = $1`;
      await sql.query({ name: 'save_experiment', text, values: [id, ...Object.values(columns)] });
    },

    async deleteExperiment(id) {
      await sql.query('delete from experiment where id = $1', [id]);
    },

    async heldRanges(group, exceptId) {
      await sql.query(`select pg_advisory_xact_lock(${lockSpaces.group}, hashtext($1))`, [group]);
      const { rows } = await sql.query<Exclusion>(
        `select exclusion_group as "group", exclusion_start as start, exclusion_end as "end" from experiment
         where exclusion_group = $1 and id <> $2 and status in ('DRY_RUN', 'RUNNING', 'PAUSED')`,
        [group, exceptId],
      );
      return rows;
    },

    async holdCounting(experimentId) {
      await sql.query(`select pg_advisory_xact_lock(${lockSpaces.counting}, hashtext($1))`, [experimentId]);
    },

    async excludeUnit(experimentId, hashKey, unitId, now) {
      hasChanged = true;
      await sql.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [unitLockName(hashKey, unitId)]);
      await sql.query('update unit_exposure set excluded_at = $3 where experiment_id = $1 and unit_id = $2 and excluded_at is null', [
        experimentId,
        unitId,
        now(),
      ]);
    },

    overriding: (unit) => readOverriding(sql, unit),

    forgetCounted(unit) {
      hasChanged = true;
      return forgetCounted(sql, unit);
    },

    async bumpRules() {
      await sql.query("update counter set value = value + 1 where name = 'rules'");
    },

    async insertAllocation(record) {
      hasChanged = true;
      await Promise.all([
        endAllocation(sql, [record.experimentId, record.version - 1, record.startedAt]),
        insert('allocation', allocationColumns(record)),
      ]);
    },

    async startedAt() {
      const { rows } = await startedAt(sql, []);
      return rows[0]?.at as Date;
    },

    sums: (experiment) => counted((from) => readSums(from, experiment)),
    periodUnits: (experimentId, period) => counted((from) => readPeriodUnits(from, experimentId, period)),

    segments: (experiment) => counted((from) => readSegments(from, experiment)),

    maturedArms: (experiment, at) => counted((from) => readMaturedArms(from, experiment, at)),

    cohorts: (experiment, begin, end) => counted((from) => readCohorts(from, experiment, begin, end)),

    latestEvaluation: async (experiment) => (await readLatestEvaluations(sql, [experiment]))[0] ?? null,

    insertEvaluation: (evaluation) => insert('evaluation', evaluationColumns(evaluation)),

    dryRun: (experiment) => counted((from) => readDryRun(from, experiment)),

    validation: async (experimentId) => (await readValidations(sql, [experimentId]))[0] ?? null,

    insertValidation: (experimentId, validation) => insert('validation', validationColumns(experimentId, validation)),

    async raiseAlert(experiment, { kind, severity, message, metric = null, variant = null }, at) {
      const { rowCount: open } = await sql.query(
        `select from alert where experiment_id = $1 and kind = $2 and resolved_at is null
         and metric is not distinct from $3 and variant is not distinct from $4`,
        [experiment.id, kind, metric, variant],
      );
      if (open) return null;
      const [sequence = 0] = await nextAlertSequences(1);
      const id = randomUUID();
      const row: AlertRow = { id, sequence, experiment_id: experiment.id, kind, severity, message, metric, variant, at, resolved_at: null };
      await insert('alert', { ...row });
      return alertOf(row, experiment.definition.key);
    },

    async resolveAlerts(experiment, kinds, at) {
      const { rows: open } = await sql.query<AlertRow>(
        'select * from alert where experiment_id = $1 and kind = any($2) and resolved_at is null order by sequence for update',
        [experiment.id, kinds],
      );
      if (open.length === 0) return [];
      const sequences = await nextAlertSequences(open.length);
      const resolved: AlertRecord[] = [];
      for (const [i, row] of open.entries()) {
        const sequence = sequences[i] ?? row.sequence;
        await sql.query('update alert set resolved_at = $2, sequence = $3 where id = $1', [row.id, at, sequence]);
        resolved.push(alertOf({ ...row, resolved_at: at, sequence }, experiment.definition.key));
      }
      return resolved;
    },

    async openAlerts({ id, definition }) {
      const { rows } = await readOpenAlerts(sql, [id]);
      return rows.map((row) => alertOf(row, definition.key));
    },

    async claimTick(experimentId, kind, at, minGapMs) {
      const { rows } = await claimTick(sql, [experimentId, kind, at, new Date(at.getTime() - minGapMs)]);
      return rows[0] ?? null;
    },

    async countTurn(experimentId, kind) {
      await sql.query('update tick set count = count + 1 where experiment_id = $1 and kind = $2', [experimentId, kind]);
    },

    audit: (entry) => insert('audit_entry', auditColumns(entry)),

    tell: (message, at) => insertMessages(sql, [message], at),

    insertApiKey: (key, secretHash) => insert('api_key', { ...apiKeyColumns(key), secret_hash: Buffer.from(secretHash) }),

    async lockApiKey(id) {
      if (!isUuid(id)) return null;
      const { rows } = await sql.query<ApiKeyRow>('select * from api_key where id = $1 for update', [id]);
      return rows[0] ? apiKeyOf(rows[0]) : null;
    },

    async revokeApiKey(id, at) {
      await sql.query('update api_key set revoked_at = $2 where id = $1', [id, at]);
    },
  };
  return transaction;
}
