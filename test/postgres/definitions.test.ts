import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool } from '../../src/postgres/database.js';
import { createDefinitionStore } from '../../src/postgres/definitions.js';
import { createRecordedExposures } from '../../src/postgres/exposures.js';
import { createDatabase } from '../setup/stores.js';
import { insertExperiment, insertRow, uuidOf } from './rows-of.js';

let pool: ReturnType<typeof createPool>;
beforeAll(async () => {
  pool = createPool(await createDatabase());
});
afterAll(() => pool.end());

test('versions of all experiments come with the epoch of the rules', async () => {
  const definitions = createDefinitionStore(pool);
  expect(await definitions.versions()).toEqual({ epoch: 0, forgotten: 0, versions: new Map() });
  const a = await insertExperiment(pool, 'a', { version: 3 });
  const b = await insertExperiment(pool, 'b', { version: 5 });
  await pool.query("update counter set value = 7 where name = 'rules'");
  const { epoch, versions } = await definitions.versions();
  expect([epoch, versions.get(a.id), versions.get(b.id), versions.size]).toEqual([7, 3, 5, 2]);
  expect(await definitions.load([b.id, uuidOf('gone')])).toEqual([b]);
});

test('recorded exposures come in the order asked, null for a unit that was never exposed', async () => {
  const exposures = createRecordedExposures(pool);
  const rest = { allocation_version: 1, period: 1, first_exposed_at: new Date(0) };
  for (const [name, unit_id, variant] of [
    ['a', 'u1', 'green'],
    ['a', 'u2', 'control'],
    ['b', 'u1', 'control'],
  ] as const) {
    await insertRow(pool, 'unit_exposure', { experiment_id: uuidOf(name), unit_id, variant, ...rest });
  }
  const asked = [
    ['b', 'u2'],
    ['b', 'u1'],
    ['a', 'u1'],
    ['a', 'u2'],
    ['a', 'u1'],
  ].map(([name = '', unitId = '']) => ({ experimentId: uuidOf(name), unitId }));
  expect(await exposures.variantsOf(asked)).toEqual([null, 'control', 'green', 'control', 'green']);
  expect(await exposures.variantsOf([])).toEqual([]);
});
