import type pg from 'pg';
import type { RecordedExposures } from '../services/ports.js';
import { reading } from './database.js';

/** The variants of first recorded exposures: one statement for many units, by primary key. @throws UNAVAILABLE */
export function createRecordedExposures(pool: pg.Pool): RecordedExposures {
  return {
    variantsOf: (units) =>
      reading(async () => {
        const { rows } = await pool.query<{ variant: string | null }>(
          `select u.variant
           from unnest($1::uuid[], $2::text[]) with ordinality as asked (experiment_id, unit_id, place)
           left join unit_exposure u using (experiment_id, unit_id)
           order by place`,
          [units.map((unit) => unit.experimentId), units.map((unit) => unit.unitId)],
        );
        return rows.map((row) => row.variant);
      }),
  };
}
