import type { Experiment } from '../core/experiment.js';
import type { Cohort } from '../core/health-cohorts.js';
import { type Sql, statement } from './database.js';

/** Hours as bounds, so that only their partitions are read. */
const cohortsOf = statement<{ hour: Date; variant: string; units: number; conversions: number }>(
  'cohorts_of',
  `select hour, variant, sum(units)::bigint as units, sum(sum_x)::bigint as conversions
  from cohort_total
  where experiment_id = $1 and hour >= $2 and hour <= $3 and (period = 0) = $4
  group by hour, variant having sum(units) <> 0 or sum(sum_x) <> 0`,
);

/**
 * Units and conversions of a bandit by variant and hour of first exposure, hours that begin from one time to another. Kept only for bandits; conversions
 * are those of a primary metric of the type CONVERSION.
 */
export async function readCohorts(sql: Sql, { id, status }: Experiment, from: Date, to: Date): Promise<Cohort[]> {
  const { rows } = await cohortsOf(sql, [id, from, to, status === 'DRY_RUN']);
  return rows.map(({ hour, ...counts }) => ({ hour: hour.getTime(), ...counts }));
}
