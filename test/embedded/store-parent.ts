/** Run as a process of its own by killed-parent.ts: starts one store, reports it, and waits for its end. */
import { startPostgres } from '../../src/embedded/postgres.js';
import { startRedis } from '../../src/embedded/redis.js';
import { packageDir } from '../setup/names.js';

const [store, dataDir = ''] = process.argv.slice(2);
const log = { info: () => {}, warn: console.error, error: console.error };
const running =
  store === 'postgres'
    ? await startPostgres({ dataDir, log, settings: { fsync: 'off' } })
    : await startRedis({ dataDir, packageDir, env: process.env, log });
process.send?.({ url: running.url, pid: running.pid() });
setInterval(() => {}, 1_000);
