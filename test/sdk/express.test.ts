import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BellwetherOptions, bellwether, fastifyBellwether, type WithBellwether } from '../../src/sdk/express/index.js';
import { createLocalClient, type LocalClient } from '../../src/sdk/index.js';
import { openShop, type Shop } from './shop.js';

let shop: Shop;
let client: LocalClient;
/** Experiments that hash users, and devices. */
let byUser: string;
let byDevice: string;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  shop = await openShop();
  byUser = await shop.running({ metrics: { primary: { key: 'latency', type: 'CONTINUOUS' } } });
  byDevice = await shop.running({ hashKey: 'deviceId' });
  client = createLocalClient(shop.local);
  await client.ready();
});
afterAll(async () => {
  for (const close of closers) await close();
  await client.close();
  await shop.service.remove();
});

type Options = Partial<BellwetherOptions<{ headers: Record<string, string | string[] | undefined> }>>;
const withClient = (options: Options) => ({ client, experimentKeys: [byUser, byDevice], ...options });

/** What the handlers of all frameworks answer. */
function answer({ bellwether }: WithBellwether, emit: string | undefined) {
  const emitted = emit === undefined ? null : bellwether.emit(emit, 250);
  return { unit: bellwether.unit, user: bellwether.variant(byUser, 'none'), device: bellwether.variant(byDevice, 'none'), emitted };
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const frameworks: Readonly<Record<string, (options: Options) => Promise<string>>> = {
  'Express 5': (options) => {
    const app = express();
    app.use((_, response, next) => {
      response.cookie('theirs', '1');
      next();
    });
    app.use(bellwether(withClient(options)));
    app.get('/', (request, response) => void response.json(answer(request, request.query.emit as string | undefined)));
    return listen(app);
  },
  'Fastify 5': async (options) => {
    const app = fastify();
    app.addHook('onRequest', async (_, reply) => void reply.header('set-cookie', 'theirs=1; Path=/'));
    await app.register(fastifyBellwether(withClient(options)));
    app.get<{ Querystring: { emit?: string } }>('/', async (request) => answer(request as never, request.query.emit));
    closers.push(() => app.close());
    return app.listen({ port: 0, host: '127.0.0.1' });
  },
  'Node alone': (options) => {
    const middleware = bellwether(withClient(options));
    return listen((request, response) => {
      response.setHeader('set-cookie', 'theirs=1; Path=/');
      middleware(request, response, () => {
        const emit = new URL(request.url ?? '', 'http://any').searchParams.get('emit') ?? undefined;
        response.setHeader('content-type', 'application/json').end(JSON.stringify(answer(request as never, emit)));
      });
    });
  },
};

async function get(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers: { 'user-agent': 'Firefox', ...headers } });
  return { status: response.status, headers: response.headers, cookies: response.headers.getSetCookie(), body: await response.json() };
}

