import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool } from '../../src/postgres/database.js';
import { createReads } from '../../src/postgres/reads.js';
import type { ExperimentFilter } from '../../src/services/reads.js';
import { createDatabase } from '../setup/stores.js';
import { insertExperiment } from './rows-of.js';

let pool: ReturnType<typeof createPool>;
let reads: ReturnType<typeof createReads>;
beforeAll(async () => {
  pool = createPool(await createDatabase());
  reads = createReads(pool);
  await insertExperiment(pool, 'percent', { status: 'DRAFT' }, { name: '100% sure_thing', tags: ['shop', 'q1'] });
  await insertExperiment(pool, 'plain', { status: 'RUNNING' }, { name: '100 per cent sure thing', tags: ['shop'] });
  await insertExperiment(pool, 'back', { status: 'PAUSED' }, { name: 'C:\\temp', hypothesis: 'Die ÄPFEL sind süß' });
  await insertExperiment(pool, 'old', { status: 'ARCHIVED' }, { name: 'Old', design: 'BANDIT' });
});
afterAll(() => pool.end());

async function found(filter: ExperimentFilter): Promise<string[]> {
  const page = await reads.experiments({ limit: 100, backward: false, after: null, before: null }, filter, {
    field: 'NAME',
    direction: 'ASC',
  });
  expect(await page.totalCount()).toBe(page.items.length);
  return page.items.map(({ node }) => node.definition.key).sort();
}

test.each([
  ['100%', ['percent']],
  ['sure_t', ['percent']],
  ['%', ['percent']],
  ['_', ['percent']],
  ['\\', ['back']],
  ['\\t', ['back']],
  ["'", []],
  ['SURE', ['percent', 'plain']],
  ['PLAI', ['plain']],
  ['äpfel', ['back']],
  ['a\0b', []],
  ['', ['back', 'percent', 'plain']],
])('search for %j is literal, whatever the case, over key, name and hypothesis', async (search, keys) => {
  expect(await found({ search })).toEqual(keys);
});

test('archived experiments are left out unless asked for', async () => {
  expect(await found({})).toEqual(['back', 'percent', 'plain']);
  expect(await found({ status: null })).toEqual(['back', 'percent', 'plain']);
  expect(await found({ status: ['ARCHIVED', 'DRAFT'] })).toEqual(['old', 'percent']);
  expect(await found({ keys: ['old'] })).toEqual([]);
});

test('a list is met by any of its members, tags by all of them', async () => {
  expect(await found({ keys: ['plain', 'back', 'none', 'a\0b'] })).toEqual(['back', 'plain']);
  expect(await found({ design: ['BANDIT'], status: ['ARCHIVED'] })).toEqual(['old']);
  expect(await found({ tags: ['shop'] })).toEqual(['percent', 'plain']);
  expect(await found({ tags: ['q1', 'shop'] })).toEqual(['percent']);
  expect(await found({ tags: [] })).toEqual(['back', 'percent', 'plain']);
  expect(await found({ keys: [] })).toEqual([]);
  expect(await found({ status: [] })).toEqual([]);
});
