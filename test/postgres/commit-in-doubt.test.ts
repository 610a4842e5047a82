import { createServer, connect as dial, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createChanges } from '../../src/postgres/changes.js';
import { createPool } from '../../src/postgres/database.js';
import { command } from '../setup/instance.js';
import { createDatabase } from '../setup/stores.js';

/** A connection that is lost on a commit, or before. */

let url: URL;
/** The word in a statement whose answer is kept from the client, and the connection lost. */
let fatal: string | null = null;
const proxy = createServer((client) => {
  const server: Socket = dial({ host: url.hostname, port: Number(url.port) });
  let isLost = false;
  client.on('data', (data) => {
    isLost = fatal !== null && data.includes(fatal);
    server.write(data);
  });
  server.on('data', (data) => {
    if (isLost) client.destroy();
    else client.write(data);
  });
  for (const end of [client, server]) end.on('error', () => {}).on('close', () => (end === client ? server : client).destroy());
});

let pool: ReturnType<typeof createPool>;
beforeAll(async () => {
  url = new URL(await createDatabase());
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const through = new URL(url);
  through.port = String((proxy.address() as { port: number }).port);
  pool = createPool(through.href, 1);
});
afterAll(async () => {
  await pool.end();
  proxy.close();
});

const bumped = async () => (await pool.query<{ value: number }>("select value from counter where name = 'rules'")).rows[0]?.value;

test.each([
  ['commit', 'it may have been done', 1],
  ['counter', 'nothing was done', 1],
])('a change that is lost at a %s says so: %s', async (word, said, value) => {
  fatal = word;
  await expect(createChanges(pool).run(command, (transaction) => transaction.bumpRules())).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining(said),
  });
  fatal = null;
  expect(await bumped()).toBe(value);
});
