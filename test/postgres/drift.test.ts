import { expect, test } from 'vitest';
import { sqlToSchema } from '../../scripts/schema-engine.js';
import { createDatabase } from '../setup/stores.js';

test('finds nothing in prisma/schema.prisma that the migrations do not give', async () => {
  expect(await sqlToSchema({ url: await createDatabase() })).toBeNull();
});

test('compares for real: from nothing there is something to make', async () => {
  expect(await sqlToSchema('empty')).toContain('CREATE TABLE "experiment"');
});
