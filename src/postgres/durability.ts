import type pg from 'pg';

/**
 * What lets a crash of the server take back commits that were acknowledged, in words with a cure; null: nothing does. An event is acknowledged after
 * its commit, which under `synchronous_commit = off` is not on disk by then. The milder values concern standbys alone: the server's own disk is waited for.
 *
 * @param sql of the role and to the database that events are written by and to: either may have a value of its own
 */
export async function durabilityFault(sql: Pick<pg.ClientBase, 'query'>): Promise<string | null> {
  const { rows } = await sql.query<{ cure: string }>(
    `select format('alter role %I in database %I set synchronous_commit = on', current_user, current_database()) as cure
     where current_setting('synchronous_commit') = 'off'`,
  );
  const [row] = rows;
  return row
    ? `synchronous_commit is off: a crash of the PostgreSQL server can lose events that were acknowledged; "${row.cure}" ends that at the next connection`
    : null;
}
