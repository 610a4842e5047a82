import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { DefinitionInput } from '../../src/core/definition-input.js';
import type { Experiment } from '../../src/core/experiment.js';
import { type Columns, experimentColumns } from '../../src/postgres/rows.js';
import { sampleExperiment } from '../core/samples.js';

/** Rows put in directly, for tests of what is read. */

/** A UUID that is the same for the same name. */
export function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export async function insertRow(sql: Pick<pg.Pool, 'query'>, table: string, columns: Columns): Promise<void> {
  const names = Object.keys(columns);
  const places = names.map((_, i) => `$${i + 1}`);
  await sql.query(`insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`, Object.values(columns));
}

/** Stores a sample experiment under this key. */
export async function insertExperiment(
  sql: Pick<pg.Pool, 'query'>,
  key: string,
  changes: Partial<Experiment> = {},
  input: Partial<DefinitionInput> = {},
): Promise<Experiment> {
  const experiment = sampleExperiment({ id: uuidOf(key), ...changes }, { key, name: key, ...input });
  await insertRow(sql, 'experiment', experimentColumns(experiment));
  return experiment;
}
