import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort } from '../../src/embedded/ports.js';
import { makeBatches, makeItems, unitOf, userCount } from '../faults/load.js';
import { abTest, assignment, createExperiment, setWeights, shareOfB, startExperiment } from '../faults/operations.js';
import { createRandom, seed } from '../faults/random.js';
import { type Launched, launchService } from '../process/launched.js';
import { compareWithOracle } from '../setup/oracle.js';
import { makeEnvironment } from '../setup/service.js';
import { makeDataFolder } from '../setup/stores.js';
import { nginx, type RunningNginx, startNginx } from './nginx.js';
import { askUntilAnswered, type Retry, startFollower, startVisitors } from './rolling-load.js';
import { createClientOf } from './through-nginx.js';

/** Two instances behind nginx are replaced one after the other, twice, while visitors and dashboards go on. */

const random = createRandom('rolling restart');
const experimentKeys = ['fixed', 'bandit', 'tenants'] as const;

describe.skipIf(nginx === null)('a rolling restart', () => {
  let env: Record<string, string>;
  let pool: pg.Pool;
  let front: RunningNginx;
  let admin: ReturnType<typeof createClientOf>;
  const slots: { readonly port: number; readonly dataDir: string; instance: Launched }[] = [];

  function launch(port: number, dataDir: string): Promise<Launched> {
    return launchService({
      dataDir,
      command: [process.execPath, 'dist/main.js', 'api'],
      env: { ...env, PORT: String(port), BELLWETHER_DATA_DIR: dataDir },
    });
  }

  beforeAll(async () => {
    console.log(`seed ${seed}`);
    env = await makeEnvironment({ LOG_LEVEL: 'info' });
    pool = new pg.Pool({ connectionString: env.DATABASE_URL, max: 1 });
    for (const _ of [1, 2]) {
      const [port, dataDir] = [await freePort(null), makeDataFolder()];
      slots.push({ port, dataDir, instance: await launch(port, dataDir) });
    }
    front = await startNginx({ instances: slots.map(({ port }) => port) });
    admin = createClientOf(front, env.BELLWETHER_ADMIN_KEY ?? '');
    const revenue = {
      secondary: [
        { key: 'clicks', type: 'COUNT' },
        { key: 'revenue', type: 'CONTINUOUS' },
      ],
    };
    const metrics = { primary: { key: 'purchase', type: 'CONVERSION' }, ...revenue };
    for (const key of experimentKeys) {
      await ask(createExperiment, { input: abTest(key, { metrics }) });
      await ask(startExperiment, { key });
    }
  });
  afterAll(async () => {
    for (const { instance } of slots) {
      instance.signal('SIGKILL', 'process');
      await instance.ended;
    }
    admin?.close();
    await front?.stop();
    await pool?.end();
  });

  const retried: Retry[] = [];
  const ask = (query: string, variables: object) => askUntilAnswered(admin.ask, 'weights', { query, variables }, retried);

  async function served(): Promise<Map<string, string>> {
    const variants = new Map<string, string>();
    for (const key of experimentKeys) {
      for (let n = 0; n < userCount; n += 1) {
        variants.set(`${key} u${n}`, (await ask(assignment, { key, unit: unitOf(n) })).assignment.variant);
      }
    }
    return variants;
  }

  test('loses no request, no event and no message', { timeout: 120_000 }, async () => {
    const variants = await served();
    const servedTo = (key: string, { userId }: { userId: string }) => variants.get(`${key} ${userId}`) ?? '';
    const items = makeItems(random, { count: 6_000, prefix: 'r', until: new Date(), served: servedTo });
    const visitors = startVisitors(front, { secret: env.BELLWETHER_CLIENT_KEY ?? '', batches: makeBatches(random, items), count: 4 });
    const followers = [1, 2, 3, 4].map(() => startFollower(front, { secret: env.BELLWETHER_READ_KEY ?? '', key: 'fixed' }));
    await vi.waitFor(() => expect(followers.every(({ sequences }) => sequences.length > 0)).toBe(true), 10_000);

    // One change before, while an instance drains, while it is away, and when it is back.
    let changes = 0;
    const change = () => ask(setWeights, { key: 'fixed', weights: shareOfB(0.3 + 0.01 * ++changes), idempotencyKey: `change ${changes}` });
    const restarts = [...slots, ...slots];
    for (const slot of restarts) {
      await change();
      slot.instance.signal('SIGTERM', 'process');
      await change();
      expect(await slot.instance.ended).toEqual({ code: 0 });
      await change();
      slot.instance = await launch(slot.port, slot.dataDir);
      await change();
    }
    await visitors.stop();

    // What waits to be accepted in the very moment that an instance stops to listen is reset: mostly nothing.
    const retries = [...visitors.retries, ...retried];
    expect(retries.length).toBeLessThanOrEqual(restarts.length);
    const { notebook } = visitors;
    expect(visitors.fallbacks()).toBeLessThan(visitors.asked() / 10);
    console.log(`${visitors.asked()} visits, ${notebook.acknowledged.size} events acknowledged, retried:`, retries);
    const { rows } = await pool.query<{ event_id: string }>('select event_id from event_ledger');
    const ledger = new Set(rows.map((row) => row.event_id));
    expect([...notebook.acknowledged].filter((id) => !ledger.has(id))).toEqual([]);
    expect([...ledger].filter((id) => !notebook.sent.has(id))).toEqual([]);
    expect(notebook.acceptedTwice()).toEqual([]);
    expect(notebook.acknowledged.size).toBeGreaterThan(1_000);
    const { live, oracle } = await compareWithOracle(pool);
    expect(live).toEqual(oracle);

    const all = Array.from({ length: changes + 1 }, (_, i) => i + 1);
    for (const follower of followers) {
      await vi.waitFor(() => expect(follower.sequences.at(-1)).toBe(changes + 1), 10_000);
      expect(follower.sequences).toEqual(all);
      // It was cut off: each lives on one of two instances that both went, twice.
      expect(follower.connections()).toBeGreaterThan(2);
      await follower.stop();
    }
  });
});
