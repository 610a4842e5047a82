import { Client } from 'pg';
import { beforeEach, expect, test } from 'vitest';
import { durabilityFault } from '../../src/postgres/durability.js';
import { createMigrator } from '../../src/postgres/migrator.js';
import { untraced } from '../../src/services/tracer.js';
import { createTestLog } from '../redis/clients.js';
import { createDatabase } from '../setup/stores.js';

let url: string;
beforeEach(async () => {
  url = await createDatabase();
});

/** On a connection of its own, which begins with what is set by then. */
async function connected<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** For this database alone: others have the same role. */
async function commitsWait(value: string): Promise<void> {
  const database = new URL(url).pathname.slice(1);
  await connected((client) => client.query(`alter role current_user in database ${database} set synchronous_commit = ${value}`));
}

/** What the log warns of in a start. */
async function warningsOfStart(): Promise<readonly string[]> {
  const log = createTestLog();
  const migrator = createMigrator(url, log, untraced);
  await migrator.within(60_000, new AbortController().signal);
  await migrator.stop();
  return log.lines.filter(({ level }) => level !== 'info').map(({ message }) => message);
}

test.each(['on', 'local', 'remote_write', 'remote_apply'])('commits that wait for the disk are well: %s', async (value) => {
  await commitsWait(value);
  expect(await connected(durabilityFault)).toBeNull();
  expect(await warningsOfStart()).toEqual([]);
});

test('commits that do not are warned of once in a start, and the cure that is named works', async () => {
  await commitsWait('off');
  const fault = await connected(durabilityFault);
  expect(fault).toMatch(/^synchronous_commit is off: .*acknowledged/);
  expect(await warningsOfStart()).toEqual([`${fault}.`]);
  const cure = /"(alter role .*?on)" ends/.exec(fault ?? '')?.[1] ?? '';
  await connected((client) => client.query(cure));
  expect(await connected(durabilityFault)).toBeNull();
  expect(await warningsOfStart()).toEqual([]);
});
