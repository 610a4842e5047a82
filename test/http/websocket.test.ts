import { once } from 'node:events';
import { type Client, createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { limits } from '../../src/graphql/limits.js';
import { closeCodes, socketLimits } from '../../src/http/socket-connection.js';
import { type Edge, openStreams, secrets, startEdge } from './edge.js';

let edge: Edge;
const clients: Client[] = [];

beforeAll(async () => {
  edge = await startEdge({ introspection: false });
});
afterAll(async () => {
  for (const client of clients) await client.dispose();
  await edge.close();
});

afterEach(() => vi.waitFor(() => expect(openStreams).toEqual(new Set())));

const address = ({ url } = edge) => `${url.replace('http', 'ws')}/graphql`;

function clientOf(secret: string | null): Client {
  const client = createClient({
    url: address(),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: secret ? { authorization: `Bearer ${secret}` } : {},
  });
  clients.push(client);
  return client;
}

/** All that an operation is answered with. */
async function answers(client: Client, query: string, variables: Record<string, unknown> = {}): Promise<unknown[]> {
  const found: unknown[] = [];
  await new Promise<void>((resolve) => {
    client.subscribe(
      { query, variables },
      {
        next: (answer) => found.push(answer),
        error: (errors) => {
          found.push(errors);
          resolve();
        },
        complete: resolve,
      },
    );
  });
  return found;
}

interface RawSocket {
  readonly socket: WebSocket;
  send(message: unknown): void;
  /** The next message of this type. */
  next(type: string): Promise<Record<string, unknown>>;
  closed(): Promise<{ code: number; reason: string }>;
}

/** A socket without a client's manners. */
async function rawSocket(options: ClientOptions = {}, protocol: string | null = 'graphql-transport-ws'): Promise<RawSocket> {
  const socket = new WebSocket(address(), protocol ? [protocol] : [], options);
  const messages: Record<string, unknown>[] = [];
  socket.on('message', (data) => {
    messages.push(JSON.parse(String(data)) as Record<string, unknown>);
    socket.emit('said');
  });
  const end = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  socket.on('error', () => undefined);
  await Promise.race([once(socket, 'open'), end]);
  return {
    socket,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async next(type) {
      for (;;) {
        const position = messages.findIndex((message) => message.type === type);
        const [message] = position === -1 ? [] : messages.splice(position, 1);
        if (message) return message;
        await once(socket, 'said');
      }
    },
    closed: () => end,
  };
}

async function admitted(secret = secrets.READ, options: ClientOptions = {}): Promise<RawSocket> {
  const raw = await rawSocket(options);
  raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } });
  await raw.next('connection_ack');
  return raw;
}

const alert = (id: string) => ({ id, type: 'subscribe', payload: { query: 'subscription {alertRaised}' } });

test('streams, and answers queries and mutations, with the key of connection_init', async () => {
  const client = clientOf(secrets.ADMIN);
  const stream = await answers(client, 'subscription ($n: Int) {weightsUpdated(after: $n)}', { n: 1 });
  expect(stream).toEqual([{ data: { weightsUpdated: 2 } }, { data: { weightsUpdated: 3 } }]);
  expect(await answers(client, '{viewer}')).toEqual([{ data: { viewer: 'ADMIN key' } }]);
  expect(await answers(client, 'mutation {createExperiment(name: "a")}')).toEqual([{ data: { createExperiment: 'a' } }]);
});

test("takes the key of the upgrade's header too", async () => {
  const raw = await rawSocket({ headers: { authorization: `Bearer ${secrets.READ}` } });
  raw.send({ type: 'connection_init' });
  await raw.next('connection_ack');
  raw.send({ id: '1', type: 'subscribe', payload: { query: '{viewer}' } });
  expect((await raw.next('next')).payload).toEqual({ data: { viewer: 'READ key' } });
  raw.socket.close();
});

test('asks for the same scopes as HTTP, and lets a client without a key ask who it is', async () => {
  const nobody = clientOf(null);
  expect(await answers(nobody, '{viewer}')).toEqual([{ data: { viewer: null } }]);
  expect(await answers(nobody, 'subscription {weightsUpdated}')).toMatchObject([{ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] }]);
  const browser = clientOf(secrets.CLIENT);
  expect(await answers(browser, 'subscription {weightsUpdated}')).toMatchObject([{ errors: [{ extensions: { code: 'FORBIDDEN' } }] }]);
  expect(await answers(browser, 'mutation {createExperiment}')).toMatchObject([{ errors: [{ extensions: { code: 'FORBIDDEN' } }] }]);
});

