import { Script } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { limits } from '../../src/graphql/limits.js';
import { type Edge, startEdge } from './edge.js';

let edge: Edge;
let closed: Edge;

beforeAll(async () => {
  edge = await startEdge();
  closed = await startEdge({ introspection: false, origins: ['https://shop.example'], localhost: false });
});
afterAll(async () => {
  await edge.close();
  await closed.close();
});

const get = (path: string, headers: Record<string, string> = {}, { url } = edge) => fetch(`${url}${path}`, { headers });

test('answers queries and mutations by POST, queries by GET', async () => {
  expect((await edge.post({ query: '{viewer thing {name}}' })).json).toEqual({ data: { viewer: 'ADMIN key', thing: { name: 'thing' } } });
  const preflight = { 'apollo-require-preflight': '1' };
  expect(await (await get('/graphql?query={viewer}', preflight)).json()).toEqual({ data: { viewer: null } });
  expect((await get(`/graphql?query=${encodeURIComponent('mutation {assign}')}`, preflight)).status).toBe(405);
});

test('tells who asks from the key, and treats a wrong one as none', async () => {
  const query = '{viewer}';
  expect((await edge.post({ query }, {}, 'READ')).json.data).toEqual({ viewer: 'READ key' });
  for (const authorization of ['Bearer nobody', 'Basic YTpi', 'Bearer ', 'admin-secret']) {
    expect((await edge.post({ query }, { authorization }, null)).json.data).toEqual({ viewer: null });
  }
  expect((await edge.post({ query: '{experiment(key: "a")}' }, {}, 'CLIENT')).json.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('refuses requests that a form of another site could have sent', async () => {
  const form = await get('/graphql?query={viewer}');
  expect(form.status).toBe(400);
  expect(await form.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
});

test('reads JSON in UTF-8 alone', async () => {
  const query = JSON.stringify({ query: '{viewer}' });
  expect((await edge.post(query, { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await edge.post(query, { 'content-type': 'application/json; charset=latin1' })).status).toBe(415);
  expect((await edge.post(query, { 'content-type': 'application/json; charset="UTF-8"' })).status).toBe(200);
  const broken = new Uint8Array(Buffer.from('{"query":"{experiment(key: \\"\xff\\")}"}', 'latin1'));
  expect(await edge.post(broken)).toMatchObject({ status: 400, json: { errors: [{ message: 'The body is not UTF-8.' }] } });
  expect((await edge.post('{"query":')).json.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_REQUEST', retryable: false });
  expect((await edge.post('{"query":"{viewer}","__proto__":{"x":1}}')).status).toBe(400);
});

test('takes a number that no double holds as null, for its field alone to refuse', async () => {
  const query = 'mutation ($input: Any) {trackEvents(input: $input)}';
  const { json } = await edge.post(`{"query":"${query}","variables":{"input":[1e999,-1e400,1e3]}}`);
  expect(json).toEqual({ data: { trackEvents: '[null,null,1000]' } });
});

test('takes bodies of up to 1,000,000 bytes', async () => {
  const body = (bytes: number) => JSON.stringify({ query: '{viewer}', x: '' }).replace('""', `"${'y'.repeat(bytes - 27)}"`);
  expect((await edge.post(body(1_000_000))).status).toBe(200);
  expect((await edge.post(body(1_000_001))).status).toBe(413);
});

test('answers what failed by itself beside the rest, and masks faults under the id of the request', async () => {
  const { status, json, headers } = await edge.post({ query: '{viewer broken}' });
  expect(status).toBe(200);
  expect(json.data).toEqual({ viewer: 'ADMIN key', broken: null });
  expect(json.errors).toMatchObject([
    { message: 'Internal server error.', path: ['broken'], extensions: { code: 'INTERNAL_SERVER_ERROR' } },
  ]);
  const id = headers.get('x-request-id');
  expect(json.errors?.[0]?.extensions.requestId).toBe(id);
  expect(edge.logged.filter((line) => line.includes(String(id)))).toHaveLength(1);
});

test('says 503 and when, when a store is away and nothing was answered; data that was is kept', async () => {
  const nothing = await edge.post({ query: '{away}' });
  expect(nothing.status).toBe(503);
  expect(nothing.headers.get('retry-after')).toBe('3');
  expect(nothing.json.errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE', retryable: true, retryAfterSeconds: 3 } }]);
  const some = await edge.post({ query: '{thing {name away}}' });
  expect(some).toMatchObject({ status: 200, json: { data: { thing: { name: 'thing', away: null } } } });
});

test('says 503 when it cannot be told whether a key is valid', async () => {
  edge.takeStoreAway(true);
  expect((await edge.post({ query: '{experiment}' })).status).toBe(503);
  edge.takeStoreAway(false);
});

test('refuses subscriptions, batches and documents that are too complex', async () => {
  const subscription = await edge.post({ query: 'subscription {alertRaised}' });
  expect(subscription).toMatchObject({ status: 400, json: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] } });
  expect((await edge.post([{ query: '{viewer}' }])).status).toBe(400);
  const wide = `{${Array.from({ length: limits.rootFields + 1 }, (_, i) => `a${i}: viewer`).join(' ')}}`;
  expect(await edge.post({ query: wide })).toMatchObject({
    status: 400,
    json: { errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX' } }] },
  });
  const long = `{${'viewer '.repeat(2_000)}}`;
  expect((await edge.post({ query: long })).json.errors?.[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX');
});

test('shows the schema, suggestions and GraphiQL only where introspection is on', async () => {
  expect((await edge.post({ query: '{__schema {queryType {name}}}' })).status).toBe(200);
  expect((await edge.post({ query: '{viewerr}' })).json.errors?.[0]?.message).toContain('Did you mean');
  expect((await closed.post({ query: '{__schema {queryType {name}}}' })).json.errors?.[0]?.extensions.code).toBe(
    'GRAPHQL_VALIDATION_FAILED',
  );
  expect((await closed.post({ query: '{viewerr}' })).json.errors?.[0]?.message).not.toContain('Did you mean');
  const page = await (await get('/graphiql')).text();
  const script = page.slice(page.lastIndexOf('function operationKind'), page.lastIndexOf('</script>'));
  expect(() => new Script(script)).not.toThrow();
  expect((await get('/graphiql', {}, closed)).status).toBe(404);
});

test('sets the cookie of a device that it made, and none for one that the browser sent', async () => {
  const made = await edge.post({ query: 'mutation {assign}' });
  const id = made.json.data?.assign;
  expect(made.headers.get('set-cookie')).toBe(`bw_device=${id}; Max-Age=7776000; Path=/; HttpOnly; SameSite=Lax; Secure`);
  expect(made.headers.get('cache-control')).toBe('private, no-store');
  const known = await edge.post({ query: 'mutation {assign}' }, { cookie: `a=b; bw_device=${id}` });
  expect(known.json.data).toEqual({ assign: id });
  expect(known.headers.get('set-cookie')).toBeNull();
});

test('refuses origins that are not listed, and tells browsers of those that are', async () => {
  const ask = (origin: string, at = edge) => at.post({ query: '{viewer}' }, { origin });
  expect((await ask('https://evil.example')).status).toBe(403);
  expect((await ask('null')).status).toBe(403);
  expect((await ask('http://localhost:5173')).headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
  expect((await ask('http://127.0.0.1:5173')).headers.get('access-control-allow-origin')).toBe('http://127.0.0.1:5173');
  expect((await ask('http://127.0.0.1.evil.example')).status).toBe(403);
  expect((await ask(edge.url)).status).toBe(200);
  expect((await ask('http://localhost:5173', closed)).status).toBe(403);
  expect((await ask('https://shop.example', closed)).headers.get('access-control-allow-credentials')).toBe('true');
  const preflight = await fetch(`${closed.url}/graphql`, {
    method: 'OPTIONS',
    headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization');
});

test('tells health, readiness and what runs where', async () => {
  expect(await (await get('/health')).json()).toEqual({ status: 'ok' });
  expect((await get('/ready')).status).toBe(200);
  edge.isReady.ok = false;
  expect((await get('/ready')).status).toBe(503);
  edge.isReady.ok = true;
  const page = await (await get('/')).text();
  expect(page).toContain('<a href="/graphql">/graphql</a>');
  expect(page).toContain('GraphQL &#38; &#60;more&#62;');
  expect((await get('/nothing')).status).toBe(404);
});
