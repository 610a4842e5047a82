import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient, createLocalClient, type RemoteClientOptions } from '../../src/sdk/index.js';
import { createInstances, type Instance } from '../faults/process.js';
import { createRandom, seed } from '../faults/random.js';
import { compareWithOracle } from '../setup/oracle.js';
import { makeDataFolder } from '../setup/stores.js';
import { startFaultProxy } from './fault-proxy.js';
import { faultBook, memoryStorage, openShop, type Shop } from './shop.js';

const { startInstance, killAll } = createInstances();

/** What was accepted is counted once: over lost answers, killed servers, reloads, and pages that go. */

let shop: Shop;
let pool: pg.Pool;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  console.log(`seed ${seed}`);
  shop = await openShop();
  pool = new pg.Pool({ connectionString: shop.service.env.DATABASE_URL, max: 2 });
});
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  await killAll();
  await pool.end();
  await shop.service.remove();
});

function open(options: Partial<RemoteClientOptions> = {}) {
  const client = createClient({ ...shop.remote, unit: { userId: 'u' }, ...options });
  closing.push(() => client.close());
  return client;
}

async function storedIds(table: 'raw_event' | 'raw_exposure'): Promise<string[]> {
  return (await pool.query(`select event_id from ${table}`)).rows.map(({ event_id: id }) => id);
}

const portOf = (url: string) => Number(new URL(url).port);

