import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSweeps } from '../../src/postgres/sweeps.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance, sender } from '../setup/instance.js';
import { compareWithOracle } from '../setup/oracle.js';
import { makeEnvironment, startService } from '../setup/service.js';
import { createDatabase } from '../setup/stores.js';

/** Hours without a partition, partitions that are made under writers, and what has outlived its time: nothing is lost, nothing counted twice. */

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const retentionDays = 3;
const start = new Date('2026-03-02T10:20:30.400Z');

let url: string;
let now = start;
let instance: ReturnType<typeof createInstance>;
let sweeps: ReturnType<typeof createSweeps>;

beforeAll(async () => {
  url = await createDatabase();
  instance = createInstance(url, { now: () => now, retentionDays });
  sweeps = createSweeps(instance.pool);
  await instance.registry.refresh();
  const primary = { key: 'purchase', type: 'CONVERSION', direction: 'INCREASE', cuped: false } as const;
  await instance.experiments.create(command, sampleInput({ key: 'plain', metrics: { primary, secondary: [], guardrails: [] } }));
  const windowed = { ...primary, key: 'revenue', type: 'CONTINUOUS', windowHours: 1 } as const;
  await instance.experiments.create(
    command,
    sampleInput({ key: 'bandit', design: 'BANDIT', metrics: { primary: windowed, secondary: [], guardrails: [] } }),
  );
  for (const key of ['plain', 'bandit']) await instance.lifecycle.start(command, key, { dryRun: false, expectedRevision: null });
});
afterAll(() => instance.close());

const unitOf = (name: string) => ({ userId: name, isBot: false });
const event = (eventId: string, unit: string, metric = 'purchase', at = now) => ({
  eventId,
  metric,
  unit: unitOf(unit),
  occurredAt: at.toISOString(),
});

/** The unit's exposure to the experiment, to whichever variant it was served. */
async function expose(eventId: string, unit: string, experimentKey: string, at = now): Promise<string> {
  for (const variant of ['control', 'green']) {
    const exposure = { eventId: `${eventId} ${variant}`, experimentKey, unit: unitOf(unit), variant, occurredAt: at.toISOString() };
    const { results } = await instance.events.track(sender, { exposures: [exposure], events: [] });
    if (results[0]?.status !== 'REJECTED') return results[0]?.status ?? '';
  }
  return 'REJECTED';
}

/** Where the rows of a table lie: how many in each partition. */
async function placesOf(table: string): Promise<Record<string, number>> {
  const { rows } = await instance.pool.query(
    `select tableoid::regclass::text as place, count(*)::int as rows from ${table} group by 1 order by 1`,
  );
  return Object.fromEntries(rows.map(({ place, rows: count }) => [place, count]));
}

async function partitionsOf(table: string): Promise<string[]> {
  const { rows } = await instance.pool.query(
    'select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass order by 1',
    [table],
  );
  return rows.map(({ name }) => name);
}

async function expectCountsRight(): Promise<void> {
  const { live, oracle } = await compareWithOracle(instance.pool);
  expect(live).toEqual(oracle);
  expect(live.sums.length).toBeGreaterThan(0);
}

test('what comes in an hour without a partition lands in the default one and moves when the partition is made', async () => {
  expect(await expose('x1', 'ann', 'plain')).toBe('ACCEPTED');
  expect(await expose('x2', 'ann', 'bandit')).toBe('ACCEPTED');
  await instance.events.track(sender, { exposures: [], events: [event('e1', 'ann'), event('e2', 'ann', 'revenue'), event('e3', 'bob')] });
  expect(await placesOf('raw_event')).toEqual({ raw_event_default: 3 });
  expect(await placesOf('raw_exposure')).toEqual({ raw_exposure_default: 2 });
  expect(await placesOf('cohort_total')).toEqual({ cohort_total_default: 1 });

  expect(await sweeps.makePartitions(now)).toBe(3 * 49);
  expect(await placesOf('raw_event')).toEqual({ raw_event_2026030210: 3 });
  expect(await placesOf('raw_exposure')).toEqual({ raw_exposure_2026030210: 2 });
  expect(await placesOf('cohort_total')).toEqual({ cohort_total_2026030210: 1 });
  expect((await partitionsOf('raw_event')).slice(-2)).toEqual(['raw_event_2026030410', 'raw_event_default']);
  await expectCountsRight();

  // Known as before: sent again it is a duplicate, and an exposure that comes late finds the event that came before it.
  const again = await instance.events.track(sender, { exposures: [], events: [event('e1', 'ann')] });
  expect(again.results).toMatchObject([{ status: 'DUPLICATE' }]);
  expect(await expose('x3', 'bob', 'plain')).toBe('ACCEPTED');
  await expectCountsRight();
});

