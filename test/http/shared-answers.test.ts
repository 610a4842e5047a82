import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { openSocket, type RawSocket } from '../api/sockets.js';
import { type Edge, openStreams, secrets, startEdge, ticks } from './edge.js';

/** What many subscribers hear of one message is made once for those who asked alike; over real sockets. */

let edge: Edge;
const sockets: RawSocket[] = [];

beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.close());

afterEach(async () => {
  for (const socket of sockets.splice(0)) await socket.close();
  await vi.waitFor(() => expect(openStreams).toEqual(new Set()));
});

interface Asked {
  readonly query?: string;
  readonly variables?: object;
  readonly operationName?: string;
  readonly secret?: string;
}

/** A subscriber with a socket of its own, by the id that its place in the order gives. */
async function subscriber({ query = 'subscription {countsUpdated {number}}', secret = secrets.READ, ...asked }: Asked = {}) {
  const socket = await openSocket(edge.url, secret);
  sockets.push(socket);
  const id = `id "${sockets.length}"`;
  const before = ticks.subscribers();
  socket.send({ id, type: 'subscribe', payload: { query, ...asked } });
  await vi.waitFor(() => expect(ticks.subscribers()).toBe(before + 1));
  return { socket, id, heard: () => socket.about(id) };
}

type Subscriber = Awaited<ReturnType<typeof subscriber>>;

async function subscribers(...asked: readonly Asked[]): Promise<Subscriber[]> {
  const list: Subscriber[] = [];
  for (const one of asked) list.push(await subscriber(one));
  return list;
}

const answersOf = async (list: readonly Subscriber[]) =>
  (await Promise.all(list.map(({ heard }) => heard()))).map(({ payload }) => payload);

test('is made once for a document that many have asked, each told under an id of its own', async () => {
  const list = await subscribers(...Array(20).fill({}));
  for (const number of [1, 2]) {
    ticks.tick(number);
    const messages = await Promise.all(list.map(({ heard }) => heard()));
    expect(messages).toEqual(list.map(({ id }) => ({ id, type: 'next', payload: { data: { countsUpdated: { number } } } })));
    expect(ticks.shown()).toBe(1);
  }
});

test('is made once for each document, operation, set of variables and kind of key', async () => {
  const two = 'subscription A {countsUpdated {number}} subscription B {countsUpdated {one: number}}';
  const withVariable = 'subscription ($of: String) {countsUpdated(of: $of) {number}}';
  const list = await subscribers(
    {},
    {},
    { query: 'subscription {countsUpdated {number scope}}' },
    { query: 'subscription {countsUpdated {number scope}}', secret: secrets.ADMIN },
    { query: two, operationName: 'A' },
    { query: two, operationName: 'B' },
    { query: two, operationName: 'B' },
    { query: withVariable, variables: { of: 'x' } },
    { query: withVariable, variables: { of: 'y' } },
    { query: withVariable, variables: { of: 'y' } },
  );
  ticks.tick(7);
  const number = 7;
  expect((await answersOf(list)).map((payload) => (payload as { data: { countsUpdated: object } }).data.countsUpdated)).toEqual([
    { number },
    { number },
    { number, scope: 'READ' },
    { number, scope: 'ADMIN' },
    { number },
    { one: number },
    { one: number },
    { number },
    { number },
    { number },
  ]);
  expect(ticks.shown()).toBe(7);
});

test('carries errors to all who share it, masked and logged once', async () => {
  const list = await subscribers(...Array(3).fill({ query: 'subscription {countsUpdated {number away broken}}' }));
  edge.logged.length = 0;
  ticks.tick(3);
  const [first, ...others] = await answersOf(list);
  expect(first).toMatchObject({
    data: { countsUpdated: { number: 3, away: null, broken: null } },
    errors: [{ extensions: { code: 'UNAVAILABLE' } }, { message: 'Internal server error.', path: ['countsUpdated', 'broken'] }],
  });
  expect(others).toEqual([first, first]);
  expect(JSON.stringify(first)).not.toContain('hunter2');
  expect(edge.logged.filter((line) => line.includes('hunter2'))).toHaveLength(1);
});

test('goes on for the others when one has had enough or is gone', async () => {
  const [one, two, three] = (await subscribers({}, {}, {})) as [Subscriber, Subscriber, Subscriber];
  one.socket.send({ id: one.id, type: 'complete' });
  two.socket.socket.terminate();
  await vi.waitFor(() => expect(ticks.subscribers()).toBe(1));
  ticks.tick(5);
  expect((await three.heard()).payload).toEqual({ data: { countsUpdated: { number: 5 } } });
  one.socket.send({ id: 'q', type: 'subscribe', payload: { query: '{viewer}' } });
  expect(await one.socket.about('q')).toMatchObject({ type: 'next' });
  await expect(Promise.race([one.heard(), one.socket.about('q')])).resolves.toMatchObject({ id: 'q', type: 'complete' });
});

test('ends for all with the stream, which tells each that it is complete', async () => {
  const list = await subscribers({}, {});
  ticks.complete();
  expect(await Promise.all(list.map(({ heard }) => heard()))).toEqual(list.map(({ id }) => ({ id, type: 'complete' })));
});

test('reaches the others at once while one does not read, who is dropped with a code that says so', async () => {
  const own = await startEdge({ socketWatch: { roundMs: 50, patienceMs: 200, pingEveryMs: 60_000 } });
  const closing = vi.spyOn(WebSocket.prototype, 'close');
  const socket = await openSocket(own.url, secrets.READ);
  const wide = Array.from({ length: 40 }, (_, i) => `a${i}${'x'.repeat(1_000)}: number`).join(' ');
  socket.send({ id: '1', type: 'subscribe', payload: { query: `subscription {countsUpdated {${wide}}}` } });
  await vi.waitFor(() => expect(ticks.subscribers()).toBe(1));
  const quick = await subscriber();
  socket.socket.pause();
  for (let number = 1; closing.mock.calls.length === 0; number += 1) {
    ticks.tick(number);
    expect((await quick.heard()).payload).toEqual({ data: { countsUpdated: { number } } });
  }
  expect(closing).toHaveBeenCalledWith(1013, 'Too slow');
  closing.mockRestore();
  socket.socket.resume();
  expect(await socket.closed()).toEqual({ code: 1013, reason: 'Too slow' });
  await own.close();
}, 30_000);

test("closes a revoked key's subscribers, and tells the others of what follows", async () => {
  const own = await startEdge();
  const socket = await openSocket(own.url, secrets.ADMIN);
  socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription {countsUpdated {number}}' } });
  await vi.waitFor(() => expect(ticks.subscribers()).toBe(1));
  const other = await subscriber();
  own.revoke(secrets.ADMIN);
  expect((await socket.closed()).code).toBe(4403);
  await vi.waitFor(() => expect(ticks.subscribers()).toBe(1));
  ticks.tick(9);
  expect((await other.heard()).payload).toEqual({ data: { countsUpdated: { number: 9 } } });
  await own.close();
});
