import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../src/config.js';

/** docker-compose.yml, read as compose reads it, and its environment as the service does. */

// biome-ignore lint/suspicious/noExplicitAny: a file of any shape, which tests look into
type Any = any;
const text = readFileSync('docker-compose.yml', 'utf8');
const { services, secrets, volumes }: Any = parse(text, { merge: true });
const own = ['api', 'worker', 'migrate'];

let folder: string;

beforeAll(() => {
  folder = join(tmpdir(), `bellwether-compose-${process.pid}`);
  mkdirSync(join(folder, 'ops'), { recursive: true });
  cpSync('ops/make-secrets.sh', join(folder, 'ops/make-secrets.sh'));
  execFileSync(join(folder, 'ops/make-secrets.sh'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** As compose fills in variables that are not set, with secrets where the script has put them. */
function environmentOf(service: string): Record<string, string> {
  const filled = Object.entries(services[service].environment).map(([name, value]) => [
    name,
    String(value)
      .replace(/\$\{\w+:-([^}]*)\}/g, '$1')
      .replace(/^\/run\/secrets\/(\w+)$/, (_, secret: string) => join(folder, secrets[secret].file)),
  ]);
  return Object.fromEntries(filled);
}

test('the script makes every secret that is declared, for its folder alone, and keeps those that are there', () => {
  const files = Object.values(secrets).map(({ file }: Any) => file.replace('./secrets/', ''));
  expect(readdirSync(join(folder, 'secrets')).sort()).toEqual(files.sort());
  expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700);
  const read = () => files.map((file) => readFileSync(join(folder, 'secrets', file), 'utf8'));
  const before = read();
  for (const secret of before) expect(secret).toMatch(/^[\da-f]{64}$/);
  expect(new Set(before).size).toBe(files.length);
  rmSync(join(folder, 'secrets/read_key'));
  execFileSync(join(folder, 'ops/make-secrets.sh'));
  const changed = read().map((secret, i) => (secret === before[i] ? null : files[i]));
  expect(changed.filter((file) => file !== null)).toEqual(['read_key']);
});

test.each(own)('%s gets an environment that the service takes, and its secrets', (name) => {
  const [role] = services[name].command;
  const config = readConfig(environmentOf(name), role === 'migrate' ? null : role);
  const password = readFileSync(join(folder, 'secrets/postgres_password'), 'utf8');
  expect(config.databaseUrl).toBe(`postgresql://bellwether:${password}@postgres:5432/bellwether`);
  expect(config.redis).toEqual({ queueUrl: 'redis://redis-queue:6379', cacheUrl: 'redis://redis-cache:6379' });
  expect(Object.values(config.keys).every((key) => key?.length === 64)).toBe(true);
  const mounted = services[name].secrets.map((secret: string) => `/run/secrets/${secret}`).sort();
  const named = Object.values(services[name].environment).filter((value) => String(value).startsWith('/run/secrets/'));
  expect(mounted).toEqual(named.sort());
  // Longer than the service takes to drain and end.
  expect(Number.parseInt(services[name].stop_grace_period, 10)).toBeGreaterThan(config.drainSeconds + 5);
});

test('the file holds no secret', () => {
  expect(text).not.toMatch(/(PASSWORD|_KEY)\s*:/);
});

test('instances wait for the stores and for migrations that went well, and migrations for the database', () => {
  const healthy = { condition: 'service_healthy' };
  for (const name of ['api', 'worker']) {
    const stores = { postgres: healthy, 'redis-queue': healthy, 'redis-cache': healthy };
    expect(services[name].depends_on).toEqual({ ...stores, migrate: { condition: 'service_completed_successfully' } });
  }
  expect(services.migrate).toMatchObject({ depends_on: { postgres: healthy }, restart: 'no', healthcheck: { disable: true } });
  for (const [name, { healthcheck }] of Object.entries<Any>(services))
    if (!own.includes(name)) expect(healthcheck?.test, name).toBeDefined();
});

test('the queue does not evict and outlives a restart; the cache evicts', () => {
  expect(services['redis-queue'].command.join(' ')).toBe('redis-server --appendonly yes --maxmemory 256mb --maxmemory-policy noeviction');
  expect(services['redis-queue'].volumes).toEqual(['redis-queue-data:/data']);
  expect(services['redis-cache'].command.join(' ')).toMatch(/--maxmemory \d+mb --maxmemory-policy allkeys-lru$/);
});

test('no port is open to other machines, and none of a store at all', () => {
  const open = Object.entries<Any>(services).flatMap(([name, { ports = [] }]) => ports.map((port: string) => [name, port]));
  for (const [, port] of open) expect(port).toMatch(/^127\.0\.0\.1:/);
  expect(open.map(([name]) => name)).toEqual(['api', 'prometheus', 'grafana']);
});

test('instances may do nothing that they do not need', () => {
  for (const name of own) {
    expect(services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
  }
});

test('every volume that is mounted is declared, and the other way round', () => {
  const mounted = Object.values<Any>(services).flatMap((service) => (service.volumes ?? []).map((volume: string) => volume.split(':')[0]));
  expect(mounted.filter((name) => !name.startsWith('.')).sort()).toEqual(Object.keys(volumes).sort());
});

test('compose takes it, where there is one', () => {
  if (spawnSync('docker', ['compose', 'version']).status !== 0) return;
  const file = join(folder, 'docker-compose.yml');
  writeFileSync(file, text);
  const { status, stderr } = spawnSync('docker', ['compose', '-f', file, '--profile', 'monitoring', 'config', '--quiet'], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
