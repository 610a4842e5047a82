import type { Experiment } from '../core/experiment.js';
import type { EvaluationRecord } from '../services/records.js';
import { type Sql, statement } from './database.js';
import { type EvaluationRow, evaluationOf } from './rows.js';

const latestOf = statement<EvaluationRow>(
  'latest_evaluations_of',
  `select latest.* from unnest($1::uuid[]) as asked (id)
   cross join lateral (select * from evaluation where experiment_id = asked.id order by sequence desc limit 1) as latest`,
);

/** The latest evaluation of each experiment in the order asked; null before the first. */
export async function readLatestEvaluations(sql: Sql, experiments: readonly Experiment[]): Promise<(EvaluationRecord | null)[]> {
  const { rows } = await latestOf(sql, [experiments.map(({ id }) => id)]);
  const byExperiment = new Map(rows.map((row) => [row.experiment_id, row]));
  return experiments.map(({ id, definition }) => {
    const row = byExperiment.get(id);
    return row ? evaluationOf(row, definition.key) : null;
  });
}
