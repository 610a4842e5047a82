import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { secrets, startEdge } from './edge.js';

/** What a balancer sees of an instance that stops. */

const hot = JSON.stringify({ query: '{ assignment(unit: 1) }' });
const ordinary = JSON.stringify({ query: '{ viewer }' });

interface Answer {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly body: string;
}

/** Over a connection that is kept, as balancers do. */
async function ask(agent: Agent, url: string, path: string, body: string | null = null): Promise<Answer> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${secrets.CLIENT}` };
  const sent = request(`${url}${path}`, { agent, method: body === null ? 'GET' : 'POST', headers });
  sent.end(body ?? undefined);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, connection: response.headers.connection, body: text };
}

test('says that it drains and goes on answering, then refuses connections and ends kept ones with an answer', async () => {
  const edge = await startEdge({ drainMs: 1_000 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const socket = new WebSocket(`${edge.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  expect(await ask(agent, edge.url, '/graphql', hot)).toMatchObject({ status: 200, connection: 'keep-alive' });

  const closing = edge.close();
  const [code] = (await once(socket, 'close')) as [number];
  expect(code).toBe(1001);
  const ready = await ask(agent, edge.url, '/ready');
  expect(ready).toMatchObject({ status: 503, connection: 'keep-alive' });
  expect(JSON.parse(ready.body)).toMatchObject({ status: 'draining' });
  for (const body of [hot, ordinary]) expect(await ask(agent, edge.url, '/graphql', body)).toMatchObject({ status: 200 });
  // A 503, which a balancer may give to another instance.
  const late = new WebSocket(`${edge.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const [error] = (await once(late, 'error')) as [Error];
  expect(error.message).toContain('503');

  await vi.waitFor(() => expect(edge.server.app.server.listening).toBe(false), 10_000);
  // On the connection that is kept, as a balancer may just be sending on it.
  expect(await ask(agent, edge.url, '/graphql', hot)).toMatchObject({ status: 200, connection: 'close' });
  await expect(ask(agent, edge.url, '/ready')).rejects.toThrow('ECONNREFUSED');
  await closing;
});

test('answers what was under way when nothing more is accepted', async () => {
  const edge = await startEdge();
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${secrets.CLIENT}`, expect: '100-continue' };
  const sent = request(`${edge.url}/graphql`, { method: 'POST', headers: { ...headers, 'content-length': hot.length } });
  sent.flushHeaders();
  await once(sent, 'continue');
  const closing = edge.close();
  await vi.waitFor(() => expect(edge.server.app.server.listening).toBe(false));
  sent.end(hot);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  response.resume();
  await closing;
});
