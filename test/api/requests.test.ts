import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';
import { createCaller, sampleInput } from './operations.js';
import { openSocket, type RawSocket } from './sockets.js';
import { openWay } from './way.js';

let service: RunningService;
/** Without introspection, and with a way to the database that can be cut. */
let closed: RunningService;
let way: Awaited<ReturnType<typeof openWay>>;
let socket: RawSocket;
let closedSocket: RawSocket;
const api = createCaller(() => service);

beforeAll(async () => {
  service = await startService();
  const environment = await makeEnvironment({ BELLWETHER_INTROSPECTION: 'off', LOG_LEVEL: 'fatal' });
  way = await openWay(environment.DATABASE_URL ?? '');
  closed = await startService({ ...environment, DATABASE_URL: way.url });
  socket = await openSocket(service.url, service.secrets.admin);
  closedSocket = await openSocket(closed.url, closed.secrets.admin);
  await api.done('createExperiment', { input: sampleInput({ key: 'here' }) });
});
afterAll(async () => {
  await Promise.all([socket.close(), closedSocket.close()]);
  await closed.remove();
  await way.cut();
  await service.remove();
});

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly json: any;
}

/** Sends bytes as they are. */
async function post(body: string, headers: Record<string, string> = {}): Promise<Reply> {
  const response = await fetch(`${service.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${service.secrets.admin}`, ...headers },
    body,
  });
  return { status: response.status, headers: response.headers, json: await response.json() };
}

async function get(parameters: Record<string, string>): Promise<Reply> {
  const search = new URLSearchParams(parameters);
  const response = await fetch(`${service.url}/graphql?${search}`, { headers: { authorization: `Bearer ${service.secrets.admin}` } });
  return { status: response.status, headers: response.headers, json: await response.json() };
}

