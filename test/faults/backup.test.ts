import { execFile } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { placeStore, writePrivate } from '../../src/embedded/account.js';
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/postgres.js';
import { sendSignal } from '../../src/embedded/process-table.js';
import { migrate } from '../../src/postgres/migrate.js';
import { copyRunning } from '../setup/base-backup.js';
import { removeDataFolder } from '../setup/left-overs.js';
import { compareWithOracle } from '../setup/oracle.js';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';
import { makeDataFolder, redisUrl } from '../setup/stores.js';
import { createNotebook, experimentKeys, makeBatches, makeItems, unitOf } from './load.js';
import { abTest, assignment, createExperiment, startExperiment, trackEvents } from './operations.js';
import { createRandom } from './random.js';

/**
 * The drill of docs/backup.md: a base backup taken under load and the archived log bring back everything up to the crash, or up to a moment before it;
 * of Redis nothing is brought back.
 */

const log = { info: () => {}, warn: () => {}, error: () => {} };
const random = createRandom('backup');
const notebook = createNotebook();
const folders: string[] = [];
const servers: EmbeddedPostgres[] = [];
const archiveFolder = (place: string): string => join(place, 'archive');

let dataDir: string;
let postgres: EmbeddedPostgres;
let service: RunningService;
let pool: pg.Pool;

function newFolder(): string {
  const folder = makeDataFolder();
  folders.push(folder);
  return folder;
}

async function serve(folder: string, settings: Record<string, string>): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ dataDir: folder, log, settings: { fsync: 'off', ...settings } });
  servers.push(server);
  return server;
}

beforeAll(async () => {
  dataDir = newFolder();
  const { folder, account } = placeStore(dataDir, 'postgres');
  const archive = archiveFolder(folder);
  mkdirSync(archive);
  if (account) chownSync(archive, account.uid, account.gid);
  postgres = await serve(dataDir, { archive_mode: 'on', archive_command: `test ! -f ${archive}/%f && cp %p ${archive}/%f` });
  await migrate(postgres.url);
  service = await startService(await makeEnvironment({ DATABASE_URL: postgres.url }));
  pool = new pg.Pool({ connectionString: postgres.url, max: 2 });
  pool.on('error', () => {});
  const metrics = { primary: { key: 'purchase', type: 'CONVERSION' }, secondary: [{ key: 'clicks', type: 'COUNT', cap: 3 }] };
  for (const key of experimentKeys) {
    const hashKey = key === 'tenants' ? { hashKey: 'tenantId', design: 'CLUSTER' } : {};
    await service.ask(createExperiment, { input: abTest(key, { metrics, ...hashKey }) });
    await service.ask(startExperiment, { key });
  }
}, 120_000);

afterAll(async () => {
  await pool.end();
  for (const server of servers) await server.stop();
  for (const folder of folders) await removeDataFolder(folder);
});

/** What each unit gets, over the public API. */
async function served(by: RunningService): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  for (const key of experimentKeys) {
    for (let n = 0; n < 20; n += 1) {
      const { assignment: given } = await by.ask(assignment, { key, unit: unitOf(n) }, 'client');
      answers.set(`${key} u${n}`, given.variant);
    }
  }
  return answers;
}

async function work(prefix: string, variants: ReadonlyMap<string, string>): Promise<void> {
  const servedTo = (key: string, { userId }: { readonly userId: string }): string => variants.get(`${key} ${userId}`) ?? 'a';
  const items = makeItems(random, { count: 300, prefix, until: new Date(), served: servedTo });
  for (const batch of makeBatches(random, items)) {
    notebook.noteSent(batch);
    notebook.note((await service.ask(trackEvents, { input: batch.input }, 'client')).trackEvents);
  }
}

async function backUp(to: string): Promise<void> {
  const { data } = await copyRunning(pool, { from: dataDir, to });
  // What the log of the copy lacks is in the archive, and only there whole.
  const wal = join(data, 'pg_wal');
  for (const name of readdirSync(wal)) rmSync(join(wal, name), { recursive: true });
}

