import { once } from 'node:events';
import { createClient } from 'graphql-ws';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { createRequestMeter } from '../../src/telemetry/metrics/requests.js';
import { createSocketMeter } from '../../src/telemetry/metrics/sockets.js';
import { type Edge, secrets, startEdge } from '../http/edge.js';
import { readExposition } from './exposition.js';

/** Sockets and what runs on them, as the edge counts them. */

const registry = new Registry();
let edge: Edge;

beforeAll(async () => {
  edge = await startEdge({ meters: { requests: createRequestMeter(registry), sockets: createSocketMeter(registry) } });
});
afterAll(() => edge.close());

const url = () => `${edge.url.replace('http', 'ws')}/graphql`;
const read = async () => readExposition(await registry.metrics());
const count = async (name: string, labels: Record<string, string> = {}) => (await read()).sum(name, labels);

/** A socket that the server has let in. */
async function admitted(options: ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(url(), 'graphql-transport-ws', options);
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${secrets.READ}` } }));
  await once(socket, 'message');
  return socket;
}

test('subscriptions show by their field while they run, however they end', async () => {
  const client = createClient({ url: url(), webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${secrets.READ}` } });
  const stream = client.iterate({ query: 'subscription { alertRaised }' });
  const next = stream.next();
  const named = client.iterate({ query: 'fragment rest on Subscription { countsUpdated { number } } subscription { ...rest }' });
  const nextOfNamed = named.next();
  await expect.poll(() => count('bellwether_subscriptions')).toBe(2);
  expect(await count('bellwether_subscriptions', { field: 'alertRaised' })).toBe(1);
  expect(await count('bellwether_subscriptions', { field: 'other' })).toBe(1);
  expect(await count('bellwether_websocket_connections')).toBe(1);
  // This one ends by itself.
  const finished = client.iterate({ query: 'subscription { weightsUpdated(after: 2) }' });
  while (!(await finished.next()).done);
  await expect.poll(() => count('bellwether_subscriptions', { field: 'weightsUpdated' })).toBe(0);
  await stream.return?.();
  await expect.poll(() => count('bellwether_subscriptions', { field: 'alertRaised' })).toBe(0);
  await client.dispose();
  await Promise.allSettled([next, nextOfNamed]);
  await expect.poll(() => count('bellwether_subscriptions')).toBe(0);
  await expect.poll(() => count('bellwether_websocket_connections')).toBe(0);
  expect(await count('bellwether_websocket_closes_total', { code: '1000' })).toBe(1);
});

test('refusals over a socket are counted by their code', async () => {
  const client = createClient({ url: url(), webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${secrets.CLIENT}` } });
  const ask = (query: string) =>
    client
      .iterate({ query })
      .next()
      .catch(() => undefined);
  await ask('subscription { alertRaised }');
  await ask('{ away }');
  await ask('{ nothing }');
  expect(await count('bellwether_refusals_total', { code: 'FORBIDDEN' })).toBe(2);
  expect(await count('bellwether_refusals_total', { code: 'GRAPHQL_VALIDATION_FAILED' })).toBe(1);
  await client.dispose();
});

test('clients that do not read or do not answer are counted as dropped', async () => {
  const silent = await admitted({ autoPong: false });
  const slow = await admitted();
  slow.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription { resultsUpdated(bytes: 20000) }' } }));
  await once(slow, 'message');
  slow.pause();
  await once(silent, 'close');
  await expect.poll(() => count('bellwether_subscribers_dropped_total', { cause: 'slow' }), { timeout: 10_000 }).toBe(1);
  expect(await count('bellwether_subscribers_dropped_total', { cause: 'silent' })).toBe(1);
  slow.terminate();
  await expect.poll(() => count('bellwether_websocket_connections')).toBe(0);
  expect(await count('bellwether_subscriptions')).toBe(0);
}, 20_000);

test('close codes that nobody knows have one label', async () => {
  for (const code of [4_242, 4_999]) {
    const socket = await admitted();
    socket.close(code);
    await once(socket, 'close');
  }
  await expect.poll(() => count('bellwether_websocket_closes_total', { code: 'other' })).toBe(2);
});