describe('over HTTP', () => {
  test('queries come by GET and POST, with variables and a name; mutations by POST alone', async () => {
    const query = 'query A($key: ID!) {experiment(key: $key) {key}} query B {viewer {scope}}';
    const a = { data: { experiment: { key: 'here' } } };
    expect((await get({ query, operationName: 'A', variables: '{"key":"here"}' })).json).toEqual(a);
    expect((await post(JSON.stringify({ query, operationName: 'A', variables: { key: 'here' } }))).json).toEqual(a);
    expect((await get({ query, operationName: 'B' })).json).toEqual({ data: { viewer: { scope: 'ADMIN' } } });
    const mutation = await get({ query: 'mutation {deleteExperiment(key: "here") {deletedId}}' });
    expect(mutation.status).toBe(405);
    expect(await api.done('experiment', { key: 'here' })).not.toBeNull();
  });

  test('the operation must be one that is there', async () => {
    const query = 'query A {viewer {id}} query B {viewer {id}}';
    for (const request of [{ query }, { query, operationName: 'C' }]) {
      const { status, json } = await post(JSON.stringify(request));
      expect([status, json.errors[0].extensions.code]).toEqual([400, 'OPERATION_RESOLUTION_FAILURE']);
    }
  });

  test.each([
    ['no JSON', '{"query":', 400],
    ['nothing', '', 400],
    ['no query', '{}', 400],
    ['a query that is no text', '{"query":5}', 400],
    ['variables that are no object', '{"query":"{viewer {id}}","variables":"x"}', 400],
    ['a batch', '[{"query":"{viewer {id}}"},{"query":"{viewer {id}}"}]', 400],
    ['null', 'null', 400],
    ['JSON that is nested without end', `{"query":"{viewer {id}}","variables":{"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`, 200],
    [
      'the same with a number that no double holds',
      `{"query":"{viewer {id}}","variables":{"x":${'['.repeat(200_000)}1e999${']'.repeat(200_000)}}}`,
      400,
    ],
    ['a prototype', '{"query":"{viewer {id}}","variables":{"__proto__":{"x":1}}}', 400],
    ['a megabyte and a byte', `{"query":"{viewer {id}}","x":"${'x'.repeat(1_000_001 - 31)}"}`, 413],
  ])('%s is answered with a code and the id of the request', async (_, body, expected) => {
    const { status, headers, json } = await post(body);
    expect(status).toBe(expected);
    if (expected === 200) return;
    expect(json.errors[0].extensions).toMatchObject({
      code: 'BAD_REQUEST',
      retryable: false,
      problems: [],
      requestId: headers.get('x-request-id'),
    });
    expect(JSON.stringify(json)).not.toMatch(/node_modules|\.ts:|\bat \//);
  });

  test('subscriptions are sent to the socket', async () => {
    const { status, json } = await post(JSON.stringify({ query: 'subscription {alertRaised {id}}' }));
    expect([status, json.errors[0].extensions.code]).toEqual([400, 'BAD_REQUEST']);
  });

  test('ids of requests differ, and stand in the header as in the errors', async () => {
    const replies = [await post('{"query":"{x}"}'), await post('{"query":"{x}"}')];
    const ids = replies.map(({ headers, json }) => [headers.get('x-request-id'), json.errors[0].extensions.requestId]);
    for (const [header, extension] of ids) expect(extension).toBe(header);
    expect(ids[0]).not.toEqual(ids[1]);
  });
});

const repeated = (count: number, part: (i: number) => string) => Array.from({ length: count }, (_, i) => part(i)).join(' ');

test('documents that are wrong are answered with what is wrong, and so are many faults at once', async () => {
  const wrong = {
    'query {': 'GRAPHQL_PARSE_FAILED',
    '{nothing}': 'GRAPHQL_VALIDATION_FAILED',
    '{viewer {...A}} fragment A on ApiKey {...A}': 'GRAPHQL_VALIDATION_FAILED',
    '{experiment {key}}': 'GRAPHQL_VALIDATION_FAILED',
  };
  for (const [query, code] of Object.entries(wrong)) {
    const { status, json } = await post(JSON.stringify({ query }));
    expect([status, json.errors[0].extensions.code]).toEqual([400, code]);
    expect((await socket.ask(query)).errors[0].extensions.code).toBe(code);
  }
  const faults = async (answer: { errors: { extensions: { code: string; requestId: string } }[] }) => {
    expect(answer.errors.length).toBeLessThan(110);
    for (const { extensions } of answer.errors)
      expect(extensions).toMatchObject({
        code: expect.stringMatching(/^(GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT)$/),
        requestId: expect.any(String),
      });
  };
  const unknown = `{${repeated(300, (i) => `x${i}`)}}`;
  await faults((await post(JSON.stringify({ query: unknown }))).json);
  await faults(await socket.ask(unknown));
  const query = 'mutation ($weights: [VariantWeightInput!]!) {setWeights(key: "here", weights: $weights) {experiment {key}}}';
  const variables = { weights: Array.from({ length: 500 }, () => ({ variant: {}, weight: 'x' })) };
  await faults((await post(JSON.stringify({ query, variables }))).json);
  await faults(await socket.ask(query, variables));
});

test('a list of faults ends before it outgrows the request', async () => {
  const { errors } = await api.call('createExperiment', { input: sampleInput({ tags: Array(150_000).fill('') }) });
  expect(errors?.[0].extensions.problems).toHaveLength(1_000);
  const { data } = await api.call('pauseExperiment', { key: 'here', reason: 'x'.repeat(10_001) });
  expect(data.pauseExperiment).toBeNull();
});

describe('where introspection is off', () => {
  test('nothing of the schema is told, by HTTP or by socket', async () => {
    const queries = [
      '{__schema {queryType {name}}}',
      '{viewer {id} __type(name: "Experiment") {name}}',
      '{experimant(key: "x") {key}}',
      '{viewer {idd}}',
    ];
    for (const query of queries) {
      for (const { errors } of [await closed.send(query), await closedSocket.ask(query)]) {
        expect(errors?.[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
        expect(JSON.stringify(errors)).not.toContain('Did you mean');
      }
    }
    const misspelt = 'mutation ($input: CreateExperimentInput!) {createExperiment(input: $input) {experiment {key}}}';
    const input = { ...sampleInput(), trafficAlocation: 1, design: 'BANDITT' };
    for (const { errors } of [await closed.send(misspelt, { input }), await closedSocket.ask(misspelt, { input })]) {
      expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT');
      expect(JSON.stringify(errors)).not.toContain('Did you mean');
    }
    expect((await closed.send('{__typename viewer {__typename}}')).data).toEqual({ __typename: 'Query', viewer: { __typename: 'ApiKey' } });
    expect((await fetch(`${closed.url}/graphiql`)).status).toBe(404);
  });

  test('it is told where it is on', async () => {
    expect((await service.send('{__schema {queryType {name}}}')).data).toEqual({ __schema: { queryType: { name: 'Query' } } });
    expect((await socket.ask('{__schema {queryType {name}}}')).data).toEqual({ __schema: { queryType: { name: 'Query' } } });
    expect((await service.send('{viewer {idd}}')).errors?.[0].message).toContain('Did you mean');
    expect((await fetch(`${service.url}/graphiql`)).status).toBe(200);
  });
});

test('while the database is away the answer says so and when to come again, and what needs no store is answered', async () => {
  const ofClosed = createCaller(() => closed);
  await ofClosed.done('createExperiment', { input: sampleInput({ key: 'served' }) });
  await ofClosed.done('startExperiment', { key: 'served' });
  const occurredAt = new Date().toISOString();
  const events = [{ eventId: 'e', metric: 'purchase', unit: { userId: 'u' }, occurredAt }];
  await way.cut();
  try {
    for (const [field, args] of [
      ['experiments', {}],
      ['pauseExperiment', { key: 'served' }],
      ['trackEvents', { input: { events } }],
    ] as const) {
      const { status, headers, errors, data } = await ofClosed.call(field, args, { selection: '{__typename}' });
      expect([field, status, data]).toEqual([field, 503, { [field]: null }]);
      const seconds = errors?.[0].extensions.retryAfterSeconds;
      expect(errors?.[0].extensions).toMatchObject({ code: 'UNAVAILABLE', retryable: true, requestId: headers.get('x-request-id') });
      expect([seconds >= 1, headers.get('retry-after')]).toEqual([true, String(seconds)]);
      expect(JSON.stringify(errors)).not.toMatch(/postgres|pg_|econn|connect|prisma|select|127\.0\.0\.1/i);
    }
    const mixed = '{assignment(experimentKey: "served", unit: {userId: "u"}) {reason inExperiment} auditLog {totalCount}}';
    const { status, headers, data, errors } = await closed.send(mixed);
    expect([status, headers.get('retry-after')]).toEqual([200, null]);
    expect(data).toEqual({ assignment: { reason: 'SPLIT', inExperiment: true }, auditLog: null });
    expect(errors).toMatchObject([{ path: ['auditLog'], extensions: { code: 'UNAVAILABLE' } }]);
    const unavailable = { code: 'UNAVAILABLE', retryAfterSeconds: expect.any(Number) };
    expect(await closedSocket.ask('{auditLog {totalCount}}')).toMatchObject({
      data: { auditLog: null },
      errors: [{ extensions: unavailable }],
    });
  } finally {
    await way.mend();
  }
  expect((await ofClosed.done('pauseExperiment', { key: 'served' })).experiment.status).toBe('PAUSED');
  expect((await ofClosed.done('trackEvents', { input: { events } })).accepted).toBe(1);
});
