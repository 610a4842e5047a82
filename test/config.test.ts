import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { help } from '../src/banner.js';
import { environment, readConfig } from '../src/config.js';
import { faultsOf } from './config-faults.js';

const secrets = { admin: 'a'.repeat(32), read: 'r'.repeat(32), server: 's'.repeat(32), client: 'c'.repeat(32) };
const servers = { DATABASE_URL: 'postgresql://u:p@db:5432/b', REDIS_URL: 'redis://cache:6379' };

test('an empty environment means everything on this machine', () => {
  expect(readConfig({})).toEqual({
    role: 'all',
    host: '127.0.0.1',
    port: 4000,
    metricsPort: null,
    workers: 1,
    dataDir: resolve('.bellwether'),
    databaseUrl: null,
    replica: null,
    redis: null,
    embedded: true,
    introspection: true,
    origins: null,
    retentionDays: 30,
    keys: { admin: null, read: null, server: null, client: null },
    webhooks: [],
    reportHour: 8,
    crawlerSignal: null,
    drainSeconds: 0,
    logLevel: 'info',
    tracing: null,
    systemEnv: {},
  });
});

test('an empty value counts as absent', () => {
  expect(readConfig(Object.fromEntries(environment.map(([name]) => [name, ''])))).toEqual(readConfig({}));
});

test('given servers are used, and introspection is off unless asked for', () => {
  const config = readConfig({ ...servers, BELLWETHER_ROLE: 'worker' });
  expect(config).toMatchObject({ role: 'worker', embedded: false, introspection: false, databaseUrl: servers.DATABASE_URL });
  expect(config.redis).toEqual({ queueUrl: servers.REDIS_URL, cacheUrl: servers.REDIS_URL });
  expect(readConfig({ ...servers, BELLWETHER_INTROSPECTION: 'on' }).introspection).toBe(true);
});

test('REDIS_URL serves for whichever of the two is not given', () => {
  const config = readConfig({ ...servers, REDIS_QUEUE_URL: 'rediss://queue:6380/2' });
  expect(config.redis).toEqual({ queueUrl: 'rediss://queue:6380/2', cacheUrl: servers.REDIS_URL });
});

test('only what is missing is embedded', () => {
  expect(readConfig({ DATABASE_URL: servers.DATABASE_URL })).toMatchObject({
    databaseUrl: servers.DATABASE_URL,
    redis: null,
    embedded: false,
  });
  expect(readConfig({ REDIS_URL: servers.REDIS_URL })).toMatchObject({ databaseUrl: null, embedded: true });
});

test('reads keys, origins, folder and numbers', () => {
  const config = readConfig({
    BELLWETHER_ADMIN_KEY: secrets.admin,
    BELLWETHER_READ_KEY: secrets.read,
    BELLWETHER_SERVER_KEY: secrets.server,
    BELLWETHER_CLIENT_KEY: secrets.client,
    BELLWETHER_ORIGINS: 'https://A.example, http://localhost:3000',
    BELLWETHER_DATA_DIR: 'elsewhere',
    BELLWETHER_RETENTION_DAYS: '7',
    PORT: '0',
    HOST: '::1',
    PATH: '/bin',
  });
  expect(config).toMatchObject({
    keys: secrets,
    origins: ['https://a.example', 'http://localhost:3000'],
    retentionDays: 7,
    port: 0,
    host: '::1',
  });
  expect(config.dataDir).toBe(resolve('elsewhere'));
  expect(config.systemEnv).toEqual({ PATH: '/bin' });
});

test('cannot be changed', () => {
  const config = readConfig(servers);
  for (const part of [config, config.keys, config.redis, config.systemEnv]) expect(Object.isFrozen(part)).toBe(true);
});

test('names every wrong value at once, with what was received and what is expected', () => {
  const faults = faultsOf({
    PORT: '80O',
    HOST: 'http://x',
    BELLWETHER_ROLE: 'boss',
    BELLWETHER_INTROSPECTION: 'true',
    BELLWETHER_RETENTION_DAYS: '0',
    BELLWETHER_ORIGINS: 'https://a.example/path',
    BELLWETHER_ADMIN_KEY: 'short',
    LOG_LEVEL: 'loud',
  });
  expect(faults.map((fault) => fault.split(':')[0])).toEqual([
    'BELLWETHER_ROLE',
    'BELLWETHER_ADMIN_KEY',
    'HOST',
    'PORT',
    'BELLWETHER_INTROSPECTION',
    'BELLWETHER_ORIGINS',
    'BELLWETHER_RETENTION_DAYS',
    'LOG_LEVEL',
  ]);
  expect(faults).toContain('PORT: received "80O"; expected a whole number from 0 to 65535');
  expect(faults).toContain('BELLWETHER_ROLE: received "boss"; expected one of all, api, worker');
});

