import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { migrate } from '../../src/postgres/migrate.js';
import { createEmptyDatabase } from '../setup/stores.js';

const migrations = join(import.meta.dirname, '../../prisma/migrations');

test('an experiment that counted by more values than are told apart keeps those that most units have', async () => {
  const url = await createEmptyDatabase();
  const before = mkdtempSync(join(tmpdir(), 'bellwether-migrations-'));
  const [own] = readdirSync(migrations).filter((name) => name.endsWith('_segment_values')) as [string];
  for (const name of readdirSync(migrations)) if (name < own) cpSync(join(migrations, name), join(before, name), { recursive: true });
  await migrate(url, { folder: before });
  rmSync(before, { recursive: true });
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const id = randomUUID();
    const insert = `insert into version_units (experiment_id, allocation_version, period, variant, segment, shard, units)
      select $1, 1, 1, v, s, 0, n from unnest($2::text[], $3::text[], $4::int[]) as d (v, s, n)`;
    const rows = [
      ['control', '', 900],
      ['control', 'plan=', 600],
      ['control', 'plan=a=b', 300],
      // The value that fewest have of either variant, and most of both together.
      ['control', 'city=both', 2],
      ['green', 'city=both', 2],
      ...Array.from({ length: 502 }, (_, n) => ['control', `city=${n}`, n < 3 ? 1 : 3]),
    ] as const;
    await client.query(insert, [
      id,
      rows.map(([variant]) => variant),
      rows.map(([, segment]) => segment),
      rows.map(([, , units]) => units),
    ]);
    await migrate(url);
    const found = await client.query('select attribute, value from segment_value where experiment_id = $1', [id]);
    const cities = found.rows.filter(({ attribute }) => attribute === 'city').map(({ value }) => value);
    expect(cities).toHaveLength(500);
    expect(cities).toContain('both');
    expect(['0', '1', '2'].filter((value) => !cities.includes(value))).toHaveLength(3);
    expect(found.rows.filter(({ attribute }) => attribute !== 'city')).toEqual([{ attribute: 'plan', value: 'a=b' }]);
  } finally {
    await client.end();
  }
});
