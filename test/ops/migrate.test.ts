import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { migrate } from '../../src/postgres/migrate.js';
import { abTest, createExperiment, startExperiment, trackEvents } from '../faults/operations.js';
import { runToEnd } from '../process/launched.js';
import { type RunningService, startService } from '../setup/service.js';
import { createEmptyDatabase, makeDataFolder } from '../setup/stores.js';

/** The command `migrate`, before instances start and beside those that serve. */

const run = (databaseUrl: string, args = ['migrate']) =>
  runToEnd({ dataDir: makeDataFolder(), command: [process.execPath, 'dist/main.js', ...args], env: { DATABASE_URL: databaseUrl } });

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

test('several at once bring a fresh database up to date, one of them does it, and all end well', async () => {
  const url = await createEmptyDatabase();
  const runs = await Promise.all([run(url), run(url), run(url)]);
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(runs.filter(({ output }) => /Applied \d/.test(output))).toHaveLength(1);
  expect(runs.filter(({ output }) => /The database was up to date/.test(output))).toHaveLength(2);
});

test('ends with 1 and says why where it cannot', async () => {
  const { code, output } = await run((await createEmptyDatabase()).replace(/\/test_\w+$/, '/none'));
  expect(code).toBe(1);
  expect(output).toContain('database \\"none\\" does not exist');
});

test('tells of itself, and of a role that it is given twice', async () => {
  expect(await run('', ['migrate', '--help'])).toMatchObject({
    code: 0,
    output: expect.stringContaining('bring the database up to date and end'),
  });
  expect(await run('', ['api', 'worker'])).toMatchObject({ code: 2, output: expect.stringContaining('Unknown arguments: api worker') });
});

let service: RunningService;
let other: Client;

beforeAll(async () => {
  service = await startService();
  await service.ask(createExperiment, { input: abTest('shown') });
  await service.ask(startExperiment, { key: 'shown' });
});
afterAll(() => service.remove());
beforeEach(async () => {
  other = await connected(service.env.DATABASE_URL ?? '');
});
afterEach(() => other.end());

/** Whether the instance counts an event. */
async function accepted(eventId: string): Promise<number> {
  const input = { events: [{ eventId, metric: 'bought', unit: { userId: eventId }, occurredAt: new Date().toISOString() }] };
  return (await service.ask(trackEvents, { input }, 'client')).trackEvents.accepted;
}

/** Resolves when the runner waits for a lock of this kind. */
const waits = (kind: 'advisory' | 'relation') =>
  vi.waitFor(async () => {
    const { rows } = await other.query(
      `select from pg_locks join pg_stat_activity using (pid)
       where application_name = 'bellwether migrate' and datname = current_database() and locktype = $1 and not granted`,
      [kind],
    );
    expect(rows).not.toEqual([]);
  }, 10_000);

test('an instance serves while another runner is at it, and the command waits for that one', async () => {
  await other.query('select pg_advisory_lock(72707369)');
  const migrating = run(service.env.DATABASE_URL ?? '');
  await waits('advisory');
  expect(await accepted('while held')).toBe(1);
  await other.query('select pg_advisory_unlock(72707369)');
  expect(await migrating).toMatchObject({ code: 0, output: expect.stringContaining('up to date') });
});

test('an instance takes events while a migration cannot get hold of the table, and after it has', async () => {
  const folder = makeDataFolder();
  mkdirSync(join(folder, '9_note'));
  writeFileSync(join(folder, '9_note/migration.sql'), 'alter table raw_event add note text;');
  // Somebody looks long at the table.
  await other.query('begin');
  await other.query('select from raw_event limit 1');
  const migrating = migrate(service.env.DATABASE_URL ?? '', { folder });
  migrating.catch(() => {});
  const watcher = other;
  other = await connected(service.env.DATABASE_URL ?? '');
  await waits('relation');
  for (let i = 0; i < 3; i += 1) expect(await accepted(`while it waits ${i}`)).toBe(1);
  await watcher.end();
  expect((await migrating).applied).toEqual(['9_note']);
  expect(await accepted('afterwards')).toBe(1);
});
