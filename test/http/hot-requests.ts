/** Requests to `/graphql`, drawn from a seed: well-formed and not, for hot fields and others, in every form that the transport knows. */
import { createHash } from 'node:crypto';
import { createDocuments, createDraw } from './hot-documents.js';

export interface GraphqlRequest {
  readonly method: 'GET' | 'POST';
  /** What stands behind `/graphql?` of a GET. */
  readonly search: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface RequestSecrets {
  readonly admin: string;
  readonly read: string;
  readonly client: string;
}

/** Draws requests, the same ones for a seed and a name. */
export function createRequests(name: string, secrets: RequestSecrets) {
  const draw = createDraw(name);
  const { below, pick, maybe, mostly } = draw;
  const document = createDocuments(draw);

  function variables(isEvents: boolean, name: string): unknown {
    if (maybe(0.04)) return pick<unknown>(null, 'text', [], 7, undefined);
    if (!isEvents) {
      const given: Record<string, unknown> = {
        key: mostly<unknown>('checkout', 'missing', 7, 1.5, null, true, ['checkout'], ''),
        unit: mostly<unknown>(
          { userId: `u${below(50)}`, ...(maybe(0.3) ? { attributes: { region: pick<unknown>('US', 'DE', 1, null) } } : {}) },
          { deviceId: 'device-1' },
          {},
          { userId: 12, tenantId: null },
          { userId: ' ' },
          { userId: 'a\u0000b' },
          { userId: 'x'.repeat(300) },
          { userId: 'u', isBot: pick<unknown>(true, null, 'yes') },
          { userId: 'u', surprise: 1 },
          { userId: 'u', attributes: pick<unknown>([], 'text', { big: 'y'.repeat(5_000) }, { deep: [[[[1]]]] }) },
          null,
          [],
          'u',
        ),
      };
      if (maybe(0.3))
        given.keys = mostly<unknown>(['checkout', 'missing'], 'checkout', [null], [], null, Array.from({ length: 101 }, String));
      if (maybe(0.3)) given.flag = mostly<unknown>(true, false, null, 'true');
      if (maybe(0.1)) given.more = 1;
      if (maybe(0.05)) delete given[pick('key', 'unit')];
      return given;
    }
    const one = (i: number): unknown =>
      mostly<unknown>(
        {
          eventId: `${name}-${i}`,
          metric: 'purchase',
          unit: { userId: `u${i}` },
          occurredAt: new Date().toISOString(),
          value: mostly<unknown>(1, 2.5, null, 1e13, 'x'),
        },
        { eventId: `${name}-${i}`, metric: 'unknown', unit: { userId: 'u' }, occurredAt: new Date().toISOString() },
        { eventId: `${name}-${i}`, metric: 'purchase', unit: {}, occurredAt: 'yesterday' },
        { eventId: `${name}-${i}`, metric: 'purchase' },
        null,
      );
    const idempotencyKey = maybe(0.2) ? { idempotencyKey: mostly<unknown>(`${name}-key`, '', true) } : {};
    return { input: { events: Array.from({ length: below(4) }, (_, i) => one(i)), ...idempotencyKey } };
  }

  function bodyOf(question: object): Buffer {
    const text = JSON.stringify(question);
    if (maybe(0.93)) return Buffer.from(text);
    return pick(
      Buffer.from(text.slice(0, -2)),
      Buffer.from(`[${text}]`),
      Buffer.from('null'),
      Buffer.from('{}'),
      Buffer.from(`\ufeff${text}`),
      Buffer.from(text.replace('{', '{"__proto__":{"a":1},')),
      Buffer.from(text.replace('{', '{"n":1e999,')),
      Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0x7d])]),
      Buffer.from(text.replace('u1', '\\u0075\\ud800')),
      Buffer.alloc(0),
    );
  }

  function headers(): Record<string, string> {
    const secret = mostly(secrets.client, secrets.read, secrets.admin, 'nobody', '');
    const odd: Record<string, string> = {};
    if (maybe(0.15)) odd.origin = pick('http://localhost:5173', 'https://evil.example', 'null');
    if (maybe(0.2))
      odd.accept = pick(
        '*/*',
        'application/json',
        'application/graphql-response+json',
        'text/html',
        'application/json, text/plain, */*',
        'application/graphql-response+json, application/json;q=0.9',
        'application/graphql-response+json,application/json;q=0.9',
        'text/plain, application/json;q=0.5',
      );
    if (maybe(0.1)) odd.cookie = pick('bw_device=12345678-abcd', 'bw_device=<>', 'other=1; bw_device=abcdefgh');
    return {
      'content-type': maybe(0.9)
        ? 'application/json'
        : pick(
            'application/json; charset=utf-8',
            'application/json;charset=UTF-8',
            'application/json; charset=latin1',
            'text/plain',
            'application/graphql',
            '',
          ),
      ...(secret === '' ? {} : { authorization: `${mostly('Bearer', 'bearer', 'Basic')} ${secret}` }),
      ...odd,
    };
  }

  let count = 0;

  /** The next request; `way` stands in every id that is counted once, so that the same request can be sent two ways. */
  return function next(): (way: string) => GraphqlRequest {
    count += 1;
    const number = count;
    const { text: query, isEvents } = document();
    const given = variables(isEvents, `WAY-${number}`);
    const operationName = maybe(0.85) ? {} : { operationName: pick<unknown>('Ask', 'Assign', 'Track', 'Other', 'Nobody', null, '', 7) };
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const persistedQuery = { version: mostly(1, 2), sha256Hash: mostly(sha256Hash, 'f'.repeat(64)) };
    const words = maybe(0.85)
      ? { query }
      : pick<object>(
          { query, extensions: { persistedQuery } },
          { extensions: { persistedQuery } },
          { query, extensions: null },
          { extensions: 1 },
          { query: 7 },
          {},
        );
    const question = { ...words, variables: given, ...operationName };
    const isGet = maybe(0.08);
    const heads = headers();
    if (isGet) {
      const search = new URLSearchParams({ query, variables: JSON.stringify(given) ?? '{}' }).toString();
      const { 'content-type': _, ...rest } = heads;
      const form = maybe(0.3) ? rest : { ...rest, 'apollo-require-preflight': '1' };
      return () => ({ method: 'GET', search, headers: form, body: Buffer.alloc(0) });
    }
    const body = bodyOf(question);
    return (way) => ({
      method: 'POST',
      search: '',
      headers: heads,
      body: body.includes('WAY-') ? Buffer.from(body.toString('latin1').replaceAll('WAY-', `${way}-`), 'latin1') : body,
    });
  };
}
