/** A primary and a streaming replica of it, both real. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { writePrivate } from '../../src/embedded/account.js';
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/postgres.js';
import { sendSignal } from '../../src/embedded/process-table.js';
import { migrate } from '../../src/postgres/migrate.js';
import { copyRunning } from '../setup/base-backup.js';
import { removeDataFolder } from '../setup/left-overs.js';
import { makeDataFolder } from '../setup/stores.js';

const log = { info: () => {}, warn: () => {}, error: () => {} };

export async function startWithReplica() {
  const [home, copy] = [makeDataFolder(), makeDataFolder()];
  const quick = { fsync: 'off', wal_keep_size: '1GB' };
  const primary = await startPostgres({ dataDir: home, log, settings: quick });
  await migrate(primary.url);
  const sql = new pg.Pool({ connectionString: primary.url, max: 2 });
  const { data, account } = await copyRunning(sql, { from: home, to: copy });
  writePrivate(join(data, 'standby.signal'), '', account);
  const { hostname, port, username, password } = new URL(primary.url);
  const follow = { ...quick, primary_conninfo: `host=${hostname} port=${port} user=${username} password=${password}` };
  const start = () => startPostgres({ dataDir: copy, log, settings: follow });
  let replica: EmbeddedPostgres = await start();
  let frozen: number[] = [];
  const replicaSql = new pg.Pool({ connectionString: replica.url, max: 1 });
  for (const pool of [sql, replicaSql]) pool.on('error', () => {});

  /** Another copy of the primary, which follows it until something else is done with it. */
  async function startCopy() {
    const folder = makeDataFolder();
    const { data: copied, account: owner } = await copyRunning(sql, { from: home, to: folder });
    const signal = join(copied, 'standby.signal');
    writePrivate(signal, '', owner);
    const open = () => startPostgres({ dataDir: folder, log, settings: follow });
    return { folder, signal, open, server: await open() };
  }

  const removing = (server: EmbeddedPostgres, folder: string) => async () => {
    await server.stop();
    await removeDataFolder(folder);
  };

  return {
    urls: { primary: primary.url, replica: replica.url },
    /** On the primary. */
    sql,
    /** It goes on receiving, and shows nothing of it. */
    pause: () => replicaSql.query('select pg_wal_replay_pause()'),
    resume: () => replicaSql.query('select pg_wal_replay_resume()'),
    /** It answers nobody any more, and breaks no connection. */
    async freezeReplica(): Promise<void> {
      const { rows } = await replicaSql.query<{ pid: number }>('select pid from pg_stat_activity where pid <> pg_backend_pid()');
      frozen = [replica.pid() ?? 0, ...rows.map(({ pid }) => pid)];
      for (const pid of frozen) sendSignal(pid, 'SIGSTOP');
    },
    thawReplica(): void {
      for (const pid of frozen) sendSignal(pid, 'SIGCONT');
    },
    /** A copy of the primary that was promoted, as after a failover: the replica goes on with the old one. */
    async promoteCopy() {
      const { folder, server } = await startCopy();
      const own = new pg.Pool({ connectionString: server.url, max: 1 });
      await own.query('select pg_promote()');
      await own.end();
      return { url: server.url, remove: removing(server, folder) };
    },
    /** A copy of the primary that takes writes from where it is, as a snapshot of a disk does that is started without a word. */
    async restoreCopy() {
      const { folder, signal, open, server } = await startCopy();
      await server.stop();
      rmSync(signal);
      const restored = await open();
      return { url: restored.url, remove: removing(restored, folder) };
    },
    stopReplica: () => replica.stop(),
    async startReplica(): Promise<void> {
      replica = await start();
    },
    async remove(): Promise<void> {
      await Promise.all([sql.end(), replicaSql.end()]);
      await replica.stop();
      await primary.stop();
      for (const folder of [home, copy]) await removeDataFolder(folder);
    },
  };
}
