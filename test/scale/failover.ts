import pg from 'pg';
import { expect } from 'vitest';
import { createAnnouncements } from '../../src/redis/announcements.js';
import { createRedisConnections } from '../../src/redis/connections.js';
import type { Announcement } from '../../src/services/ports.js';
import { createNotebook, experimentKeys, makeBatches, makeItems, unitOf } from '../faults/load.js';
import { abTest, assignment, createExperiment, startExperiment, trackEvents } from '../faults/operations.js';
import { createRandom } from '../faults/random.js';
import { createTestLog, ready } from '../redis/clients.js';
import { compareWithOracle } from '../setup/oracle.js';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';
import { makeDataFolder } from '../setup/stores.js';

const intervalSeconds = 5;

/** Announces at one client until another hears it: how messages flow, from the first to the last server. */
export async function flows(url: string): Promise<void> {
  const log = createTestLog();
  const [from, to] = [0, 1].map(() => createRedisConnections({ cacheUrl: url, queueUrl: url, log }));
  if (!from || !to) throw new Error('There are two.');
  const heard: Announcement[] = [];
  const [speaker, listener] = [from, to].map(({ hot, subscriber }) => createAnnouncements({ publisher: hot, subscriber, log }));
  listener?.subscribe((said) => void heard.push(said));
  await expect
    .poll(
      () => {
        speaker?.announce({ kind: 'alert', sequence: 1 });
        return heard.length;
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThan(0);
  await Promise.all([from.close(), to.close()]);
}

/**
 * Clients that are there all the time, some of them listening alone, do not stay with a primary that hangs.
 *
 * @param key that it holds
 * @param freezeAndReplace freezes it and resolves when another has taken its place
 */
export async function leaveBehind(url: string, key: string, freezeAndReplace: () => Promise<void>): Promise<void> {
  const log = createTestLog();
  const open = () => createRedisConnections({ cacheUrl: url, queueUrl: url, log });
  const speaker = open();
  const queue = speaker.openQueueClient();
  await Promise.all([speaker.hot, queue].map(ready));
  const announcements = createAnnouncements({ publisher: speaker.hot, subscriber: speaker.subscriber, log });
  const listeners = Array.from({ length: 5 }, open);
  const heard = listeners.map(() => 0);
  for (const [i, { hot, subscriber }] of listeners.entries()) {
    createAnnouncements({ publisher: hot, subscriber, log }).subscribe(({ kind }) => {
      if (kind === 'alert') heard[i] = (heard[i] ?? 0) + 1;
    });
  }
  const allHear = () =>
    expect
      .poll(
        () => {
          announcements.announce({ kind: 'alert', sequence: 1 });
          return Math.min(...heard);
        },
        { timeout: 40_000 },
      )
      .toBeGreaterThan(0);
  await allHear();
  await queue.set(key, 'before');
  await freezeAndReplace();
  heard.fill(0);
  const sent = queue.set(key, 'after');
  await allHear();
  await expect.poll(() => speaker.hot.set(key, 'soon after').catch(() => null), { timeout: 40_000 }).toBe('OK');
  expect(await sent).toBe('OK');
  await Promise.all([speaker, ...listeners].map(({ close }) => close()));
}

async function prepare(service: RunningService): Promise<void> {
  const metrics = { primary: { key: 'purchase', type: 'CONVERSION' }, secondary: [{ key: 'clicks', type: 'COUNT', cap: 3 }] };
  const designs = {
    fixed: {},
    bandit: { design: 'BANDIT', bandit: { intervalSeconds, minUnitsPerArm: 5, burnInSeconds: 0 } },
    tenants: { hashKey: 'tenantId', design: 'CLUSTER' },
  };
  for (const key of experimentKeys) {
    await service.ask(createExperiment, { input: abTest(key, { metrics, ...designs[key] }) });
    await service.ask(startExperiment, { key });
  }
}

/**
 * Two instances over one Redis, under load, whose primary is killed and replaced: every request is answered, what was acknowledged is counted once,
 * ticks go on, and announcements arrive at those that were there all the time.
 *
 * @param killAndReplace kills the primary of the queue and resolves when another has taken its place
 */
export async function serveThrough(url: string, killAndReplace: () => Promise<void>): Promise<void> {
  const random = createRandom('failover');
  const notebook = createNotebook();
  const env = await makeEnvironment({ REDIS_URL: url });
  const services = [await startService(env), await startService({ ...env, BELLWETHER_DATA_DIR: makeDataFolder() })] as const;
  const pool = new pg.Pool({ connectionString: env.DATABASE_URL, max: 2 });
  const log = createTestLog();
  const watcher = createRedisConnections({ cacheUrl: url, queueUrl: url, log });
  const heard: Announcement[] = [];
  createAnnouncements({ publisher: watcher.hot, subscriber: watcher.subscriber, log }).subscribe((said) => void heard.push(said));
  try {
    await prepare(services[0]);
    const ticks = async (): Promise<number> => {
      const { rows } = await pool.query<{ at: Date }>("select at from tick where kind = 'bandit'");
      return rows[0]?.at.getTime() ?? 0;
    };
    await expect.poll(ticks, { timeout: 30_000 }).toBeGreaterThan(0);

    let isReplaced = false;
    let asked = 0;
    const work = async (prefix: string) => {
      const variants = new Map<string, string>();
      for (const key of experimentKeys) {
        for (let n = 0; n < 10; n += 1) {
          const service = services[n % 2] as RunningService;
          const { assignment: given } = await service.ask(assignment, { key, unit: unitOf(n) }, 'client');
          variants.set(`${key} u${n}`, given.variant);
          asked += 1;
        }
      }
      const served = (key: string, { userId }: { readonly userId: string }) => variants.get(`${key} ${userId}`) ?? 'a';
      for (const batch of makeBatches(random, makeItems(random, { count: 100, prefix, until: new Date(), served }))) {
        // Twice: as a client does that has not seen the first answer.
        for (const service of batch.twice ? services : [services[batch.first]]) {
          notebook.note((await service.ask(trackEvents, { input: batch.input }, 'client')).trackEvents);
        }
      }
    };
    await work('before');
    const replacing = killAndReplace().finally(() => {
      isReplaced = true;
    });
    for (let round = 0; !isReplaced; round += 1) await work(`meanwhile ${round}`);
    await replacing;
    const replacedAt = Date.now();
    await work('after');

    // At the latest once the schedulers have been compared with what is overdue: a replica may lack the job that was made last.
    await expect.poll(ticks, { timeout: 90_000 }).toBeGreaterThan(replacedAt);
    heard.splice(0);
    const weights = async (share: number) =>
      services[1].ask(
        'mutation ($weights: [VariantWeightInput!]!) { setWeights(key: "fixed", weights: $weights) { experiment { key } } }',
        {
          weights: [
            { variant: 'a', weight: 1 - share },
            { variant: 'b', weight: share },
          ],
        },
      );
    await expect
      .poll(
        async () => {
          await weights(0.3 + 0.4 * random.next());
          return heard.some(({ kind }) => kind === 'experiment');
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBe(true);

    expect(notebook.acceptedTwice()).toEqual([]);
    expect(notebook.refusals.has('UNAVAILABLE')).toBe(false);
    const { rows } = await pool.query<{ event_id: string }>('select event_id from event_ledger');
    expect(new Set(rows.map((row) => row.event_id))).toEqual(notebook.acknowledged);
    const { live, oracle } = await compareWithOracle(pool);
    expect(live).toEqual(oracle);
    console.log(`${asked} assignments and ${notebook.acknowledged.size} events through a failover`);
  } finally {
    await watcher.close();
    await pool.end();
    for (const service of services) await service.remove();
  }
}