/** Brings a base backup and the archive up to the end, or to a moment; resolves when it takes writes. */
async function restore(backup: string, settings: Record<string, string> = {}): Promise<EmbeddedPostgres> {
  const folder = newFolder();
  const [from, target] = [placeStore(backup, 'postgres'), placeStore(folder, 'postgres')];
  await promisify(execFile)('cp', ['-a', `${from.folder}/.`, target.folder]);
  writePrivate(join(target.folder, 'data', 'recovery.signal'), '', target.account);
  const archive = archiveFolder(placeStore(dataDir, 'postgres').folder);
  const server = await serve(folder, { restore_command: `cp ${archive}/%f %p`, recovery_target_action: 'promote', ...settings });
  const sql = new pg.Client({ connectionString: server.url });
  await sql.connect();
  await expect.poll(async () => (await sql.query('select pg_is_in_recovery() as yes')).rows[0].yes, { timeout: 30_000 }).toBe(false);
  await sql.end();
  return server;
}

const idsIn = async (sql: pg.Pool): Promise<Set<string>> =>
  new Set((await sql.query<{ event_id: string }>('select event_id from event_ledger')).rows.map((row) => row.event_id));

test('a backup taken under load and the log bring everything back, or everything up to a moment', { timeout: 180_000 }, async () => {
  const variants = await served(service);
  await work('before', variants);
  const backup = newFolder();
  await Promise.all([backUp(backup), work('meanwhile', variants)]);
  const { rows: clock } = await pool.query<{ now: string }>('select clock_timestamp()::text as now');
  const known = new Set(notebook.acknowledged);
  await work('after', variants);
  await service.ask('mutation { stopExperiment(key: "fixed", shipVariant: "b") { experiment { status } } }');
  const given = await served(service);

  // What is in the archive is what survives the machine: the segment under way is switched, as archive_timeout does each minute.
  const { rows: switched } = await pool.query<{ segment: string }>('select pg_walfile_name(pg_switch_wal()) as segment');
  await expect
    .poll(async () => (await pool.query('select last_archived_wal from pg_stat_archiver')).rows[0].last_archived_wal, { timeout: 30_000 })
    .toBe(switched[0]?.segment);
  const counted = (await compareWithOracle(pool)).live;
  sendSignal(postgres.pid() ?? 0, 'SIGKILL');
  await Promise.all([service.remove(), postgres.stop()]);

  const crashedAt = Date.now();
  const [latest, earlier] = [await restore(backup), await restore(backup, { recovery_target_time: clock[0]?.now ?? '' })];
  console.log(`${notebook.acknowledged.size} events, of two restores each took ${Math.round((Date.now() - crashedAt) / 2)} ms`);
  for (const [server, acknowledged] of [
    [latest, notebook.acknowledged],
    [earlier, known],
  ] as const) {
    const sql = new pg.Pool({ connectionString: server.url, max: 2 });
    expect(await idsIn(sql)).toEqual(acknowledged);
    const { live, oracle } = await compareWithOracle(sql);
    expect(live).toEqual(oracle);
    expect(live.sums.length).toBeGreaterThan(5);
    if (server === latest) expect(live).toEqual(counted);
    await sql.end();
  }
  expect(known.size).toBeLessThan(notebook.acknowledged.size);

  // The service goes on from it with an empty Redis: every unit has its variant, and what is sent again counts no second time.
  const env = { DATABASE_URL: latest.url, REDIS_URL: await redisUrl(), BELLWETHER_DATA_DIR: newFolder() };
  const restored = await startService({ ...service.env, ...env });
  expect(await served(restored)).toEqual(given);
  const event = { eventId: [...known][0], metric: 'clicks', unit: unitOf(1), occurredAt: new Date().toISOString() };
  const { trackEvents: answer } = await restored.ask(trackEvents, { input: { events: [event] } }, 'client');
  expect(answer.results[0]).toMatchObject({ status: 'REJECTED', code: 'EVENT_ID_REUSED' });
  const fresh = { ...event, eventId: 'fresh' };
  expect((await restored.ask(trackEvents, { input: { events: [fresh] } }, 'client')).trackEvents.results[0].status).toBe('ACCEPTED');
  await restored.stop();
});