describe.each(Object.entries(frameworks))('%s', (_, open) => {
  test('gives a browser an id once, in the cookie of the service, and keeps cookies of others', async () => {
    const url = await open({});
    const first = await get(url);
    const [theirs, ours, ...rest] = first.cookies;
    expect(theirs).toMatch(/^theirs=1; Path=\//);
    expect(ours).toMatch(/^bw_device=[0-9a-f]{32}; Max-Age=7776000; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    expect(rest).toEqual([]);
    expect(first.headers.get('cache-control')).toBe('private, no-store');
    const deviceId = ours?.match(/=(\w+)/)?.[1];
    const { variant } = await shop.api.done('assignment', { experimentKey: byDevice, unit: { deviceId } });
    expect(first.body).toMatchObject({ device: variant, unit: { deviceId } });
    const second = await get(url, { cookie: `bw_device=${deviceId}` });
    expect(second.body).toEqual(first.body);
    expect(second.cookies).toEqual([theirs]);
    expect(second.headers.get('cache-control')).toBeNull();
    const spoilt = await get(url, { cookie: `bw_device=${'x'.repeat(300)}` });
    expect(spoilt.body.unit.deviceId).toHaveLength(32);
  });

  test('says the variant of the experiment that the request names, as the service has it, whatever variant is claimed', async () => {
    const url = await open({ experimentKey: byDevice });
    const headers = { 'x-user-id': 'ann', 'x-experiment-id': byUser, 'x-variant': 'no-such-variant' };
    const { variant } = await shop.api.done('assignment', { experimentKey: byUser, unit: { userId: 'ann' } });
    const answered = await get(url, headers);
    expect(answered.headers.get('x-variant')).toBe(variant);
    expect(answered.body).toMatchObject({ user: variant, unit: { userId: 'ann', attributes: { userAgent: 'Firefox' } } });
    const unnamed = await get(url, { 'x-user-id': 'ann' });
    expect(unnamed.headers.get('x-variant')).toBe(unnamed.body.device);
    expect((await get(url, { 'x-experiment-id': 'unheard-of' })).headers.get('x-variant')).toBeNull();
  });

  test('believes the session before the headers', async () => {
    const url = await open({ unit: async ({ headers }) => (headers['x-session'] === 'none' ? null : { userId: 'known' }) });
    expect((await get(url, { 'x-user-id': 'somebody' })).body.unit.userId).toBe('known');
    const guest = await get(await open({ unit: () => ({}) }), { 'x-user-id': 'somebody', 'user-agent': 'x'.repeat(5_000) });
    expect(guest.body.unit).toMatchObject({ deviceId: expect.any(String), attributes: { userAgent: 'x'.repeat(512) } });
    expect(guest.body).toMatchObject({ user: 'control' });
    expect(guest.body.unit.userId).toBeUndefined();
    const nobody = await get(`${url}/?emit=latency`, { 'x-user-id': 'somebody', 'x-session': 'none' });
    expect(nobody.body).toEqual({ unit: null, user: 'control', device: 'control', emitted: false });
    expect(nobody.cookies.filter((cookie) => cookie.startsWith('bw_device'))).toEqual([]);
  });
});

test('counts what a request did once, for the experiment that its headers name or for all, and nothing without a unit', async () => {
  const metrics = { primary: { key: 'rows', type: 'CONTINUOUS' } };
  const [named, other] = [await shop.running({ metrics }), await shop.running({ metrics })];
  const own = createLocalClient(shop.local);
  await own.ready();
  const app = express();
  app.use(bellwether({ client: own, experimentKeys: [named, other] }));
  app.get('/', (request, response) => {
    for (const key of [named, other]) request.bellwether.variant(key, 'none');
    response.json(request.bellwether.emit('rows', 3));
  });
  const url = await listen(app);
  const context = { 'x-user-id': 'ann', 'x-experiment-id': named, 'x-variant': 'control' };
  expect((await get(url, context)).body).toBe(true);
  expect((await get(url, { 'x-user-id': 'bob' })).body).toBe(true);
  expect((await get(url)).body).toBe(false);
  expect((await get(url, { 'x-user-id': 'x'.repeat(300) })).body).toBe(false);
  expect(await own.close()).toBe(true);
  expect(await shop.counts(named)).toEqual({ exposures: 2, conversions: 2, events: 2 });
  expect(await shop.counts(other)).toEqual({ exposures: 2, conversions: 1, events: 1 });
});

test('hands what a session throws to the error handler', async () => {
  const app = express();
  app.use(
    bellwether({
      client,
      unit: () => {
        throw new Error('the session store is away');
      },
    }),
  );
  app.use(((error: Error, _: unknown, response: { status(code: number): { json(body: unknown): void } }, __: unknown) => {
    response.status(500).json(error.message);
  }) as never);
  expect(await get(await listen(app))).toMatchObject({ status: 500, body: 'the session store is away' });
});
