/** A copy of a running PostgreSQL's folder, whole once its log is replayed, as `pg_basebackup` makes. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { placeStore, writePrivate } from '../../src/embedded/account.js';

/** @param folders data folders, as `startPostgres` takes them. @returns where the copy of the cluster is, and whose */
export async function copyRunning(pool: pg.Pool, { from, to }: { readonly from: string; readonly to: string }) {
  const [source, target] = [placeStore(from, 'postgres'), placeStore(to, 'postgres')];
  const data = join(target.folder, 'data');
  const session = await pool.connect();
  try {
    await session.query("select pg_backup_start('copy', true)");
    // Files may go while they are copied; the log makes that good.
    await promisify(execFile)('cp', ['-a', join(source.folder, 'data'), join(source.folder, 'password'), target.folder]).catch(
      (error: Error) => {
        if (!error.message.includes('No such file')) throw error;
      },
    );
    const { rows } = await session.query<{ labelfile: string }>('select labelfile from pg_backup_stop()');
    writePrivate(join(data, 'backup_label'), rows[0]?.labelfile ?? '', target.account);
  } finally {
    session.release();
  }
  for (const left of ['postmaster.pid', 'postmaster.opts']) rmSync(join(data, left), { force: true });
  return { data, account: target.account };
}
