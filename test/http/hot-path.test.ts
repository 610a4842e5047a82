import { createHash } from 'node:crypto';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { seed } from '../faults/random.js';
import { type RunningService, startService } from '../setup/service.js';
import { secrets, startEdge } from './edge.js';
import { createRequests, type GraphqlRequest } from './hot-requests.js';

let service: RunningService;
const agent = new Agent({ keepAlive: true });
const apollo = vi.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest');

beforeAll(async () => {
  service = await startService();
  const definition = {
    key: 'checkout',
    name: 'Checkout',
    variants: [
      { key: 'control', weight: 0.5, isControl: true, payload: { colour: 'grey' } },
      { key: 'green', weight: 0.5 },
    ],
    metrics: { primary: { key: 'purchase', type: 'CONVERSION' } },
  };
  // Of ids that are made on the way each would get a variant of its own.
  for (const input of [definition, { ...definition, key: 'device', hashKey: 'deviceId', targeting: { include: ['region:nowhere'] } }]) {
    await service.ask('mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { key } } }', { input });
    await service.ask('mutation ($key: ID!) { startExperiment(key: $key) { experiment { status } } }', { key: input.key });
  }
});
afterAll(async () => {
  agent.destroy();
  await service.remove();
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The hot path takes the bare address alone; with anything behind it the same request goes to Apollo. */
async function send(way: 'hot' | 'apollo', { method, search, headers, body }: GraphqlRequest): Promise<Answer> {
  const query = [...(way === 'apollo' ? ['way=apollo'] : []), ...(search === '' ? [] : [search])].join('&');
  return new Promise((resolve, reject) => {
    const length = method === 'POST' ? { 'content-length': String(body.length) } : {};
    const url = `${service.url}/graphql${query === '' ? '' : `?${query}`}`;
    const sent = request(url, { method, agent, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    sent.on('error', reject).end(body);
  });
}

const comparableText = (text: string): string =>
  text
    .replace(/[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}/g, 'UUID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/\b(hot|apollo)-(\d+)/g, 'WAY-$2')
    // A commit may come too late for its answer on a machine that is busy.
    .replace(/("\w*exposureRecorded"):(true|false)/g, '$1:DONE');

/** Without what differs from any request to the next: times, ids that are made, the way itself. */
function comparable({ status, headers: { date: _, ...headers }, body }: Answer): object {
  const shown = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, comparableText(String(value))]));
  // As long as the name of the way.
  return { status, headers: { ...shown, 'content-length': null }, body: comparableText(body) };
}

const post = (question: object, headers: Record<string, string> = {}): GraphqlRequest => ({
  method: 'POST',
  search: '',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${service.secrets.client}`, ...headers },
  body: Buffer.from(JSON.stringify(question)),
});

const ask = 'query ($unit: UnitInput!) { assignment(experimentKey: "checkout", unit: $unit) { variant reason } }';

/** How often Apollo was asked meanwhile. */
async function apolloCalls(work: () => Promise<unknown>): Promise<number> {
  const before = apollo.mock.calls.length;
  await work();
  return apollo.mock.calls.length - before;
}

test('answers each of many requests as Apollo does, to the header', async () => {
  const next = createRequests('hot path', service.secrets);
  const statuses = new Map<number | undefined, number>();
  let hot = 0;
  for (let number = 0; number < 800; number += 1) {
    const make = next();
    let answer: Answer | undefined;
    const calls = await apolloCalls(async () => {
      answer = await send('hot', make('hot'));
    });
    const wanted = await send('apollo', make('apollo'));
    expect(comparable(answer as Answer), `request ${number} of seed ${seed}: ${make('hot').body.toString()}`).toEqual(comparable(wanted));
    if (calls === 0 && wanted.status === 200) hot += 1;
    statuses.set(wanted.status, (statuses.get(wanted.status) ?? 0) + 1);
  }
  // What was compared: answers and refusals of many kinds, and enough of both ways.
  expect(hot).toBeGreaterThan(100);
  expect([...statuses.keys()].sort()).toEqual(expect.arrayContaining([200, 400, 403, 415]));
}, 120_000);

test('keeps Apollo out of ordinary assignments and events', async () => {
  const track = 'mutation ($input: TrackEventsInput!) { trackEvents(input: $input) { accepted } }';
  const calls = await apolloCalls(async () => {
    for (const question of [
      { query: ask, variables: { unit: { userId: 'a' } } },
      { query: '{ assignments(unit: {userId: "a"}) { ...F } } fragment F on Assignment { k: experimentKey __typename }' },
      { query: 'mutation { assign(experimentKey: "checkout", unit: {userId: "a"}) { variant exposureRecorded } }' },
      { query: track, variables: { input: { events: [] } } },
    ]) {
      expect((await send('hot', post(question))).status).toBe(200);
    }
  });
  expect(calls).toBe(0);
});

test('answers in the name of a document that was registered by its SHA-256, also the other way', async () => {
  const query = `${ask} # persisted`;
  const extensions = { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') } };
  const variables = { unit: { userId: 'a' } };
  const unknown = await send('hot', post({ extensions, variables }));
  expect(unknown.body).toContain('PERSISTED_QUERY_NOT_FOUND');
  expect((await send('hot', post({ query, extensions, variables }))).status).toBe(200);
  let named: Answer | undefined;
  const calls = await apolloCalls(async () => {
    named = await send('hot', post({ extensions, variables }));
  });
  expect(calls).toBe(0);
  expect(comparable(named as Answer)).toEqual(comparable(await send('apollo', post({ extensions, variables }))));
});

test('takes a body that arrives in pieces, hot or not', async () => {
  const pieces = async (question: object) => {
    const { body, headers } = post(question);
    return new Promise<string>((resolve, reject) => {
      const sent = request(`${service.url}/graphql`, { method: 'POST', headers: { ...headers, 'content-length': String(body.length) } });
      sent.on('error', reject).on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(text));
      });
      sent.write(body.subarray(0, 10), () => sent.write(body.subarray(10, 40), () => sent.end(body.subarray(40))));
    });
  };
  expect(await pieces({ query: ask, variables: { unit: { userId: 'a' } } })).toContain('"reason":"SPLIT"');
  expect(await pieces({ query: '{ viewer { scope } }' })).toContain('"scope":"CLIENT"');
});