test.each([
  ['PORT', '-1'],
  ['PORT', '65536'],
  ['PORT', '4e3'],
  ['PORT', ' 4000'],
  ['HOST', '300.1.2.3'],
  ['HOST', 'localhost:4000'],
  ['BELLWETHER_ORIGINS', '*'],
  ['BELLWETHER_ORIGINS', 'https://a.example,'],
  ['BELLWETHER_ORIGINS', 'https://a.example/'],
  ['BELLWETHER_ORIGINS', 'https://user@a.example'],
  ['BELLWETHER_ORIGINS', 'file:///x'],
  ['BELLWETHER_RETENTION_DAYS', '1.5'],
  ['BELLWETHER_RETENTION_DAYS', '3651'],
  ['BELLWETHER_REPORT_HOUR', '24'],
  ['BELLWETHER_WEBHOOKS', 'https://hooks.example'],
  ['BELLWETHER_WEBHOOKS', '[{}]'],
  ['DATABASE_URL', 'mysql://db/b'],
  ['DATABASE_URL', 'db:5432'],
  ['REDIS_URL', 'http://cache'],
  ['BELLWETHER_CLIENT_KEY', `${'x'.repeat(32)}\n`],
  ['BELLWETHER_TRUSTED_PROXIES', '10.0.0.0/33'],
  ['BELLWETHER_TRUSTED_PROXIES', '10.0.0.0/8,'],
  ['BELLWETHER_TRUSTED_PROXIES', 'proxy.example'],
  ['BELLWETHER_TRUSTED_PROXIES', '10.0.0.0/8/8'],
  ['BELLWETHER_BOT_HEADER', 'x bot'],
  ['BELLWETHER_DRAIN_SECONDS', '61'],
])('refuses %s=%j by name', (name, value) => {
  expect(faultsOf({ ...servers, [name]: value })).toEqual([expect.stringMatching(`^${name}: received `)]);
});

test('never repeats a secret or a password', () => {
  const webhooks = JSON.stringify([{ name: 'ops', url: 'http://hunter2.example', secret: 'hunter2' }]);
  const urls = { DATABASE_URL: 'mysql://u:hunter2@db/b', REDIS_URL: 'hunter2' };
  const faults = faultsOf({ BELLWETHER_READ_KEY: 'hunter2', ...urls, BELLWETHER_WEBHOOKS: webhooks });
  expect(faults).toHaveLength(4);
  expect(faults.join('\n')).not.toContain('hunter2');
});

test('takes the role from the command, and none that BELLWETHER_ROLE contradicts', () => {
  expect(readConfig(servers, 'api').role).toBe('api');
  expect(readConfig({ ...servers, BELLWETHER_ROLE: 'api' }, 'api').role).toBe('api');
  expect(() => readConfig({ ...servers, BELLWETHER_ROLE: 'worker' }, 'api')).toThrow(
    'BELLWETHER_ROLE: received "worker" beside the command "api"',
  );
});

test('believes a header of crawlers from the proxies that are named, and needs both', () => {
  const signal = readConfig({ BELLWETHER_BOT_HEADER: 'X-Bot', BELLWETHER_TRUSTED_PROXIES: '10.0.0.0/8, fd00::/8,192.0.2.7' }).crawlerSignal;
  expect(signal?.header).toBe('x-bot');
  const isTrusted = (address: string, family: 'ipv4' | 'ipv6') => signal?.proxies.check(address, family);
  expect([isTrusted('10.1.2.3', 'ipv4'), isTrusted('fd12::1', 'ipv6'), isTrusted('192.0.2.7', 'ipv4')]).toEqual([true, true, true]);
  expect([isTrusted('192.0.2.8', 'ipv4'), isTrusted('fe80::1', 'ipv6')]).toEqual([false, false]);
  expect(faultsOf({ BELLWETHER_BOT_HEADER: 'x-bot' })).toEqual([expect.stringMatching(/^BELLWETHER_TRUSTED_PROXIES: missing beside/)]);
  expect(faultsOf({ BELLWETHER_TRUSTED_PROXIES: '10.0.0.1' })).toEqual([expect.stringMatching(/^BELLWETHER_BOT_HEADER: missing beside/)]);
});

