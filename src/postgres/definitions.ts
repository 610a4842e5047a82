import type pg from 'pg';
import type { DefinitionStore } from '../services/ports.js';
import { reading } from './database.js';
import { type ExperimentRow, experimentOf } from './rows.js';

/** All experiments, for instances that hold them in memory; each call is one statement and so of one moment. @throws UNAVAILABLE */
export function createDefinitionStore(pool: pg.Pool): DefinitionStore {
  return {
    versions: () =>
      reading(async () => {
        const { rows } = await pool.query<{ counter: string | null; id: string; version: number }>(
          `select name as counter, null::uuid as id, value as version from counter where name in ('rules', 'forgotten')
           union all select null, id, version from experiment`,
        );
        const versions = new Map(rows.flatMap(({ counter, id, version }) => (counter === null ? [[id, version]] : [])));
        const counterOf = (name: string): number => rows.find(({ counter }) => counter === name)?.version ?? 0;
        return { epoch: counterOf('rules'), forgotten: counterOf('forgotten'), versions };
      }),

    load: (ids) =>
      reading(async () => {
        const { rows } = await pool.query<ExperimentRow>('select * from experiment where id = any($1)', [ids]);
        return rows.map(experimentOf);
      }),
  };
}
