import type { AddressInfo } from 'node:net';
import type { Client } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createConnectionStore } from '../../src/dashboard/api/connection.js';
import { createLasting } from '../../src/dashboard/api/lasting.js';
import { createSocket } from '../../src/dashboard/api/socket.js';

/** The socket of the dashboard against a server that closes it as ours does when it has a fault, or the client does too much. */

interface Message {
  readonly id: string;
  readonly type: string;
}

// As much of a browser as the socket looks at.
beforeAll(() => void vi.stubGlobal('window', new EventTarget()).stubGlobal('WebSocket', WebSocket));
afterAll(() => void vi.unstubAllGlobals());

afterEach(() => void vi.useRealTimers());

/** Closes the first sockets with these codes as soon as something is subscribed to; answers on those that follow. */
async function startServer(codes: readonly number[]) {
  const server = new WebSocketServer({ port: 0, handleProtocols: () => 'graphql-transport-ws' });
  await new Promise((resolve) => server.once('listening', resolve));
  const left = [...codes];
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { id, type } = JSON.parse(String(data)) as Message;
      if (type === 'connection_init') socket.send(JSON.stringify({ type: 'connection_ack' }));
      if (type !== 'subscribe') return;
      const code = left.shift();
      if (code === undefined) socket.send(JSON.stringify({ id, type: 'next', payload: { data: { at: 'now' } } }));
      else socket.close(code, 'as told');
    });
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    left: () => left.length,
    close: () => {
      for (const socket of server.clients) socket.terminate();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

test.each([[[4500]], [[4429]], [[1013, 4500]]])('comes back after the service closed it with %j, and says so meanwhile', async (codes) => {
  const server = await startServer(codes);
  const connection = createConnectionStore({ now: Date.now });
  const states: string[] = [];
  connection.subscribe(() => states.push(connection.get().state));
  const socket = createSocket({ url: server.url, key: 'k', connection, onRefused: () => states.push('refused') });
  const data = await new Promise((resolve, reject) => {
    socket.subscribe({ query: 'subscription { at }' }, { next: (message) => resolve(message.data), error: reject, complete: () => {} });
  });
  expect(data).toEqual({ at: 'now' });
  expect(server.left()).toBe(0);
  expect(states).toEqual(['connecting', 'live', ...codes.flatMap(() => ['reconnecting', 'live'])]);
  socket.close();
  await server.close();
});

test('does not come back with a key that is refused', async () => {
  const server = await startServer([4403]);
  const connection = createConnectionStore({ now: Date.now });
  let isRefused = false;
  const socket = createSocket({
    url: server.url,
    key: 'k',
    connection,
    onRefused: () => {
      isRefused = true;
    },
  });
  const failed = new Promise((resolve) => {
    socket.subscribe({ query: 'subscription { at }' }, { next: () => {}, error: resolve, complete: () => {} });
  });
  expect(await failed).toMatchObject({ code: 4403 });
  expect(isRefused).toBe(true);
  socket.close();
  await server.close();
});

test('is waited for ever longer, from the start again once a message came, and no more when the stream is ended', async () => {
  vi.useFakeTimers();
  const begun: number[] = [];
  let sink: Parameters<Pick<Client, 'subscribe'>['subscribe']>[1] | undefined;
  const client = {
    subscribe: (_: unknown, given: typeof sink) => {
      begun.push(Date.now());
      sink = given;
      return () => {};
    },
  } as unknown as Pick<Client, 'subscribe'>;
  const end = createLasting({ client, finalCode: 4403 })(
    { query: 'subscription { at }' },
    { next: () => {}, error: () => {}, complete: () => {} },
  );
  const lose = async () => {
    sink?.error({ code: 4500, reason: '' });
    await vi.advanceTimersByTimeAsync(30_000);
  };
  for (let time = 0; time < 7; time += 1) {
    const lostAt = Date.now();
    await lose();
    const waited = (begun.at(-1) ?? 0) - lostAt;
    const most = Math.min(30_000, 1_000 * 2 ** time);
    expect(waited).toBeGreaterThanOrEqual(most / 2);
    expect(waited).toBeLessThanOrEqual(most);
  }
  sink?.next({ data: {} });
  const lostAt = Date.now();
  await lose();
  expect((begun.at(-1) ?? 0) - lostAt).toBeLessThanOrEqual(1_000);
  const tries = begun.length;
  sink?.error({ code: 4500, reason: '' });
  end();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(begun.length).toBe(tries);
});
