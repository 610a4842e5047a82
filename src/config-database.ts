/** Where PostgreSQL is. */
import * as read from './config-values.js';

/** The password may come apart, as where the one secret is shared with the server. @returns null when none is given: an embedded one */
export function readDatabaseUrl(value: read.Reader, faults: string[]): string | null {
  const text = value('DATABASE_URL', null, read.url(['postgresql:', 'postgres:'], 'postgresql://user:password@host:5432/database'));
  const password = value('DATABASE_PASSWORD', null, read.text);
  if (password === null) return text;
  const address = text === null ? null : new URL(text);
  if (!address?.username || !address.host || address.password) {
    faults.push('DATABASE_PASSWORD: received; expected a DATABASE_URL that names a user and a host, and no password, beside it');
    return text;
  }
  address.password = encodeURIComponent(password);
  return address.href;
}
