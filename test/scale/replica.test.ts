import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool } from '../../src/postgres/database.js';
import { createReplica, type Replica } from '../../src/postgres/replica.js';
import { abTest, createExperiment, startExperiment } from '../faults/operations.js';
import { createTestLog } from '../redis/clients.js';
import { command } from '../setup/instance.js';
import { makeEnvironment, startService } from '../setup/service.js';
import { startWithReplica } from './replica-server.js';

/** A real streaming replica, from which people are answered. */

let servers: Awaited<ReturnType<typeof startWithReplica>>;
beforeAll(async () => {
  servers = await startWithReplica();
}, 120_000);
afterAll(() => servers.remove());

const polling = { timeout: 30_000 };

async function follow(url = servers.urls.replica, maxBehindMs = 1_000) {
  const primary = createPool(servers.urls.primary, 2);
  const log = createTestLog();
  const replica: Replica = createReplica({ primary, url, maxBehindMs, log, everyMs: 50 });
  replica.start();
  return {
    replica,
    log,
    /** Who answers a read now. */
    async answers(): Promise<'replica' | 'primary'> {
      const { rows } = await replica.sql.query<{ follows: boolean }>('select pg_is_in_recovery() as follows');
      return rows[0]?.follows ? 'replica' : 'primary';
    },
    async close(): Promise<void> {
      await replica.stop();
      await primary.end();
    },
  };
}

test('a replica that keeps up answers, one that is too far behind is left out, with the reason, until it has caught up', async () => {
  const { replica, log, answers, close } = await follow();
  expect(replica.state()).toMatchObject({ isUsed: false, reason: 'has not been looked at yet' });
  expect(await answers()).toBe('primary');
  await expect.poll(answers, polling).toBe('replica');
  await servers.pause();
  // Of an idle primary nothing is missing, however long ago the last write was: something must be written.
  await servers.sql.query('create table if not exists written (at timestamptz)');
  await expect.poll(() => replica.state().reason, polling).toMatch(/^is \d+\.\d s behind$/);
  expect(await answers()).toBe('primary');
  const said = () => log.lines.map(({ message }) => message);
  const turns = ['The replica is used.', 'The replica is left out; its reads go to the primary.', 'The replica is used.'];
  await expect.poll(said, polling).toEqual(turns.slice(0, 2));
  await servers.resume();
  await expect.poll(answers, polling).toBe('replica');
  expect(said()).toEqual(turns);
  await close();
});

test('a read after a change of this instance goes to the primary until the replica holds the change', async () => {
  const { replica, answers, close } = await follow(servers.urls.replica, 300_000);
  await expect.poll(answers, polling).toBe('replica');
  await servers.pause();
  const { run } = replica.noting({
    run: async (_, work) => ({ outcome: await work(undefined as never), replayed: false }),
  });
  await run(command, async () => void (await servers.sql.query('create table if not exists changed (at timestamptz)')));
  const { rows } = await replica.sql.query<{ there: boolean }>("select to_regclass('changed') is not null as there");
  expect(rows[0]?.there).toBe(true);
  expect([await answers(), replica.state().isUsed]).toEqual(['primary', true]);
  await servers.resume();
  await expect.poll(answers, polling).toBe('replica');
  await close();
});

test('reads of a replica that hangs are answered by the primary, and soon it is left out', { timeout: 60_000 }, async () => {
  const { replica, answers, close } = await follow(servers.urls.replica, 300_000);
  await expect.poll(answers, polling).toBe('replica');
  await servers.freezeReplica();
  expect(await answers()).toBe('primary');
  await expect.poll(() => replica.state().reason, polling).toMatch(/^cannot be followed: /);
  servers.thawReplica();
  await expect.poll(answers, polling).toBe('replica');
  await close();
});

test('a server that follows nobody is left out', async () => {
  const { replica, answers, close } = await follow(servers.urls.primary);
  await expect.poll(() => replica.state().reason, polling).toBe('takes writes, so it follows nobody');
  expect(await answers()).toBe('primary');
  await close();
});

const names = '{ experiments(first: 10) { nodes { key name } } auditLog(first: 1) { totalCount } }';

test('a service shows changes at once, reads from its replica, and goes on without it', { timeout: 120_000 }, async () => {
  const env = await makeEnvironment({
    DATABASE_URL: servers.urls.primary,
    DATABASE_REPLICA_URL: servers.urls.replica,
    DATABASE_REPLICA_LAG_SECONDS: '300',
  });
  const service = await startService(env);
  const listed = async () => (await service.ask(names)).experiments.nodes;
  for (let n = 0; n < 5; n += 1) {
    await service.ask(createExperiment, { input: abTest(`e${n}`) });
    expect(await listed()).toHaveLength(n + 1);
  }
  await service.ask(startExperiment, { key: 'e0' });
  const { auditLog } = await service.ask(names);
  expect(auditLog.totalCount).toBeGreaterThanOrEqual(6);

  // What only the primary knows is not seen: the list is the replica's, once that holds the last change made here.
  const rename = (name: string) =>
    servers.sql.query("update experiment set definition = jsonb_set(definition, '{name}', to_jsonb($1::text)) where key = 'e1'", [name]);
  const nameOf = async () => (await listed()).find(({ key }: { readonly key: string }) => key === 'e1')?.name;
  const isUnseen = async () => {
    await servers.pause();
    const before = await nameOf();
    await rename(`${before} and more`);
    const after = await nameOf();
    await servers.resume();
    return after === before;
  };
  await expect.poll(isUnseen, { timeout: 60_000, interval: 500 }).toBe(true);
  await expect.poll(nameOf, polling).toMatch(/and more$/);

  await servers.stopReplica();
  for (let n = 0; n < 5; n += 1) expect(await listed()).toHaveLength(5);
  await servers.startReplica();
  await service.remove();
});
