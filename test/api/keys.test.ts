import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { makeDataFolder } from '../setup/stores.js';
import { createCaller, problemsOf } from './operations.js';
import { openSocket } from './sockets.js';

let service: RunningService;
let other: RunningService;
const api = createCaller(() => service);

beforeAll(async () => {
  service = await startService();
  other = await startService({ ...service.env, BELLWETHER_ROLE: 'api', BELLWETHER_DATA_DIR: makeDataFolder() });
});
afterAll(async () => {
  await other.remove();
  await service.remove();
});

describe('createApiKey', () => {
  test('shows the secret once, and keeps only its hash', async () => {
    const { apiKey, secret } = await api.done('createApiKey', { name: 'Shop', scope: 'CLIENT', expiresAt: '2999-01-01T00:00:00Z' });
    expect(apiKey).toMatchObject({
      name: 'Shop',
      scope: 'CLIENT',
      expiresAt: '2999-01-01T00:00:00.000Z',
      lastUsedAt: null,
      revokedAt: null,
    });
    expect(secret.length).toBeGreaterThanOrEqual(40);
    expect(secret.startsWith(apiKey.prefix)).toBe(true);
    expect(apiKey.prefix.length).toBeLessThan(secret.length / 2);
    const told = JSON.stringify([
      await api.done('apiKeys'),
      await api.done('auditLog', { first: 5 }),
      await api.done('node', { id: apiKey.id }),
    ]);
    expect(told).toContain(apiKey.prefix);
    expect(told).not.toContain(secret);
    const database = new Client({ connectionString: service.env.DATABASE_URL });
    await database.connect();
    const { rows } = await database.query(
      'select k::text from api_key k union all select a::text from audit_entry a union all select encode(outcome, $1) from idempotent_outcome',
      ['escape'],
    );
    await database.end();
    expect(JSON.stringify(rows)).not.toContain(secret.slice(10));
    for (;;) {
      const { viewer } = (await service.send('{viewer {lastUsedAt}}', {}, secret)).data;
      const [{ lastUsedAt }] = await api.done('apiKeys');
      expect(viewer).not.toBeNull();
      if (lastUsedAt === null) continue;
      expect(lastUsedAt).toMatch(/:00\.000Z$/);
      break;
    }
  });

  test('tells of all that is wrong with it', async () => {
    const bad = { name: ' ', scope: 'READ', expiresAt: '2020-01-01T00:00:00Z' };
    expect(problemsOf(await api.refused('createApiKey', bad))).toEqual(['INVALID_RANGE at expiresAt', 'INVALID_RANGE at name']);
    expect(problemsOf(await api.refused('createApiKey', { name: 'n'.repeat(201), scope: 'READ' }))).toEqual(['INVALID_RANGE at name']);
    for (const expiresAt of ['tomorrow', '2030-01-01', '2030-01-01T00:00:00+01:00', '2030-02-30T00:00:00Z', 5]) {
      expect((await api.refused('createApiKey', { name: 'n', scope: 'READ', expiresAt })).code).toBe('INVALID_TIMESTAMP');
    }
    expect((await api.refused('createApiKey', { name: 'n', scope: 'ROOT' })).code).toBe('BAD_USER_INPUT');
  });
});

/** Asks until the key is refused; for how long it was accepted, in milliseconds. */
async function acceptedFor(at: RunningService, secret: string): Promise<number> {
  const since = performance.now();
  while ((await at.send('{viewer {id}}', {}, secret)).data.viewer !== null) expect(performance.now() - since).toBeLessThan(6_000);
  return performance.now() - since;
}

test('a key that has expired is refused, and its sockets are closed', async () => {
  const expiresAt = new Date(Date.now() + 500).toISOString();
  const { secret } = await api.done('createApiKey', { name: 'brief', scope: 'READ', expiresAt });
  const socket = await openSocket(service.url, secret);
  expect((await socket.ask('{viewer {name}}')).data).toEqual({ viewer: { name: 'brief' } });
  await acceptedFor(service, secret);
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  expect((await socket.closed()).code).toBe(4403);
  expect(Date.now()).toBeLessThan(Date.parse(expiresAt) + 5_000);
});

test('a key that is revoked is refused by every instance within 5 seconds, its sockets are closed, and revoking it again changes nothing', async () => {
  const { apiKey, secret } = await api.done('createApiKey', { name: 'revoked', scope: 'READ' });
  const sockets = [await openSocket(service.url, secret), await openSocket(other.url, secret)];
  for (const socket of sockets) socket.send({ id: 'stream', type: 'subscribe', payload: { query: 'subscription {alertRaised {id}}' } });
  expect((await other.send('{viewer {name}}', {}, secret)).data).toEqual({ viewer: { name: 'revoked' } });
  const since = performance.now();
  const first = await api.done('revokeApiKey', { id: apiKey.id });
  expect(first.apiKey.revokedAt).not.toBeNull();
  expect(await acceptedFor(service, secret)).toBeLessThan(100);
  expect(await acceptedFor(other, secret)).toBeLessThan(5_000);
  for (const socket of sockets) expect((await socket.closed()).code).toBe(4403);
  expect(performance.now() - since).toBeLessThan(5_000);
  const again = (await api.done('revokeApiKey', { id: apiKey.id })).apiKey;
  expect(again.revokedAt).toBe(first.apiKey.revokedAt);
  const { nodes } = await api.done('auditLog', { filter: { action: 'revokeApiKey' } });
  expect(nodes).toMatchObject([
    { actor: 'admin (environment)', experimentKey: null, before: { revokedAt: null }, after: { name: 'revoked' } },
  ]);
});

test('keys that there are not cannot be revoked', async () => {
  const { experiment } = await api.done('createExperiment', {
    input: {
      key: 'x',
      name: 'X',
      variants: [
        { key: 'a', weight: 0.5 },
        { key: 'b', weight: 0.5 },
      ],
      metrics: { primary: { key: 'm', type: 'COUNT' } },
    },
  });
  const unknown = Buffer.from('k:00000000-0000-0000-0000-000000000000').toString('base64url');
  for (const id of [unknown, experiment.id, 'nothing', '', '\u0000', Buffer.from('k:not-a-uuid').toString('base64url')]) {
    expect(problemsOf(await api.refused('revokeApiKey', { id }))).toEqual(['NOT_FOUND at id']);
  }
});
