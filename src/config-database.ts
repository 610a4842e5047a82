/** Where PostgreSQL is. */
import * as read from './config-values.js';

/** The password may come apart, as where the one secret is shared with the server. @returns null when none is given: an embedded one */
export function readDatabaseUrl(
  value: read.Reader,
  faults: string[],
  name: 'DATABASE_URL' | 'DATABASE_REPLICA_URL' = 'DATABASE_URL',
): string | null {
  const text = value(name, null, read.url(['postgresql:', 'postgres:'], 'postgresql://user:password@host:5432/database'));
  const password = value('DATABASE_PASSWORD', null, read.text);
  if (password === null || (text === null && name === 'DATABASE_REPLICA_URL')) return text;
  const address = text === null ? null : new URL(text);
  if (!address?.username || !address.host || address.password) {
    faults.push(`DATABASE_PASSWORD: received; expected a ${name} that names a user and a host, and no password, beside it`);
    return text;
  }
  address.password = encodeURIComponent(password);
  return address.href;
}

export interface ReplicaConfig {
  readonly url: string;
  /** Further behind it is left out; 1,000 to 300,000. */
  readonly maxBehindMs: number;
}

/** null: there is none. @param databaseUrl of the database that it follows */
export function readReplica(value: read.Reader, faults: string[], databaseUrl: string | null): ReplicaConfig | null {
  const url = readDatabaseUrl(value, faults, 'DATABASE_REPLICA_URL');
  const seconds = value('DATABASE_REPLICA_LAG_SECONDS', null, read.integer(1, 300));
  if (url === null) {
    if (seconds !== null) faults.push('DATABASE_REPLICA_LAG_SECONDS: received; expected a DATABASE_REPLICA_URL beside it');
    return null;
  }
  if (databaseUrl === null) faults.push('DATABASE_REPLICA_URL: received; expected the DATABASE_URL that it is a replica of beside it');
  return Object.freeze({ url, maxBehindMs: (seconds ?? 1) * 1_000 });
}
