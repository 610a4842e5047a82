import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { makeDataFolder } from '../setup/stores.js';
import { createCaller, documentOf, problemsOf, schema } from './operations.js';
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

const scopes = ['CLIENT', 'READ', 'ADMIN'] as const;
type Scope = (typeof scopes)[number];

const contract = buildSchema(readFileSync(new URL('../contract/schema-contract.graphql', import.meta.url), 'utf8'));

/** What the contract says that a root field needs; null: no key. */
function neededBy(root: 'Query' | 'Mutation' | 'Subscription', field: string): Scope | null {
  const type = contract.getType(root);
  const description = (isObjectType(type) && type.getFields()[field]?.description) || '';
  if (/for every scope; null without a valid one/.test(description)) return null;
  const said = /\((CLIENT|READ|ADMIN)\)/.exec(description)?.[1] as Scope | undefined;
  return said ?? (root === 'Mutation' ? 'ADMIN' : 'READ');
}

/** A value that fits a type and names nothing that there is. */
function fitting(type: GraphQLInputType): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [fitting(nullable.ofType)];
  if (isEnumType(nullable)) return nullable.getValues()[0]?.name;
  if (isInputObjectType(nullable)) {
    const needed = Object.values(nullable.getFields()).filter((field) => isNonNullType(field.type) && field.defaultValue === undefined);
    return Object.fromEntries(needed.map((field) => [field.name, fitting(field.type)]));
  }
  const plain: Record<string, unknown> = {
    Int: 1,
    Float: 0.5,
    Boolean: false,
    DateTime: '2999-01-01T00:00:00Z',
    JSON: {},
    JSONObject: {},
    SafeInt: 1,
  };
  return plain[getNamedType(type).name] ?? 'nothing';
}

const rootFields = (['Query', 'Mutation', 'Subscription'] as const).flatMap((root) => {
  const type = schema.getType(root);
  const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
  return fields.map((field) => {
    const args = Object.fromEntries(field.args.map((argument) => [argument.name, fitting(argument.type)]));
    return { root, name: field.name, args, type: field.type };
  });
});

const expected = (held: Scope | null, needed: Scope | null) =>
  needed === null || (held !== null && scopes.indexOf(held) >= scopes.indexOf(needed))
    ? 'admitted'
    : held === null
      ? 'UNAUTHENTICATED'
      : 'FORBIDDEN';

const outcome = (errors: readonly { extensions: { code: string } }[] | undefined) => {
  const code = errors?.[0]?.extensions.code ?? 'admitted';
  return code === 'UNAUTHENTICATED' || code === 'FORBIDDEN' ? code : 'admitted';
};

const secretOf = (held: Scope | null) => held && service.secrets[held.toLowerCase() as 'admin' | 'read' | 'client'];

describe.each([null, ...scopes])('with a key of scope %s', (held) => {
  test('every query and mutation asks for the scope that the contract says', async () => {
    const found: Record<string, string> = {};
    const said: Record<string, string> = {};
    for (const { root, name, args } of rootFields) {
      if (root === 'Subscription') continue;
      said[name] = expected(held, neededBy(root, name));
      found[name] = outcome((await service.send(documentOf(name, args), args, secretOf(held))).errors);
    }
    expect(Object.keys(said).length).toBeGreaterThan(25);
    expect(found).toEqual(said);
  });

  test('a socket is asked for the same', async () => {
    const socket = await openSocket(service.url, secretOf(held));
    const found: Record<string, string> = {};
    const said: Record<string, string> = {};
    for (const { root, name, args } of rootFields) {
      said[name] = expected(held, neededBy(root, name));
      found[name] = outcome((await socket.ask(documentOf(name, args), args)).errors);
    }
    expect(found).toEqual(said);
    await socket.close();
  });
});

test('from what a CLIENT key may ask no way leads to anything else', () => {
  const reached = new Set<string>();
  const reach = (name: string): void => {
    const type = schema.getType(name);
    if (reached.has(name) || !(isObjectType(type) || isInterfaceType(type))) return;
    reached.add(name);
    for (const field of Object.values(type.getFields())) reach(getNamedType(field.type).name);
  };
  for (const { root, name, type } of rootFields) {
    const needed = neededBy(root, name);
    if (needed === null || needed === 'CLIENT') reach(getNamedType(type).name);
  }
  expect([...reached].sort()).toEqual(['ApiKey', 'Assignment', 'EventResult', 'TrackEventsPayload']);
});

test('what a key may not see hides nothing of what it may', async () => {
  const query =
    '{viewer {scope} assignment(experimentKey: "x", unit: {userId: "u"}) {reason} secret: experiments {totalCount} apiKeys {id}}';
  const { data, errors } = await service.send(query, {}, 'client');
  expect(data).toEqual({ viewer: { scope: 'CLIENT' }, assignment: { reason: 'NOT_FOUND' }, secret: null, apiKeys: null });
  expect(errors?.map(({ path, extensions }) => [path, extensions.code])).toEqual([
    [['secret'], 'FORBIDDEN'],
    [['apiKeys'], 'FORBIDDEN'],
  ]);
});

test('a key that there is not is none over HTTP, and is not admitted to a socket', async () => {
  for (const secret of ['x'.repeat(40), `${service.secrets.admin}x`, '0'.repeat(500)]) {
    const { data } = await service.send('{viewer {id}}', {}, secret);
    expect(data).toEqual({ viewer: null });
    expect((await api.call('experiments', {}, { key: secret, selection: '{totalCount}' })).errors?.[0].extensions.code).toBe(
      'UNAUTHENTICATED',
    );
    expect((await (await openSocket(service.url, secret)).closed()).code).toBe(4403);
  }
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