describe('events', () => {
  test('are each counted once while answers are lost and the server is killed', { timeout: 120_000 }, async () => {
    const random = createRandom('sdk events');
    const key = await shop.running();
    const start = () => startInstance({ ...shop.service.env, BELLWETHER_ROLE: 'api', BELLWETHER_DATA_DIR: makeDataFolder(), PORT: '0' });
    let instance: Instance = await start();
    const proxy = await startFaultProxy(() => portOf(instance.url));
    closing.push(proxy.close);
    const clients = Array.from({ length: 20 }, (_, n) =>
      open({ url: proxy.url, unit: { userId: `shopper-${n}` }, closeTimeoutMs: 60_000 }),
    );
    await Promise.all(clients.map((client) => client.ready()));
    let accepted = 0;
    const faults = ['drop-replies', 'kill', 'refuse', 'drop-replies', 'kill'] as const;
    for (const fault of faults) {
      for (const client of clients) {
        client.variant(key, 'control');
        for (let n = 0; n < 10 + random.below(20); n += 1) if (client.track('purchase')) accepted += 1;
      }
      const before = proxy.dropped();
      if (fault === 'kill') setTimeout(() => void instance.kill(), random.below(10));
      else proxy.become(fault);
      await Promise.all(clients.map((client) => client.flush()));
      if (fault === 'drop-replies') expect(proxy.dropped()).toBeGreaterThan(before);
      if (fault === 'kill') {
        await instance.kill();
        instance = await start();
      }
      proxy.become('pass');
    }
    expect(await Promise.all(clients.map((client) => client.close()))).toEqual(clients.map(() => true));
    const ids = await storedIds('raw_event');
    expect(ids.length).toBe(accepted);
    expect(new Set(ids).size).toBe(accepted);
    expect(await shop.counts(key)).toEqual({ exposures: clients.length, conversions: clients.length, events: accepted });
    const { live, oracle } = await compareWithOracle(pool);
    expect(live).toEqual(oracle);
  });

  test('wait over a reload for a service that is away, with the ids they have', async () => {
    const key = await shop.running();
    const storage = memoryStorage();
    let isAway = false;
    const bodies: string[] = [];
    const cut: typeof fetch = (url, init) => {
      if (String(init?.body).includes('trackEvents')) bodies.push(String(init?.body));
      return isAway ? Promise.reject(new Error('no network')) : fetch(url, init);
    };
    const before = open({ storage, unit: { userId: 'reloads' }, fetch: cut as never, closeTimeoutMs: 10 });
    await before.ready();
    isAway = true;
    before.variant(key, 'control');
    expect(before.track('purchase')).toBe(true);
    expect(await before.flush()).toBe(false);
    expect(await before.close()).toBe(false);
    expect(before.track('purchase')).toBe(false);
    isAway = false;
    const after = open({ storage, unit: { userId: 'reloads' } });
    expect(await after.flush()).toBe(true);
    expect(await shop.counts(key)).toEqual({ exposures: 1, conversions: 1, events: 1 });
    const [sent] = bodies.map((body) => JSON.parse(body).variables.input.events[0].eventId);
    expect(await storedIds('raw_event')).toContain(sent);
    const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i));
    expect(keys.filter((each) => each?.includes(':event:'))).toEqual([]);
  });

  test('are sent when a hundred wait, before their five seconds are over', async () => {
    const key = await shop.running();
    const requests: number[] = [];
    let sent = () => {};
    const full = new Promise<void>((resolve) => {
      sent = resolve;
    });
    const counted: typeof fetch = async (url, init) => {
      const response = await fetch(url, init);
      const { input } = JSON.parse(String(init?.body)).variables;
      if (input) {
        requests.push(input.events.length + input.exposures.length);
        sent();
      }
      return response;
    };
    const client = open({ unit: { userId: 'busy' }, fetch: counted as never });
    await client.ready();
    client.variant(key, 'control');
    for (let n = 0; n < 99; n += 1) client.track('purchase');
    await full;
    expect(requests).toEqual([100]);
  });

  test('leave with a page that goes, those that are on their way too', async () => {
    const key = await shop.running();
    const page = new EventTarget() as EventTarget & { visibilityState: string };
    page.visibilityState = 'visible';
    Object.assign(globalThis, { document: page });
    try {
      const keptAlive: Promise<Response>[] = [];
      const hanging: typeof fetch = (url, init) => {
        if (!String(init?.body).includes('trackEvents')) return fetch(url, init);
        // A request of a page that goes is lost, but for those that may outlive it.
        if (!init?.keepalive) return new Promise(() => {});
        const going = fetch(url, init);
        keptAlive.push(going);
        return going;
      };
      const client = open({ unit: { userId: 'leaves' }, storage: null, fetch: hanging as never, closeTimeoutMs: 10 });
      await client.ready();
      client.variant(key, 'control');
      void client.flush();
      client.track('purchase');
      page.visibilityState = 'hidden';
      page.dispatchEvent(new Event('visibilitychange'));
      await Promise.all(keptAlive);
      expect(keptAlive.length).toBe(1);
      expect(await shop.counts(key)).toEqual({ exposures: 1, conversions: 1, events: 1 });
    } finally {
      Reflect.deleteProperty(globalThis, 'document');
    }
  });

  test('go as soon as a browser says that the network is back, until the client is closed', async () => {
    const key = await shop.running();
    const browser = new EventTarget();
    const { addEventListener, removeEventListener } = browser;
    const listeners = { add: 0, removed: 0 };
    Object.assign(globalThis, {
      addEventListener: (type: string, listener: () => void) => {
        listeners.add += 1;
        addEventListener.call(browser, type, listener);
      },
      removeEventListener: (type: string, listener: () => void) => {
        listeners.removed += 1;
        removeEventListener.call(browser, type, listener);
      },
    });
    try {
      let isAway = true;
      let arrived = () => {};
      const arrival = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const cut: typeof fetch = async (url, init) => {
        if (!String(init?.body).includes('trackEvents')) return fetch(url, init);
        if (isAway) throw new Error('no network');
        const response = await fetch(url, init);
        arrived();
        return response;
      };
      const client = open({ unit: { userId: 'tunnel' }, fetch: cut as never });
      await client.ready();
      client.variant(key, 'control');
      // Each failure doubles the wait: the next try of its own is half a minute off.
      for (let tries = 0; tries < 7; tries += 1) expect(await client.flush()).toBe(false);
      isAway = false;
      browser.dispatchEvent(new Event('online'));
      await arrival;
      expect(await client.close()).toBe(true);
      expect(await shop.counts(key)).toMatchObject({ exposures: 1 });
      expect(listeners).toEqual({ add: 1, removed: 1 });
    } finally {
      for (const name of ['addEventListener', 'removeEventListener']) Reflect.deleteProperty(globalThis, name);
    }
  });

  test('that the service refuses are told and given up, and do not hold up the others', async () => {
    const key = await shop.running();
    const book = faultBook();
    const client = open({ unit: { userId: 'odd' }, onFault: book.onFault });
    await client.ready();
    client.variant(key, 'control');
    client.track('no-such-metric');
    // What is no request of GraphQL is refused as a whole.
    client.track('purchase', { experimentKey: { odd: true } as unknown as string });
    client.track('purchase', { value: 2 });
    expect(await client.flush()).toBe(true);
    expect(book.faults.map(({ code }) => code).sort()).toEqual(['BAD_USER_INPUT', 'UNKNOWN_METRIC']);
    expect(await shop.counts(key)).toEqual({ exposures: 1, conversions: 1, events: 1 });
  });

  test('that the service fails at wait apart, do not hold up the others, and are counted once it is mended', async () => {
    const key = await shop.running();
    const book = faultBook();
    let stored = () => {};
    const mended = new Promise<void>((resolve) => {
      stored = resolve;
    });
    const noticing: typeof fetch = async (url, init) => {
      const response = await fetch(url, init);
      const { exposures = [] } = JSON.parse(String(init?.body)).variables?.input ?? {};
      const isThere = exposures.some(({ unit }: { unit: { userId: string } }) => unit.userId === 'poison');
      if (isThere && !(await response.clone().json()).errors) stored();
      return response;
    };
    const client = createLocalClient({ ...shop.local, onFault: book.onFault, fetch: noticing as never });
    closing.push(() => client.close());
    await client.ready();
    await pool.query("alter table unit_exposure add constraint sound check (unit_id <> 'poison')");
    try {
      for (const userId of ['first', 'poison', 'last']) {
        const visitor = await client.visitor({ userId });
        visitor.variant(key, 'control');
        visitor.track('purchase');
      }
      expect(await client.flush()).toBe(false);
      expect(book.faults).toMatchObject([{ code: 'INTERNAL_SERVER_ERROR' }]);
      const { rows } = await pool.query("select unit_id from unit_exposure where unit_id in ('first', 'poison', 'last') order by 1");
      expect(rows).toEqual([{ unit_id: 'first' }, { unit_id: 'last' }]);
    } finally {
      await pool.query('alter table unit_exposure drop constraint sound');
    }
    await mended;
    expect(await shop.counts(key)).toEqual({ exposures: 3, conversions: 3, events: 3 });
    expect(await client.close()).toBe(true);
  });

  test('of a clock that runs ahead come with the time put right', async () => {
    const key = await shop.running();
    const book = faultBook();
    const rightNow = Date.now;
    Date.now = () => rightNow() + 3_600_000;
    const client = open({ unit: { userId: 'early' }, onFault: book.onFault });
    Date.now = rightNow;
    await client.ready();
    client.variant(key, 'control');
    client.track('purchase');
    expect(await client.flush()).toBe(true);
    expect(book.faults).toEqual([]);
    expect(await shop.counts(key)).toEqual({ exposures: 1, conversions: 1, events: 1 });
    // A time that is wrong in itself cannot be put right.
    client.track('purchase', { at: new Date(Date.now() + 86_400_000) });
    expect(await client.flush()).toBe(true);
    expect(book.faults).toMatchObject([{ code: 'IN_FUTURE' }]);
  });
});
