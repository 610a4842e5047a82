import type { Experiment } from '../core/experiment.js';
import type { Validation, ValidationStatus } from '../core/validation.js';
import type { DryRun, ValidationCheck } from '../core/validation-checks.js';
import type { ValidationReads } from '../services/reads.js';
import { reading, type Sql, statement } from './database.js';
import type { Columns } from './rows.js';
import { readSums } from './totals.js';

/** Dry runs, and what they came to. */

const dryRunOf = statement<{ since: Date; mismatched: number }>(
  'dry_run_of',
  `select (select min(started_at) from allocation where experiment_id = $1 and period = 0) as since,
          (select coalesce(sum(units), 0)::bigint from mismatch_tally where experiment_id = $1) as mismatched`,
);

/** What a dry run that is under way has given. */
export async function readDryRun(sql: Sql, experiment: Experiment): Promise<DryRun> {
  const [{ versions, arms }, { rows }] = await Promise.all([readSums(sql, experiment), dryRunOf(sql, [experiment.id])]);
  const { since, mismatched } = rows[0] as { since: Date | null; mismatched: number };
  // A store that lags behind may not know of its first allocation yet.
  return { since: since ?? experiment.updatedAt, versions, arms, mismatchedUnits: mismatched };
}

interface ValidationRow {
  readonly experiment_id: string;
  readonly since: Date;
  readonly until: Date;
  readonly status: string;
  readonly units: number;
  readonly checks: unknown;
}

const validationsOf = statement<ValidationRow>('validations_of', 'select * from validation where experiment_id = any($1)');

/** In the order asked; null where no dry run has ended. */
export async function readValidations(sql: Sql, experimentIds: readonly string[]): Promise<(Validation | null)[]> {
  const { rows } = await validationsOf(sql, [experimentIds]);
  const byExperiment = new Map(rows.map((row) => [row.experiment_id, row]));
  return experimentIds.map((id) => {
    const row = byExperiment.get(id);
    if (!row) return null;
    const { status, since, until, units, checks } = row;
    return { status: status as ValidationStatus, since, until, units, checks: checks as readonly ValidationCheck[] };
  });
}

export function validationColumns(experimentId: string, { since, until, status, units, checks }: Validation): Columns {
  return { experiment_id: experimentId, since, until, status, units, checks: JSON.stringify(checks) };
}

/** @throws UNAVAILABLE when the store is away */
export function createValidationReads(sql: Sql): ValidationReads {
  return {
    dryRun: (experiment) => reading(() => readDryRun(sql, experiment)),
    validations: (experimentIds) => reading(() => readValidations(sql, experimentIds)),
  };
}