test('partitions are made for hours that writers are writing to, and no writer fails', async () => {
  now = new Date(start.getTime() + 60 * hourMs);
  let isOver = false;
  let sent = 0;
  const writer = async (name: string) => {
    for (let i = 0; !isOver || i < 10; i += 1) {
      sent += 1;
      const { results } = await instance.events.track(sender, { exposures: [], events: [event(`${name} ${i}`, `${name}${i % 5}`)] });
      expect(results).toMatchObject([{ status: 'ACCEPTED' }]);
      if (i % 3 === 0) expect(await expose(`x ${name} ${i}`, `${name} ${i}`, 'bandit')).toBe('ACCEPTED');
    }
  };
  const writing = Promise.all(['w1', 'w2', 'w3', 'w4'].map(writer));
  try {
    for (let round = 0; round < 3; round += 1) {
      await expect.poll(async () => (await placesOf('raw_event')).raw_event_default ?? 0, { interval: 5 }).toBeGreaterThan(5);
      expect(await sweeps.makePartitions(now)).toBeGreaterThan(0);
      // On to an hour that has none yet.
      now = new Date(now.getTime() + 49 * hourMs);
    }
  } finally {
    isOver = true;
  }
  await writing;
  await sweeps.makePartitions(now);
  const places = await placesOf('raw_event');
  expect(places.raw_event_default).toBeUndefined();
  expect(Object.values(places).reduce((sum, count) => sum + count, 0)).toBe(3 + sent);
  await expectCountsRight();
});

test('what has outlived its time goes: partitions, ids and idempotency keys; counts stay, and nothing is counted again', async () => {
  const keyed = { apiKeyId: randomUUID(), idempotencyKey: 'k1', fingerprint: 'f' };
  const old = new Date(now.getTime());
  const request = { exposures: [], events: [event('old', 'ann', 'purchase', old)] };
  expect((await instance.events.track(keyed, request)).results).toMatchObject([{ status: 'ACCEPTED' }]);
  expect(await instance.events.track(keyed, request)).toMatchObject({ replayed: true });
  const before = (await compareWithOracle(instance.pool)).live;

  // Past the raw rows and not yet past the ids: sent again it is still known.
  now = new Date(old.getTime() + retentionDays * dayMs + 2 * hourMs);
  await sweeps.makePartitions(now);
  await sweeps.dropExpired(now, retentionDays);
  expect(await placesOf('raw_event')).toEqual({});
  expect(
    (await partitionsOf('raw_event')).filter((name) => name < `raw_event_${stampOf(now.getTime() - (retentionDays * 24 + 2) * hourMs)}`),
  ).toEqual([]);
  const late = await instance.events.track(sender, request);
  expect(late.results).toMatchObject([{ status: 'REJECTED', code: 'TOO_OLD' }]);
  expect(await instance.events.track(keyed, request)).toMatchObject({ replayed: true });
  expect((await instance.pool.query("select from event_ledger where event_id = 'old'")).rowCount).toBe(1);

  // Past everything. Outcomes are kept by the database's own clock.
  now = new Date(now.getTime() + dayMs);
  await instance.pool.query('update idempotent_outcome set created_at = $1', [new Date(now.getTime() - 7 * dayMs - 1)]);
  await sweeps.makePartitions(now);
  await sweeps.dropExpired(now, retentionDays);
  expect((await instance.pool.query('select from event_ledger')).rowCount).toBe(0);
  expect((await instance.pool.query('select from idempotent_outcome')).rowCount).toBe(0);
  expect((await instance.events.track(keyed, request)).results).toMatchObject([{ status: 'REJECTED', code: 'TOO_OLD' }]);
  const { live: after } = await compareWithOracle(instance.pool);
  expect(after.sums).toEqual(before.sums);
  expect(after.units).toEqual(before.units);

  // And it goes on from there.
  await instance.events.track(sender, { exposures: [], events: [event('new', 'ann')] });
  const { live: more } = await compareWithOracle(instance.pool);
  const eventsIn = (sums: typeof more.sums) => sums.reduce((sum, row) => sum + Number(row.events), 0);
  expect(eventsIn(more.sums)).toBe(eventsIn(after.sums) + 1);
});

test('a worker has the partitions of two days ahead from its start', async () => {
  const service = await startService(await makeEnvironment({ BELLWETHER_ROLE: 'worker' }));
  const pool = new pg.Pool({ connectionString: service.env.DATABASE_URL, max: 1 });
  try {
    const { rows } = await pool.query<{ parent: string; newest: string; hours: number }>(
      `select inhparent::regclass::text as parent, max(inhrelid::regclass::text) filter (where inhrelid::regclass::text !~ 'default') as newest,
              count(*)::int as hours
       from pg_inherits join pg_class on pg_class.oid = inhparent where relkind = 'p' group by 1 order by 1`,
    );
    expect(rows.map(({ parent }) => parent)).toEqual(['cohort_total', 'raw_event', 'raw_exposure']);
    for (const { parent, newest, hours } of rows) {
      expect(newest >= `${parent}_${stampOf(Date.now() + 47 * hourMs)}`).toBe(true);
      expect(hours).toBe(49 + 1);
    }
  } finally {
    await pool.end();
    await service.remove();
  }
});

/** The hour as the names of partitions carry it. */
function stampOf(time: number): string {
  return new Date(time).toISOString().replace(/[-T]/g, '').slice(0, 10);
}
