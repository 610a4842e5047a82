import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sqlToSchema } from '../../scripts/schema-engine.js';
import { createDatabase } from '../setup/stores.js';

// The service reads 64-bit integers as numbers, in the whole process; the engine wants the bounds of sequences whole.
const { INT8 } = pg.types.builtins;
const parseInt8 = pg.types.getTypeParser(INT8);
beforeAll(() => pg.types.setTypeParser(INT8, String));
afterAll(() => pg.types.setTypeParser(INT8, parseInt8));

test('finds nothing in prisma/schema.prisma that the migrations do not give', async () => {
  expect(await sqlToSchema({ url: await createDatabase() })).toBeNull();
});

test('compares for real: from nothing there is something to make', async () => {
  expect(await sqlToSchema('empty')).toContain('CREATE TABLE "experiment"');
});