test('drains for the balancer in the role api', () => {
  expect(readConfig(servers, 'api').drainSeconds).toBe(3);
  expect(readConfig(servers, 'worker').drainSeconds).toBe(0);
  expect(readConfig({ ...servers, BELLWETHER_DRAIN_SECONDS: '30' }, 'api').drainSeconds).toBe(30);
});

test('metrics have a port of their own', () => {
  expect(readConfig({ BELLWETHER_METRICS_PORT: '9464' }).metricsPort).toBe(9464);
  expect(readConfig({ PORT: '0', BELLWETHER_METRICS_PORT: '0' }).metricsPort).toBe(0);
  expect(faultsOf({ PORT: '4001', BELLWETHER_METRICS_PORT: '4001' })).toEqual([
    'BELLWETHER_METRICS_PORT: received 4001, which is PORT; expected another',
  ]);
});

test('refuses the same secret for two keys', () => {
  expect(faultsOf({ BELLWETHER_ADMIN_KEY: secrets.admin, BELLWETHER_CLIENT_KEY: secrets.admin })).toEqual([
    expect.stringContaining('two are the same'),
  ]);
});

test('refuses one half of a pair of Redis servers', () => {
  expect(faultsOf({ REDIS_CACHE_URL: 'redis://cache' })).toEqual([
    expect.stringMatching(/^REDIS_QUEUE_URL: missing beside REDIS_CACHE_URL/),
  ]);
});

test('refuses a role that would have stores to itself', () => {
  expect(faultsOf({ BELLWETHER_ROLE: 'api' })).toEqual([expect.stringMatching(/^DATABASE_URL and REDIS_URL: missing/)]);
  expect(faultsOf({ BELLWETHER_ROLE: 'worker', DATABASE_URL: servers.DATABASE_URL })).toEqual([
    expect.stringMatching(/^REDIS_URL: missing/),
  ]);
});

test('a replica is read beside the database that it follows, with the same password apart', () => {
  const DATABASE_REPLICA_URL = 'postgresql://u:p@copy:5432/b';
  expect(readConfig({ ...servers, DATABASE_REPLICA_URL }).replica).toEqual({ url: DATABASE_REPLICA_URL, maxBehindMs: 1_000 });
  const apart = { DATABASE_URL: 'postgresql://u@db/b', DATABASE_REPLICA_URL: 'postgresql://u@copy/b', DATABASE_PASSWORD: 'x/y' };
  const { databaseUrl, replica } = readConfig({ ...apart, REDIS_URL: servers.REDIS_URL, DATABASE_REPLICA_LAG_SECONDS: '30' });
  expect([databaseUrl, replica]).toEqual(['postgresql://u:x%2Fy@db/b', { url: 'postgresql://u:x%2Fy@copy/b', maxBehindMs: 30_000 }]);
  expect(faultsOf({ DATABASE_REPLICA_URL })).toEqual([expect.stringMatching(/^DATABASE_REPLICA_URL: received; expected the DATABASE_URL/)]);
  expect(faultsOf({ ...servers, DATABASE_REPLICA_LAG_SECONDS: '5' })).toEqual([
    expect.stringMatching(/^DATABASE_REPLICA_LAG_SECONDS: received; expected a DATABASE_REPLICA_URL/),
  ]);
});

test('Redis may be a cluster or named by sentinels; what is wrong with an address is told without it', () => {
  const REDIS_URL = 'rediss+sentinel://:hunter2@one:26379,two:26379/primary';
  expect(readConfig({ ...servers, REDIS_URL }).redis).toEqual({ queueUrl: REDIS_URL, cacheUrl: REDIS_URL });
  const [fault] = faultsOf({ ...servers, REDIS_URL: 'redis+cluster://:hunter2@one:6379/3' });
  expect(fault).toMatch(
    /^REDIS_URL: received something that begins with redis\+cluster:\/\/; expected an address like .*, without a database/,
  );
  expect(fault).not.toContain('hunter2');
});

test('takes several processes in the role api alone', () => {
  expect(readConfig({ ...servers, BELLWETHER_ROLE: 'api', WEB_CONCURRENCY: '4' }).workers).toBe(4);
  expect(faultsOf({ ...servers, WEB_CONCURRENCY: '4' })).toEqual([expect.stringMatching(/^WEB_CONCURRENCY: received 4 beside/)]);
});

test('--help and the README list the same variables', () => {
  const readme = readFileSync('README.md', 'utf8');
  for (const [name, , fallback] of environment) {
    expect(help()).toContain(`${name} `);
    expect(readme).toContain(`| \`${name}\` |`);
    expect(readme).toContain(fallback);
  }
});