test('answers a bad document with an error, and the socket lives on', async () => {
  const client = clientOf(secrets.ADMIN);
  const code = async (query: string, variables = {}) => {
    const [answer] = (await answers(client, query, variables)) as [
      readonly { extensions: { code: string } }[] | { errors: readonly { extensions: { code: string } }[] },
    ];
    return ('errors' in answer ? answer.errors : answer)[0]?.extensions.code;
  };
  const steady = client.iterate({ query: 'subscription {alertRaised}' });
  expect(await code('{')).toBe('GRAPHQL_PARSE_FAILED');
  expect(await code('{nothing}')).toBe('GRAPHQL_VALIDATION_FAILED');
  expect(await code('{__schema {queryType {name}}}')).toBe('GRAPHQL_VALIDATION_FAILED');
  expect(await code(`{${Array.from({ length: limits.rootFields + 1 }, (_, i) => `a${i}: viewer`).join(' ')}}`)).toBe('QUERY_TOO_COMPLEX');
  expect(await code(`{${'viewer '.repeat(2_000)}}`)).toBe('QUERY_TOO_COMPLEX');
  expect(await code('subscription ($n: Int) {weightsUpdated(after: $n)}', { n: 'x' })).toBe('BAD_USER_INPUT');
  expect(await code('{broken}')).toBe('INTERNAL_SERVER_ERROR');
  expect(await code('{away}')).toBe('UNAVAILABLE');
  expect(await answers(client, '{viewer}')).toEqual([{ data: { viewer: 'ADMIN key' } }]);
  await steady.return?.();
});

test('ends a stream when its client has had enough, and all of them when the socket goes', async () => {
  const raw = await admitted();
  raw.send(alert('1'));
  raw.send(alert('2'));
  await vi.waitFor(() => expect(openStreams.size).toBe(2));
  raw.send({ id: '1', type: 'complete' });
  await vi.waitFor(() => expect(openStreams.size).toBe(1));
  raw.socket.terminate();
});

test.each([
  ['a key that is not valid', { type: 'connection_init', payload: { authorization: 'Bearer nobody' } }, 4403],
  ['an operation before the handshake', alert('1'), 4401],
  ['text that is no message', 'hello', 4400],
  ['a message of no known kind', { type: 'shout' }, 4400],
  ['a message that is too large', { type: 'ping', payload: { x: 'x'.repeat(socketLimits.messageBytes) } }, 1009],
])('closes for %s', async (_, message, code) => {
  const raw = await rawSocket();
  raw.send(message);
  expect((await raw.closed()).code).toBe(code);
});

test('closes for a second handshake, an id in use, and too many messages', async () => {
  const twice = await admitted();
  twice.send({ type: 'connection_init' });
  expect((await twice.closed()).code).toBe(4429);
  const same = await admitted();
  same.send(alert('1'));
  same.send(alert('1'));
  expect((await same.closed()).code).toBe(4409);
  const hasty = await admitted();
  for (let i = 0; i < 2 * socketLimits.messagesPerSecond; i += 1) hasty.send({ type: 'ping' });
  expect((await hasty.closed()).code).toBe(closeCodes.tooMany);
});

test('holds 50 subscriptions on a socket and closes at the next', async () => {
  const raw = await admitted();
  for (let i = 0; i < socketLimits.subscriptions; i += 1) raw.send(alert(String(i)));
  await vi.waitFor(() => expect(openStreams.size).toBe(socketLimits.subscriptions));
  raw.send({ id: 'q', type: 'subscribe', payload: { query: '{viewer}' } });
  await raw.next('next');
  raw.send(alert('one more'));
  expect((await raw.closed()).code).toBe(4429);
});

test('speaks graphql-transport-ws alone', async () => {
  expect((await (await rawSocket({}, null)).closed()).code).toBe(4406);
});

test.each([
  ['/elsewhere', {}, 404],
  ['/graphql', { origin: 'https://evil.example' }, 403],
])('refuses the upgrade of %s from %j with %i', async (path, headers, status) => {
  const socket = new WebSocket(address().replace('/graphql', path), 'graphql-transport-ws', { headers });
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  expect(response.statusCode).toBe(status);
});

test("closes a revoked key's sockets, and no others", async () => {
  const revoked = await admitted(secrets.CLIENT);
  const other = await admitted();
  edge.revoke(secrets.CLIENT);
  expect(await revoked.closed()).toEqual({ code: 4403, reason: 'Forbidden' });
  other.send({ type: 'ping' });
  await other.next('pong');
  other.socket.close();
});

test('keeps sockets open while nobody can tell whether keys are valid, and lets no new one in', async () => {
  const kept = await admitted();
  edge.takeStoreAway(true);
  const late = await rawSocket();
  late.send({ type: 'connection_init', payload: { authorization: `Bearer ${secrets.READ}` } });
  expect((await late.closed()).code).toBe(closeCodes.tryAgainLater);
  kept.send({ type: 'ping' });
  await kept.next('pong');
  edge.takeStoreAway(false);
  kept.socket.close();
});

test('drops a client that does not read, and holds little for it', async () => {
  const raw = await admitted();
  raw.send({ id: '1', type: 'subscribe', payload: { query: 'subscription {resultsUpdated(bytes: 20000)}' } });
  await raw.next('next');
  const before = process.memoryUsage().arrayBuffers;
  raw.socket.pause();
  await vi.waitFor(() => expect(openStreams.has('results')).toBe(false), { timeout: 10_000 });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64_000_000);
  raw.socket.terminate();
}, 15_000);

test('drops a client that answers no ping', async () => {
  const raw = await admitted(secrets.READ, { autoPong: false });
  expect((await raw.closed()).code).toBe(1006);
});

test('says that it goes away', async () => {
  const other = await startEdge();
  const socket = new WebSocket(address(other), 'graphql-transport-ws');
  await once(socket, 'open');
  const gone = once(socket, 'close');
  await other.close();
  expect((await gone)[0]).toBe(1001);
});
