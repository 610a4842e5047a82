import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fallback } from '../../src/core/assignment.js';
import { DomainError } from '../../src/core/errors.js';
import { registerOfrep } from '../../src/http/ofrep.js';
import { createCaller, sampleInput } from '../api/operations.js';
import { type RunningService, startService } from '../setup/service.js';

let service: RunningService;
const api = createCaller(() => service);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

async function running(changes: Record<string, unknown> = {}): Promise<string> {
  const { experiment } = await api.done('createExperiment', { input: sampleInput(changes) });
  await api.done('startExperiment', { key: experiment.key }, '{ experiment { key } }');
  return experiment.key;
}

interface Asked {
  readonly context?: unknown;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly method?: string;
}

/** Asks for one flag, or for all when the key is empty. */
async function evaluate(key: string, { context, headers = {}, body = JSON.stringify({ context }), method = 'POST' }: Asked = {}) {
  const response = await fetch(`${service.url}/ofrep/v1/evaluate/flags${key && `/${key}`}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${service.secrets.client}`, ...headers },
    ...(method === 'POST' && { body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
}

describe('one flag', () => {
  test('is answered as assignment answers, with the payload for value and what an exposure needs beside it', async () => {
    const key = await running({ trafficAllocation: 0.6 });
    const reasons = new Set<string>();
    for (let n = 0; n < 30; n += 1) {
      const { status, body } = await evaluate(key, { context: { targetingKey: `u${n}` } });
      const assignment = await api.done('assignment', { experimentKey: key, unit: { userId: `u${n}` } });
      expect(status).toBe(200);
      expect(body).toEqual({
        key,
        value: assignment.variant === 'green' ? { colour: 'green' } : 'control',
        variant: assignment.variant,
        reason: assignment.inExperiment ? 'SPLIT' : 'DEFAULT',
        metadata: {
          experimentKey: key,
          inExperiment: assignment.inExperiment,
          assignmentReason: assignment.reason,
          allocationVersion: 1,
          hashKey: 'userId',
          unitId: `u${n}`,
        },
      });
      reasons.add(`${body.reason} ${body.variant}`);
    }
    expect([...reasons].sort()).toEqual(['DEFAULT control', 'SPLIT control', 'SPLIT green']);
  });

  test('says in the words of OpenFeature why it came out so', async () => {
    const key = await running({
      targeting: { include: ['country:US'] },
      variants: [
        { key: 'off', weight: 0.5, payload: false },
        { key: 'on', weight: 0.5, payload: true },
      ],
    });
    const asked = { context: { targetingKey: 'u1', country: 'US' } };
    const answer = async (more: Asked = asked) => {
      const { value, reason, metadata } = (await evaluate(key, more)).body;
      return [value, reason, metadata.assignmentReason];
    };
    const split = await answer();
    expect(split.slice(1)).toEqual(['SPLIT', 'SPLIT']);
    expect(await answer({ context: { targetingKey: 'u1' } })).toEqual([false, 'DEFAULT', 'NOT_TARGETED']);
    expect(await answer({ context: { targetingKey: 'u1', isBot: true } })).toEqual([false, 'DEFAULT', 'BOT']);
    expect(await answer({ context: { targetingKey: 'u1', userAgent: 'Googlebot/2.1' } })).toEqual([false, 'DEFAULT', 'BOT']);
    await api.done('setOverride', { key, unitId: 'u1', variant: split[0] ? 'off' : 'on' }, '{ experiment { key } }');
    expect(await answer()).toEqual([!split[0], 'TARGETING_MATCH', 'OVERRIDE']);
    const other = { context: { targetingKey: 'u2', country: 'US' } };
    await api.done('pauseExperiment', { key }, '{ experiment { key } }');
    expect(await answer(other)).toEqual([false, 'DISABLED', 'NOT_RUNNING']);
    await api.done('stopExperiment', { key, shipVariant: 'on' }, '{ experiment { key } }');
    expect(await answer(other)).toEqual([true, 'STATIC', 'SHIPPED']);
  });

  test('takes the targeting key for a user or a device, never for a tenant, and the ids by name before it', async () => {
    const [users, devices, tenants] = [
      await running(),
      await running({ hashKey: 'deviceId' }),
      await running({ hashKey: 'tenantId', design: 'CLUSTER' }),
    ];
    const unitId = async (key: string, context: object) => (await evaluate(key, { context })).body.metadata?.unitId;
    expect(await unitId(users, { targetingKey: 'k' })).toBe('k');
    expect(await unitId(devices, { targetingKey: 'k' })).toBe('k');
    expect(await unitId(users, { targetingKey: 'k', userId: 'u' })).toBe('u');
    expect(await unitId(devices, { targetingKey: 'k', deviceId: 'd' })).toBe('d');
    expect(await unitId(tenants, { targetingKey: 'k', tenantId: 7 })).toBe('7');
    const { status, body } = await evaluate(tenants, { context: { targetingKey: 'k' } });
    expect([status, body]).toEqual([
      400,
      { key: tenants, errorCode: 'TARGETING_KEY_MISSING', errorDetails: 'The experiment hashes tenantId; the context has no tenantId.' },
    ]);
  });

  test('records no exposure', async () => {
    const key = await running();
    for (let n = 0; n < 5; n += 1) await evaluate(key, { context: { targetingKey: `u${n}` } });
    await api.done('assign', { experimentKey: key, unit: { userId: 'seen' } });
    const { counts } = await api.done('experiment', { key }, '{ counts { variants { exposures } } }');
    expect(counts.variants.reduce((sum: number, { exposures }: { exposures: number }) => sum + exposures, 0)).toBe(1);
  });

  test('holds what an exposure takes, which is then counted', async () => {
    const key = await running();
    const { variant, metadata } = (await evaluate(key, { context: { targetingKey: 'exposed' } })).body;
    const { hashKey, unitId, allocationVersion } = metadata;
    const exposure = {
      eventId: `ofrep-${key}`,
      experimentKey: key,
      variant,
      allocationVersion,
      unit: { [hashKey]: unitId },
      occurredAt: new Date().toISOString(),
    };
    const { results } = await api.done('trackEvents', { input: { exposures: [exposure] } }, '{ results { status code } }');
    expect(results).toEqual([{ status: 'ACCEPTED', code: null }]);
    const { counts } = await api.done('experiment', { key }, '{ counts { variants { variant exposures } } }');
    expect(counts.variants).toContainEqual({ variant, exposures: 1 });
  });

  test.each<[string, number, string | undefined, Asked]>([
    ['an unknown key', 404, 'FLAG_NOT_FOUND', { context: { targetingKey: 'u' } }],
    ['no targeting key', 400, 'TARGETING_KEY_MISSING', { context: {} }],
    ['an empty one', 400, 'TARGETING_KEY_MISSING', { context: { targetingKey: '' } }],
    ['no context', 400, 'TARGETING_KEY_MISSING', { body: '{}' }],
    ['a blank targeting key', 400, 'INVALID_CONTEXT', { context: { targetingKey: ' ' } }],
    ['a targeting key that is no text', 400, 'INVALID_CONTEXT', { context: { targetingKey: { a: 1 } } }],
    ['a context that is a list', 400, 'INVALID_CONTEXT', { context: [] }],
    ['a body that is a number', 400, 'INVALID_CONTEXT', { body: '3' }],
    ['attributes over 4 KB', 400, 'INVALID_CONTEXT', { context: { targetingKey: 'u', long: 'x'.repeat(5_000) } }],
    ['a body that is no JSON', 400, 'PARSE_ERROR', { body: '{"context":' }],
    ['a body over 64 KB', 413, 'PARSE_ERROR', { context: { targetingKey: 'u', long: 'x'.repeat(70_000) } }],
    ['another content type', 415, 'PARSE_ERROR', { headers: { 'content-type': 'text/plain' }, body: 'x' }],
  ])('is refused for %s with %i %s', async (title, status, errorCode, asked) => {
    const key = title === 'an unknown key' ? 'unheard-of' : await running();
    const answer = await evaluate(key, asked);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ key, errorCode, errorDetails: expect.any(String) });
  });
});

