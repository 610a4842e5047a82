/**
 * Writes the next migration from what `prisma/schema.prisma` says beyond the migrations there are.
 *
 *   npm run migration:new -- add-alerts            a throw-away database, all migrations, the difference
 *   npm run migration:new -- init --from-empty     the whole schema, without a database
 *   … --print                                      to the terminal only
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { storesHome } from '../src/embedded/account.js';
import { startPostgres } from '../src/embedded/postgres.js';
import { migrate } from '../src/postgres/migrate.js';
import { sqlToSchema } from './schema-engine.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'from-empty': { type: 'boolean', default: false }, print: { type: 'boolean', default: false } },
});
const name = positionals[0]?.replace(/[^a-z0-9]+/gi, '_').toLowerCase();
if (!name && !values.print) {
  console.error('Usage: npm run migration:new -- NAME [--from-empty] [--print]');
  process.exit(2);
}

/** A cluster of its own, so that no database of anybody is touched; it goes when this ends. */
async function differenceFromMigrations(): Promise<string | null> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bellwether-migration-'));
  chmodSync(dataDir, 0o755);
  const quiet = { info: () => {}, warn: () => {}, error: console.error };
  const postgres = await startPostgres({ dataDir, log: quiet, settings: { fsync: 'off' } });
  try {
    await migrate(postgres.url);
    return await sqlToSchema({ url: postgres.url });
  } finally {
    await postgres.stop();
    for (const folder of new Set([storesHome(dataDir), dataDir])) rmSync(folder, { recursive: true, force: true });
  }
}

const sql = values['from-empty'] ? await sqlToSchema('empty') : await differenceFromMigrations();
if (sql === null) {
  console.error('The migrations already give what prisma/schema.prisma says: nothing to write.');
} else if (values.print) {
  process.stdout.write(sql);
} else {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(import.meta.dirname, '../prisma/migrations', `${stamp}_${name}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'migration.sql'), sql);
  console.error(`Wrote ${join(folder, 'migration.sql')}. Read it before it runs: renames appear as drop and add.`);
}