test('makes the id of a device and sets its cookie', async () => {
  const query = '{ assignment(experimentKey: "device", unit: {}) { unitId reason } }';
  const { headers, body } = await send('hot', post({ query }));
  const { unitId } = JSON.parse(body).data.assignment;
  expect(headers['set-cookie']?.[0]).toContain(`bw_device=${unitId};`);
  expect(headers['cache-control']).toBe('private, no-store');
});

test('refuses and masks what fails under way as Apollo does', async () => {
  const edge = await startEdge();
  const failing = async (search: string, query: string) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${secrets.CLIENT}` };
    const response = await fetch(`${edge.url}/graphql${search}`, { method: 'POST', headers, body: JSON.stringify({ query }) });
    return { status: response.status, later: response.headers.get('retry-after'), body: comparableText(await response.text()) };
  };
  try {
    for (const [query, status] of [
      // A store that is away, a fault, null where there must be a text; alone and beside another.
      ['{ assignment(unit: 503) }', 503],
      ['{ a: assignment(unit: 1) b: assignment(unit: 503) }', 503],
      ['{ assignment(unit: 500) }', 200],
      ['{ a: assignment(unit: 1) b: assignment(unit: 0) }', 200],
    ] as const) {
      let hot: object | undefined;
      expect(
        await apolloCalls(async () => {
          hot = await failing('', query);
        }),
      ).toBe(0);
      expect(hot).toMatchObject({ status, later: status === 503 ? '3' : null });
      expect(hot).toEqual(await failing('?way=apollo', query));
    }
    expect(edge.logged.filter((line) => line.includes('password=hunter2'))).toHaveLength(2);
  } finally {
    await edge.close();
  }
});
