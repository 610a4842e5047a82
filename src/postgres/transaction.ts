import { randomUUID } from 'node:crypto';
import { refusal } from '../core/errors.js';
import type { Exclusion, Experiment } from '../core/experiment.js';
import type { Transaction } from '../services/ports.js';
import type { AlertRecord } from '../services/records.js';
import { readCohorts } from './cohorts.js';
import { isUniqueViolation, type Sql } from './database.js';
import { isKey, isUuid } from './filters.js';
import { lockSpaces, unitLockName } from './locks.js';
import { type AlertRow, type ApiKeyRow, alertOf, apiKeyColumns, apiKeyOf, auditColumns } from './record-rows.js';
import {
  allocationColumns,
  type Columns,
  type EvaluationRow,
  type ExperimentRow,
  evaluationColumns,
  evaluationOf,
  experimentColumns,
  experimentOf,
} from './rows.js';
import { readSegments } from './segment-totals.js';
import { readMaturedArms, readSums } from './totals.js';

/** The writing half of the store of record, inside one transaction. */
export function createTransaction(sql: Sql): Transaction {
  async function insert(table: string, columns: Columns): Promise<void> {
    const names = Object.keys(columns);
    const places = names.map((_, i) => `$${i + 1}`);
    await sql.query(`insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`, Object.values(columns));
  }

  async function lockBy(column: 'key' | 'id', value: string): Promise<Experiment | null> {
    const { rows } = await sql.query<ExperimentRow>(`select * from experiment where ${column} = $1 for update`, [value]);
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
      await sql.query(`update experiment set ${assignments.join(', ')} where id = $1`, [id, ...Object.values(columns)]);
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

    async excludeUnit(experimentId, hashKey, unitId, at) {
      await sql.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [unitLockName(hashKey, unitId)]);
      await sql.query('update unit_exposure set excluded_at = $3 where experiment_id = $1 and unit_id = $2 and excluded_at is null', [
        experimentId,
        unitId,
        at,
      ]);
    },

    async bumpRules() {
      await sql.query("update counter set value = value + 1 where name = 'rules'");
    },

    async insertAllocation(record) {
      await sql.query('update allocation set ended_at = $3 where experiment_id = $1 and version = $2', [
        record.experimentId,
        record.version - 1,
        record.startedAt,
      ]);
      await insert('allocation', allocationColumns(record));
    },

    async sums(experiment) {
      const sums = (await readSums(sql, [experiment])).get(experiment.id);
      if (!sums) throw new Error(`no sums for experiment ${experiment.id}`);
      return sums;
    },

    segments: (experiment) => readSegments(sql, experiment),

    maturedArms: (experiment, at) => readMaturedArms(sql, experiment, at),

    cohorts: (experiment, from, to) => readCohorts(sql, experiment, from, to),

    async latestEvaluation(experiment) {
      const { rows } = await sql.query<EvaluationRow>('select * from evaluation where experiment_id = $1 order by sequence desc limit 1', [
        experiment.id,
      ]);
      return rows[0] ? evaluationOf(rows[0], experiment.definition.key) : null;
    },

    insertEvaluation: (evaluation) => insert('evaluation', evaluationColumns(evaluation)),

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

    async claimTick(experimentId, kind, at, minGapMs) {
      const { rows } = await sql.query<{ count: number }>(
        `insert into tick as t (experiment_id, kind, at, count) values ($1, $2, $3, 0)
         on conflict (experiment_id, kind) do update set at = excluded.at where t.at <= $4 returning count`,
        [experimentId, kind, at, new Date(at.getTime() - minGapMs)],
      );
      return rows[0] ?? null;
    },

    async countTurn(experimentId, kind) {
      await sql.query('update tick set count = count + 1 where experiment_id = $1 and kind = $2', [experimentId, kind]);
    },

    audit: (entry) => insert('audit_entry', auditColumns(entry)),

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
