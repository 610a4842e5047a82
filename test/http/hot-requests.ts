/** Requests to `/graphql`, drawn from a seed: well-formed and not, for hot fields and others, in every form that the transport knows. */
import { createHash } from 'node:crypto';
import { createRandom } from '../faults/random.js';

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

const leaves = [
  'experimentKey',
  'variant',
  'payload',
  'inExperiment',
  'reason',
  'hashKey',
  'unitId',
  'allocationVersion',
  'exposureRecorded',
];

/** Draws requests, the same ones for a seed and a name. */
export function createRequests(name: string, secrets: RequestSecrets) {
  const { next: random, below } = createRandom(name);
  const pick = <T>(...options: readonly T[]): T => options[below(options.length)] as T;
  const maybe = (share: number): boolean => random() < share;
  const mostly = <T>(usual: T, ...odd: readonly T[]): T => (maybe(0.93) ? usual : pick(...odd));

  function selection(): string {
    const fields = leaves
      .filter(() => maybe(0.4))
      .map((name) => (maybe(0.2) ? `${pick('a', 'b', 'c', '__proto__')}${name}: ${name}` : name));
    const directive = maybe(0.1) ? [pick('reason @include(if: $flag)', 'variant @skip(if: true)', 'reason @include(if: false)')] : [];
    const fragment = maybe(0.2) ? [pick('...Parts', '... on Assignment { variant }', '... { reason __typename }', '...Missing')] : [];
    const odd = maybe(0.08) ? [pick('nothing', 'variant { deeper }', 'constructor', 'variant: reason', '__proto__: variant')] : [];
    const all = ['__typename', ...fields, ...directive, ...fragment, ...odd];
    return `{ ${all.slice(maybe(0.3) ? 0 : all.length > 1 ? 1 : 0).join(' ')} }`;
  }

  const key = () => mostly('"checkout"', '"missing"', '""', '7', 'null', '$key', '$key', '$key');
  const unit = () =>
    mostly(
      '$unit',
      '{userId: "u1"}',
      '{userId: $key}',
      '{userId: "u1", isBot: true}',
      '{}',
      '{nothing: 1}',
      '{userId: " "}',
      'null',
      '"u"',
    );

  function rootField(): string {
    const alias = maybe(0.1) ? `${pick('x', 'y')}: ` : '';
    return mostly(
      `${alias}assignment(experimentKey: ${key()}, unit: ${unit()}) ${selection()}`,
      `${alias}assignments(unit: ${unit()}) ${selection()}`,
      `${alias}assignments(unit: ${unit()}, experimentKeys: ${pick('["checkout", "missing"]', '$keys', 'null', '"checkout"', '[null]')}) ${selection()}`,
      `assignment(unit: ${unit()}) ${selection()}`,
      'assignment',
      'viewer { scope }',
      '__typename',
      '__schema { queryType { name } }',
    );
  }

  const events = () =>
    `trackEvents(input: ${mostly('$input', '{events: []}', '{}', '{events: [{eventId: "only"}]}', 'null')}) ${pick(
      '{ accepted duplicates rejected replayed receivedAt results { eventId status code message } }',
      '{ results { __typename ...Result } } ',
      '{ a: accepted results { s: status } }',
    )}`;

  /** The head of an operation, with the variables that it uses, or nearly so. */
  function head(name: string, selected: string): string {
    const types: readonly (readonly [string, string])[] = [
      ['$key', mostly('ID!', 'ID! = "checkout"', 'String!', 'ID')],
      ['$unit', mostly('UnitInput!', 'UnitInput', 'UnitInput = {userId: "u3"}')],
      ['$keys', mostly('[ID!]', '[ID!]!', '[ID]', '[ID!] = ["checkout"]')],
      ['$flag', mostly('Boolean!', 'Boolean = true', 'Int')],
    ];
    const declared = types.filter(([variable]) => mostly(selected.includes(variable), true, false)).map((pair) => pair.join(': '));
    return `${name}${declared.length > 0 ? `(${declared.join(', ')})` : ''} { ${selected} }`;
  }

  function operation(): { readonly text: string; readonly isEvents: boolean } {
    const kind = pick('query', 'query', 'query', 'assign', 'track', 'odd');
    if (kind === 'track') return { text: `mutation Track($input: TrackEventsInput!) { ${events()} }`, isEvents: true };
    if (kind === 'assign') {
      const field = () => `assign(experimentKey: ${key()}, unit: ${unit()}) ${selection()}`;
      return { text: head('mutation Assign', `${field()} ${maybe(0.2) ? `second: ${field()}` : ''}`), isEvents: false };
    }
    if (kind === 'odd') {
      const texts = [
        '{ assign',
        '',
        'subscription { alertRaised { id } }',
        '{ assignment }',
        `{ ${'viewer '.repeat(60)} }`,
        '{assign(a: 1e999)}',
      ];
      return { text: pick(...texts), isEvents: false };
    }
    return { text: head('query Ask', `${rootField()} ${maybe(0.2) ? `second: ${rootField()}` : ''}`), isEvents: false };
  }

  function document() {
    const { text, isEvents } = operation();
    const fragments = [
      ...(text.includes('...Parts') || maybe(0.03) ? ['fragment Parts on Assignment { variant reason }'] : []),
      ...(text.includes('...Result') ? ['fragment Result on EventResult { status code }'] : []),
    ];
    const second = maybe(0.1) ? ['query Other { viewer { scope } }'] : [];
    return { text: [text, ...fragments, ...second].join('\n'), isEvents };
  }

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
