import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareWithOracle } from '../setup/oracle.js';
import { makeEnvironment } from '../setup/service.js';
import { type Batch, createNotebook, experimentKeys, makeBatches, makeItems, unitOf, userCount } from './load.js';
import { abTest, assignment, createExperiment, setWeights, shareOfB, startExperiment, trackEvents } from './operations.js';
import { type OwnStores, startOwnStores } from './own-stores.js';
import { createInstances, type Instance } from './process.js';
import { createRandom, seed } from './random.js';

const { startInstance, killAll } = createInstances();

/** Two instances take events while they and the database are killed in the middle: in the end every acknowledged one is counted once. */

const random = createRandom('exactly once');
const rounds = ['first', 'database', 'sessions', 'both', 'database', 'second'] as const;
const batchesPerRound = 60;
const clients = 6;

let stores: OwnStores;
let env: Record<string, string>;
let pool: pg.Pool;
/** Each instance, or the promise of its next life. */
const instances: Promise<Instance>[] = [];
const notebook = createNotebook();
const fatal: string[] = [];

beforeAll(async () => {
  console.log(`seed ${seed}`);
  // What is acknowledged must outlive the server, not the machine.
  stores = await startOwnStores({ settings: { fsync: 'off' } });
  env = await makeEnvironment({ ...stores.urls, BELLWETHER_ROLE: 'api' });
  instances.push(startInstance(env), startInstance(env));
  const [one] = await Promise.all(instances);
  pool = new pg.Pool({ connectionString: env.DATABASE_URL, max: 2 });
  pool.on('error', () => {});
  const metrics = {
    primary: { key: 'purchase', type: 'CONVERSION' },
    secondary: [
      { key: 'clicks', type: 'COUNT', cap: 3 },
      { key: 'revenue', type: 'CONTINUOUS', cap: 50.5, windowHours: 2 },
    ],
  };
  await one?.ask(createExperiment, { input: abTest('fixed', { metrics }) });
  const windowed = { primary: { key: 'revenue', type: 'CONTINUOUS', windowHours: 1 } };
  await one?.ask(createExperiment, { input: abTest('bandit', { design: 'BANDIT', bandit: {}, metrics: windowed }) });
  await one?.ask(createExperiment, { input: abTest('tenants', { design: 'CLUSTER', hashKey: 'tenantId', metrics }) });
  for (const key of experimentKeys) await one?.ask(startExperiment, { key });
});

afterAll(async () => {
  await killAll();
  await pool.end();
  await stores.remove();
});

async function servedBy(instance: Instance): Promise<Map<string, string>> {
  const served = new Map<string, string>();
  for (const key of experimentKeys) {
    for (let n = 0; n < userCount; n += 1) {
      const answer = await instance.ask(assignment, { key, unit: unitOf(n) }, 'CLIENT');
      served.set(`${key} u${n}`, answer.assignment.variant);
    }
  }
  return served;
}

/** Sends until it is acknowledged, to the other instance after each failure, unless the client gives up. */
async function sendUntilTold(batch: Batch, first: number): Promise<void> {
  for (let at = first; ; at = 1 - at) {
    const instance = await instances[at];
    notebook.noteSent(batch);
    const answer = await instance?.send(trackEvents, { input: batch.input }, 'CLIENT').catch(() => null);
    if (answer?.data?.trackEvents) return notebook.note(answer.data.trackEvents);
    const code = answer?.errors?.[0].extensions.code;
    if (answer) expect(['UNAVAILABLE', 'IDEMPOTENCY_KEY_IN_USE']).toContain(code);
    else if (batch.givesUp) return;
    await delay(20 + random.below(80));
  }
}

/** A few clients work the batches off; at some point in the middle the fault strikes. */
async function work(batches: Batch[], strike: () => void): Promise<void> {
  const strikeAt = 5 + random.below(batchesPerRound / 2);
  let begun = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let batch = batches.pop(); batch; batch = batches.pop()) {
        begun += 1;
        const sending = (batch.twice ? [0, 1] : [batch.first]).map((at) => sendUntilTold(batch as Batch, at));
        // Just after a request went out: it is under way in one stage or another.
        if (begun === strikeAt) setTimeout(strike, random.below(15));
        await Promise.all(sending);
      }
    }),
  );
}

async function killAndRestart(at: 0 | 1): Promise<void> {
  const dying = await instances[at];
  instances[at] = (async () => {
    await dying?.kill();
    fatal.push(...(dying?.log.filter((line) => line.includes('"level":"fatal"')) ?? []));
    return startInstance(env);
  })();
}

/** Ends every connection of the instances to the database, which itself goes on. */
async function endSessions(): Promise<void> {
  await pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'bellwether'",
  );
}

test('every acknowledged event is counted once, whatever is killed', { timeout: 90_000 }, async () => {
  const one = (await instances[0]) as Instance;
  const served = await servedBy(one);
  const until = new Date();
  for (const [i, victim] of rounds.entries()) {
    const items = makeItems(random, {
      count: batchesPerRound * 11,
      prefix: `r${i}`,
      until,
      served: (key, { userId }) => served.get(`${key} ${userId}`) ?? '',
    });
    const batches = makeBatches(random, items).slice(0, batchesPerRound);
    console.log(`round ${i}: ${victim} ended under ${batches.length} requests`);
    await work(batches, () => {
      if (victim === 'first' || victim === 'both') void killAndRestart(0);
      if (victim === 'second' || victim === 'both') void killAndRestart(1);
      if (victim === 'database') stores.killPostgres();
      if (victim === 'sessions') void endSessions();
    });
    const [reached] = await Promise.all(instances);
    // Later exposures without a version are analysed under another one.
    if (i === 3) await reached?.ask(setWeights, { key: 'fixed', weights: shareOfB(0.7) });
  }

  const idsOf = async (query: string): Promise<string[]> => (await pool.query(query)).rows.map((row) => row.event_id);
  const ledger = new Set(await idsOf('select event_id from event_ledger'));
  expect([...notebook.acknowledged].filter((id) => !ledger.has(id))).toEqual([]);
  expect([...ledger].filter((id) => !notebook.sent.has(id))).toEqual([]);
  expect(notebook.acceptedTwice()).toEqual([]);

  const raw = await idsOf('select event_id from raw_exposure union all select distinct event_id from raw_event');
  expect(raw.length).toBe(ledger.size);
  expect(new Set(raw)).toEqual(ledger);
  expect(await idsOf('select event_id from raw_event group by event_id, hash_key having count(*) > 1')).toEqual([]);

  const { live, oracle } = await compareWithOracle(pool);
  expect(live).toEqual(oracle);
  expect(live.sums.length).toBeGreaterThan(10);
  expect([...notebook.refusals.keys()].sort()).toEqual(['EVENT_ID_REUSED', 'VARIANT_MISMATCH']);
  expect(fatal).toEqual([]);
  console.log(`${notebook.acknowledged.size} acknowledged, ${ledger.size} in the ledger, ${notebook.sent.size} sent`);
});