describe('all flags', () => {
  test('are those that assignments lists, an error standing for a flag that cannot be answered', async () => {
    const tenant = await running({ hashKey: 'tenantId', design: 'CLUSTER' });
    const { status, body } = await evaluate('', { context: { targetingKey: 'u' } });
    const listed = await api.done('assignments', { unit: { userId: 'u', deviceId: 'u' } }, '{ experimentKey variant reason }');
    expect(status).toBe(200);
    expect(body.flags.map(({ key, variant }: { key: string; variant?: string }) => [key, variant ?? 'control'])).toEqual(
      listed.map(({ experimentKey, variant }: { experimentKey: string; variant: string }) => [experimentKey, variant]),
    );
    expect(body.flags.find(({ key }: { key: string }) => key === tenant)).toMatchObject({ errorCode: 'TARGETING_KEY_MISSING' });
  });

  test('are not sent again to a client that has them, until one of them changes', async () => {
    const key = await running();
    const context = { targetingKey: 'u' };
    const first = await evaluate('', { context });
    const etag = first.headers.get('etag') as string;
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    for (const named of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await evaluate('', { context, headers: { 'if-none-match': named } });
      expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, null, etag]);
    }
    expect((await evaluate('', { context: { targetingKey: 'another' }, headers: { 'if-none-match': etag } })).status).toBe(200);
    await api.done('pauseExperiment', { key }, '{ experiment { key } }');
    const changed = await evaluate('', { context, headers: { 'if-none-match': etag } });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(etag);
  });

  test('are refused for a context that cannot be read', async () => {
    const { status, body } = await evaluate('', { context: { targetingKey: 'x'.repeat(300) } });
    expect([status, body]).toEqual([400, { errorCode: 'INVALID_CONTEXT', errorDetails: expect.stringContaining('300 bytes') }]);
  });
});

