import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse as parseConnection } from 'pg-connection-string';
import { expect, test } from 'vitest';
import { readConfig } from '../src/config.js';
import { faultsOf } from './config-faults.js';

/** Settings that come from files, and the password of the database apart from its address. */

const secret = 'r'.repeat(32);

test('reads a value from the file that NAME_FILE names, and names one that cannot be read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bellwether-secrets-'));
  const write = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  try {
    const key = write('key', `${secret}\n`);
    const password = write('password', 'p@ss/%41 word\r\n');
    const config = readConfig({
      DATABASE_URL: 'postgresql://u@db:5432/b?application_name=x',
      DATABASE_PASSWORD_FILE: password,
      BELLWETHER_READ_KEY_FILE: key,
    });
    expect(config.keys.read).toBe(secret);
    // The driver's own reading of it.
    expect(parseConnection(config.databaseUrl ?? '')).toMatchObject({
      user: 'u',
      password: 'p@ss/%41 word',
      host: 'db',
      port: '5432',
      database: 'b',
    });
    expect(faultsOf({ BELLWETHER_READ_KEY: secret, BELLWETHER_READ_KEY_FILE: key })).toEqual([
      'BELLWETHER_READ_KEY: received beside BELLWETHER_READ_KEY_FILE; expected one of the two',
    ]);
    expect(faultsOf({ BELLWETHER_READ_KEY_FILE: join(folder, 'none') })).toEqual([
      `BELLWETHER_READ_KEY_FILE: received "${join(folder, 'none')}", which cannot be read (ENOENT); expected a file that holds the value`,
    ]);
    expect(faultsOf({ BELLWETHER_READ_KEY_FILE: write('empty', '\n') })).toEqual([expect.stringContaining('which is empty')]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([undefined, 'postgresql://db/b', 'postgresql://u:p@db/b', 'postgresql:///b?host=/run'])(
  'refuses a password apart for DATABASE_URL=%s, without showing it',
  (url) => {
    const faults = faultsOf({ DATABASE_URL: url, DATABASE_PASSWORD: 'hunter2' });
    expect(faults).toEqual([expect.stringMatching(/^DATABASE_PASSWORD: received; expected /)]);
  },
);
