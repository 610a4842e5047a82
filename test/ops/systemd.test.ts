import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { help } from '../../src/banner.js';
import { readConfig } from '../../src/config.js';

/** The units of ops/systemd, and their environment as the service reads it. */

const units = readdirSync('ops/systemd');
const folder = mkdtempSync(join(tmpdir(), 'bellwether-units-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Values by directive, of an instance on port 4000. */
function read(unit: string): (directive: string) => string[] {
  const lines = readFileSync(`ops/systemd/${unit}`, 'utf8').replaceAll('%i', '4000').split('\n');
  return (directive) => lines.filter((line) => line.startsWith(`${directive}=`)).map((line) => line.slice(directive.length + 1));
}

/** What docs/deploy.md has people write into /etc/bellwether/environment. */
const shared = { DATABASE_URL: 'postgresql://bellwether@db:5432/bellwether', REDIS_URL: 'redis://redis:6379' };

test.each(units)('%s names a command that there is, with an environment that it takes', (unit) => {
  const of = read(unit);
  const [, command = ''] = /^\/usr\/bin\/node dist\/main\.js (\w+)$/.exec(of('ExecStart')[0] ?? '') ?? [];
  expect(help()).toContain(`npm start -- ${command} `);
  const env = Object.fromEntries(
    of('Environment')
      .flatMap((line) => line.split(' '))
      .map((pair) => pair.split('=', 2) as [string, string]),
  );
  const credentials = of('LoadCredential').map((line) => line.split(':')[0] ?? '');
  const files = Object.entries(env).filter(([name]) => name.endsWith('_FILE'));
  expect(files.map(([, file]) => file).sort()).toEqual(credentials.map((name) => `%d/${name}`).sort());
  for (const [name, file] of files) {
    env[name] = file.replace('%d', folder);
    writeFileSync(env[name], 's'.repeat(32));
  }
  const config = readConfig({ ...env, ...shared }, command === 'migrate' ? null : (command as 'api' | 'worker'));
  expect(config.databaseUrl).toContain(`:${'s'.repeat(32)}@`);
  // The folder that systemd makes for it.
  expect(config.dataDir).toBe(`/var/lib/${of('StateDirectory')[0]}`);
  if (command === 'migrate') return;
  expect(of('ExecStartPost')[0]).toMatch(new RegExp(`http://127\\.0\\.0\\.1:${config.port}/ready$`));
  expect(Number(of('TimeoutStopSec')[0])).toBeGreaterThan(config.drainSeconds + 5);
});
