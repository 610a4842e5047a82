import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool, inTransaction, statement } from '../../src/postgres/database.js';
import { tracePool } from '../../src/postgres/traced-pool.js';
import { createDatabase } from '../setup/stores.js';
import { createRecorder } from '../telemetry/recorded.js';

const { tracer, taken } = createRecorder();
let pool: pg.Pool;

beforeAll(async () => {
  pool = tracePool(createPool(await createDatabase(), 1), tracer);
});
afterAll(() => pool.end());

const summaries = () => taken().flatMap(({ name, below }) => (below === null ? [] : [name]));

test.each([
  ['select now()', 'select'],
  ['SELECT "public"."experiment"."id" FROM "public"."experiment" WHERE 1=0', 'select experiment'],
  ["update counter set value = value where name = 'hunter2'", 'update counter'],
  ['with old as (select id from experiment) select count(*) from old', 'with experiment'],
  ['delete from tick where false', 'delete tick'],
  ['savepoint a', 'savepoint'],
  ['show server_version', 'statement'],
])('%s is told as %s', async (text, summary) => {
  await tracer.span('request', {}, () => pool.query(text).catch(() => {}));
  expect(summaries()).toEqual([summary]);
});

test('a statement with a name is told by it, and what it is given is not told', async () => {
  const find = statement('find_experiment', 'select id from experiment where key = $1');
  await tracer.span('request', {}, () => find(pool, ['hunter2']));
  const [span] = taken();
  expect(span).toEqual({
    name: 'find_experiment',
    below: 'request',
    attributes: { 'db.system.name': 'postgresql', 'db.query.summary': 'find_experiment' },
    failed: false,
  });
});

test('a statement that fails is told by its state', async () => {
  await tracer.span('request', {}, () => pool.query("select 'hunter2'::int").catch(() => {}));
  expect(taken()[0]).toMatchObject({ name: 'select', failed: true, attributes: { 'error.type': '22P02' } });
});

test('who waits for a connection stays in its own place', async () => {
  const ask = (name: string) => tracer.span(name, {}, () => inTransaction(pool, (sql) => sql.query(`select 1 as ${name}`)));
  const quickly = (name: string) => tracer.span(name, {}, () => pool.query(`update counter set value = value where name = '${name}'`));
  await Promise.all([ask('first'), quickly('second'), ask('third'), pool.query('select 2')]);
  const told = taken().filter(({ below }) => below !== null);
  expect(told.map(({ name, below }) => `${below}: ${name}`).sort()).toEqual([
    'first: begin',
    'first: commit',
    'first: select',
    'second: update counter',
    'third: begin',
    'third: commit',
    'third: select',
  ]);
});
