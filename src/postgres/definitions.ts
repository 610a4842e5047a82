import type pg from 'pg';
import type { DefinitionStore } from '../services/ports.js';
import { reading } from './database.js';
import { type ExperimentRow, experimentOf } from './rows.js';

/** All experiments, for instances that hold them in memory; each call is one statement and so of one moment. @throws UNAVAILABLE */
export function createDefinitionStore(pool: pg.Pool): DefinitionStore {
  return {
    versions: () =>
      reading(async () => {
        const { rows } = await pool.query<{ id: string | null; version: number }>(
          `select null::uuid as id, value as version from counter where name = 'rules'
           union all select id, version from experiment`,
        );
        const versions = new Map(rows.flatMap(({ id, version }) => (id === null ? [] : [[id, version]])));
        return { epoch: rows.find(({ id }) => id === null)?.version ?? 0, versions };
      }),

    load: (ids) =>
      reading(async () => {
        const { rows } = await pool.query<ExperimentRow>('select * from experiment where id = any($1)', [ids]);
        return rows.map(experimentOf);
      }),
  };
}