describe('who may ask', () => {
  test('sends a key of any scope as Bearer or X-API-Key', async () => {
    const key = await running();
    const context = { targetingKey: 'u' };
    const accepted: Record<string, string>[] = [
      { authorization: '', 'x-api-key': service.secrets.client },
      { authorization: `Bearer ${service.secrets.read}` },
    ];
    const refused: Record<string, string>[] = [
      { authorization: '' },
      { authorization: 'Bearer wrong' },
      { authorization: '', 'x-api-key': 'wrong' },
    ];
    for (const headers of accepted) {
      expect((await evaluate(key, { context, headers })).status).toBe(200);
    }
    for (const headers of refused) {
      for (const path of [key, '']) {
        const { status, body, headers: answered } = await evaluate(path, { context, headers });
        expect([status, body, answered.get('www-authenticate')]).toEqual([401, { errorDetails: expect.any(String) }, 'Bearer']);
      }
    }
  });

  test('may be a page of an allowed origin, which can read the tag; of another it is refused', async () => {
    const allowed = { origin: service.url };
    const preflight = await evaluate('', {
      method: 'OPTIONS',
      headers: {
        ...allowed,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,if-none-match',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('if-none-match');
    const answer = await evaluate('', { context: { targetingKey: 'u' }, headers: allowed });
    expect(answer.headers.get('access-control-allow-origin')).toBe(service.url);
    expect(answer.headers.get('access-control-expose-headers')).toContain('etag');
    expect((await evaluate('', { context: {}, headers: { origin: 'https://elsewhere.example' } })).status).toBe(403);
  });
});

describe('while the stores were never reached', () => {
  const away = new DomainError([{ code: 'UNAVAILABLE', message: 'The database is away.', path: [] }]);
  const caller = {
    id: 'k',
    name: 'k',
    scope: 'CLIENT',
    prefix: 'bw',
    createdAt: new Date(),
    lastUsedAt: null,
    expiresAt: null,
    revokedAt: null,
  } as const;

  /** The routes of an instance that knows nothing. */
  function edge(isKeyKnown: boolean) {
    const app = Fastify();
    registerOfrep(app, {
      assignments: { assignment: async (key) => fallback(key), assignments: async () => [] },
      keys: {
        async authenticate() {
          if (!isKeyKnown) throw away;
          return caller;
        },
      },
      isFromCrawler: () => false,
      isReady: () => false,
    });
    return (path: string) =>
      app.inject({
        method: 'POST',
        url: `/ofrep/v1/evaluate/flags${path}`,
        headers: { authorization: 'Bearer k' },
        payload: { context: { targetingKey: 'u' } },
      });
  }

  test('nothing is answered as if there were no flags', async () => {
    const ask = edge(true);
    const [one, all] = [await ask('/checkout'), await ask('')];
    expect([one.statusCode, one.json()]).toEqual([
      500,
      { key: 'checkout', errorCode: 'GENERAL', errorDetails: expect.stringContaining('stores are away') },
    ]);
    expect([all.statusCode, all.json()]).toEqual([500, { errorCode: 'GENERAL', errorDetails: expect.stringContaining('stores are away') }]);
  });

  test('a key that cannot be told valid is asked to come again', async () => {
    const { statusCode, headers } = await edge(false)('/checkout');
    expect([statusCode, headers['retry-after']]).toEqual([503, '1']);
  });
});
