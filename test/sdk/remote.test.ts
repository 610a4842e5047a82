import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient, createLocalClient, type RemoteClientOptions } from '../../src/sdk/index.js';
import { equalVariants } from '../api/operations.js';
import { faultBook, memoryStorage, openShop, type Shop, until } from './shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.service.remove());

const clients: { close(): Promise<boolean> }[] = [];
afterAll(() => Promise.all(clients.map((client) => client.close())));

function open(options: Partial<RemoteClientOptions> = {}) {
  const client = createClient({ ...shop.remote, unit: { userId: 'u' }, ...options });
  clients.push(client);
  return client;
}

const nowhere = 'http://127.0.0.1:9';

describe('a client of one unit', () => {
  test('gives what the service gives, with its reason, and reads it without waiting', async () => {
    const key = await shop.running();
    const client = open();
    expect(await client.ready()).toBe('SERVICE');
    const theirs = await shop.api.done('assignment', { experimentKey: key, unit: { userId: 'u' } });
    const { exposureRecorded: _, asOf: __, ...answer } = theirs;
    expect(client.assignment(key)).toEqual(answer);
    expect(client.assignment(key)).toBe(client.assignment(key));
    expect(client.variant(key, 'nothing')).toBe(theirs.variant);
  });

  test('gives the fallback before the first answer, for an experiment that is not there, and for a variant without a payload', async () => {
    const key = await shop.running({ variants: equalVariants('control', 'green') });
    const client = open();
    expect(client.assignment(key).reason).toBe('FALLBACK');
    expect(client.variant(key, 'nothing')).toBe('nothing');
    await client.ready();
    expect(client.payload(key, 'plain')).toBe('plain');
    expect(client.variant('no-such-thing', 'nothing')).toBe('nothing');
    expect(client.assignment('no-such-thing')).toMatchObject({ reason: 'NOT_FOUND', variant: null });
    expect(client.assignment('no-such-thing')).toBe(client.assignment('no-such-thing'));
  });

  test('records an exposure once when the unit meets the variant, and none for looking', async () => {
    const [met, seen] = [await shop.running(), await shop.running()];
    const client = open({ unit: { userId: 'meets' } });
    await client.ready();
    expect(client.assignment(seen).inExperiment).toBe(true);
    for (let n = 0; n < 5; n += 1) client.variant(met, 'control');
    client.payload(met, {});
    expect(client.expose(met)).toBe(true);
    client.track('purchase');
    expect(await client.flush()).toBe(true);
    expect(await shop.counts(met)).toEqual({ exposures: 1, conversions: 1, events: 1 });
    expect(await shop.counts(seen)).toMatchObject({ exposures: 0 });
  });

  test('exposes nobody who is not in the experiment', async () => {
    const key = await shop.running({ trafficAllocation: 0 });
    const client = open();
    await client.ready();
    expect(client.variant(key, 'nothing')).toBe('control');
    expect(client.expose(key)).toBe(false);
    expect(client.assignment(key).reason).toBe('NOT_INCLUDED');
  });

  test('hears of a rollback, and keeps its variant when the weights move away from under it', async () => {
    const [key, harmful] = [await shop.running(), await shop.running()];
    const client = open({ unit: { userId: 'stays' } });
    await client.ready();
    const variant = client.variant(key, 'nothing');
    // Not flushed: the service has not heard of the exposure when the slot moves.
    const weights = ['control', 'green'].map((name) => ({ variant: name, weight: name === variant ? 0 : 1 }));
    await shop.api.done('setWeights', { key, weights }, '{ experiment { key } }');
    await shop.api.done('rollbackExperiment', { key: harmful, reason: 'harm' }, '{ experiment { key } }');
    await until(client.subscribe, () => client.assignment(harmful).reason === 'NOT_RUNNING');
    expect(client.variant(key, 'nothing')).toBe(variant);
    expect(await client.flush()).toBe(true);
    expect(await shop.counts(key)).toMatchObject({ exposures: 1 });
    const { reason } = await shop.api.done('assignment', { experimentKey: key, unit: { userId: 'stays' } });
    expect(reason).toBe('STICKY');
  });

  test('asks anew for another unit and forgets the answers to the one before', async () => {
    const key = await shop.running({ variants: equalVariants('a', 'b', 'c', 'd') });
    const client = open({ unit: { userId: 'before' } });
    await client.ready();
    const ready = client.setUnit({ userId: 'after' });
    expect(client.assignment(key)).toMatchObject({ reason: 'FALLBACK', variant: null });
    expect(await ready).toBe('SERVICE');
    expect(client.assignment(key).unitId).toBe('after');
  });

  test('keeps the id that the service gave a browser without one, over reloads', async () => {
    const key = await shop.running({ hashKey: 'deviceId' });
    const storage = memoryStorage();
    const client = open({ unit: {}, storage });
    await client.ready();
    const { unitId, variant } = client.assignment(key);
    expect(unitId).toMatch(/^[\w-]{8,64}$/);
    expect(client.unit().deviceId).toBe(unitId);
    const again = open({ unit: {}, storage });
    await again.ready();
    expect(again.assignment(key)).toMatchObject({ unitId, variant });
  });

  test('begins with what a server rendered, without a question, and lets the unit come with it', async () => {
    const key = await shop.running();
    const server = createLocalClient(shop.local);
    clients.push(server);
    await server.ready();
    const visitor = await server.visitor({ userId: 'rendered' });
    const bootstrap = JSON.parse(JSON.stringify(visitor.bootstrap()));
    const page = open({ url: nowhere, unit: undefined, bootstrap });
    expect(page.assignment(key)).toEqual(visitor.assignment(key));
    expect(await page.ready()).toBe('BOOTSTRAP');
    const other = open({ url: nowhere, unit: { userId: 'somebody else' }, bootstrap, readyTimeoutMs: 10 });
    expect(other.assignment(key).reason).toBe('FALLBACK');
    expect(await other.ready()).toBe('NONE');
  });

  test('starts without the service from what it had the last time, for the same unit', async () => {
    const key = await shop.running();
    const storage = memoryStorage();
    const client = open({ storage });
    await client.ready();
    const answer = client.assignment(key);
    await client.close();
    const away = { ...shop.remote, fetch: () => Promise.reject(new Error('no network')), readyTimeoutMs: 10 };
    const offline = open({ ...away, storage });
    expect(await offline.ready()).toBe('STORAGE');
    expect(offline.assignment(key)).toEqual(answer);
    expect(open({ ...away, storage, unit: { userId: 'another' } }).assignment(key).reason).toBe('FALLBACK');
  });

  test('never throws, whatever it is given, and tells of it', async () => {
    const book = faultBook();
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const client = open({ unit: { userId: 'u', attributes: circle }, onFault: book.onFault });
    await client.ready();
    expect(client.track('purchase', { value: Number.NaN })).toBe(false);
    expect(client.track('', {})).toBe(false);
    expect(client.track(undefined as unknown as string)).toBe(false);
    expect(client.track('purchase', { at: new Date(Number.NaN) })).toBe(false);
    expect(book.faults.map(({ code }) => code)).toEqual(Array(5).fill('INVALID_CALL'));
    const stubborn = open({
      unit: { userId: ' ' },
      readyTimeoutMs: 50,
      onFault: () => {
        throw new Error('a listener with a fault');
      },
    });
    expect(await stubborn.ready()).toBe('NONE');
    const full = {
      ...memoryStorage(),
      setItem: () => {
        throw new Error('QuotaExceededError');
      },
    };
    const crowded = open({ storage: full, onFault: book.onFault });
    expect(await crowded.ready()).toBe('SERVICE');
    expect(crowded.track('purchase')).toBe(true);
    expect(await book.next('STORAGE')).toMatchObject({ message: 'QuotaExceededError' });
  });

  test('tells of a key that is not valid, and of one that does not suffice', async () => {
    const book = faultBook();
    open({ key: 'bw_client_nonsense', onFault: book.onFault });
    expect(await book.next('UNAUTHENTICATED')).toBeDefined();
    const local = createLocalClient({ ...shop.local, key: shop.service.secrets.client, onFault: book.onFault });
    clients.push(local);
    expect(await book.next('FORBIDDEN')).toBeDefined();
    const visitor = await local.visitor({ userId: 'u' });
    expect(visitor.variant('anything', 'safe')).toBe('safe');
    expect(visitor.assignment('anything').reason).toBe('FALLBACK');
  });
});
