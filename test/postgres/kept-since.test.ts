import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPool } from '../../src/postgres/database.js';
import { createSweeps } from '../../src/postgres/sweeps.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance, sender } from '../setup/instance.js';
import { createDatabase } from '../setup/stores.js';
import { insertRow } from './rows-of.js';

/** What happens to events when a service that kept them for 7 days is told to keep them for 30. */

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const start = Date.parse('2025-05-05T10:00:00Z');
let now = start;
let short: ReturnType<typeof createInstance>;
let long: ReturnType<typeof createInstance>;

beforeAll(async () => {
  const url = await createDatabase();
  short = createInstance(url, { now: () => new Date(now), retentionDays: 7 });
  long = createInstance(url, { now: () => new Date(now), retentionDays: 30 });
  const variants = [
    { key: 'control', weight: 0, isControl: true },
    { key: 'green', weight: 1, isControl: false },
  ];
  await short.experiments.create(command, sampleInput({ key: 'e', variants }));
  await short.lifecycle.start(command, 'e', { dryRun: false, expectedRevision: null });
  await long.registry.refresh();
});
afterAll(async () => {
  await short.close();
  await long.close();
});
beforeEach(() => {
  now = start;
});

const unit = { userId: 'ann', isBot: false };
const at = (ms: number) => new Date(ms).toISOString();
const purchase = (eventId: string, occurredAt: number) => ({ eventId, metric: 'purchase', unit, value: 1, occurredAt: at(occurredAt) });
const seen = (eventId: string, occurredAt: number) => ({ eventId, experimentKey: 'e', unit, variant: 'green', occurredAt: at(occurredAt) });

async function track(instance: typeof short, events: ReturnType<typeof purchase>[], exposures: ReturnType<typeof seen>[] = []) {
  const { results } = await instance.events.track(sender, { exposures, events });
  return results.map(({ status, code }) => (status === 'REJECTED' ? code : status));
}

async function purchases(): Promise<number> {
  const { rows } = await long.pool.query<{ events: number }>(`select sum(events)::int as events from unit_total where metric = 'purchase'`);
  return rows[0]?.events ?? 0;
}

describe('after retention was raised', () => {
  test('what may have been counted and forgotten is refused, what is known is told, what is new counts', async () => {
    expect(await track(short, [purchase('old', start)], [seen('x', start)])).toEqual(['ACCEPTED', 'ACCEPTED']);
    now = start + 12 * hourMs;
    expect(await track(short, [purchase('younger', now)])).toEqual(['ACCEPTED']);
    now = start + 8 * dayMs + hourMs;
    await createSweeps(short.pool).dropExpired(new Date(now), 7);
    const before = await purchases();

    // What an instance may say that never heard of the shorter time.
    expect(await track(long, [purchase('old', start)], [seen('x', start)])).toEqual(['TOO_OLD', 'TOO_OLD']);
    expect(await track(long, [purchase('younger', start + 12 * hourMs)])).toEqual(['DUPLICATE']);
    expect(await purchases()).toBe(before);

    // As far back as raw rows go, by a clock that may have been 5 minutes ahead.
    const oldest = now - 7 * dayMs - hourMs + 5 * 60_000;
    expect(await track(long, [purchase('new, too old', oldest - 1), purchase('new', oldest)])).toEqual(['TOO_OLD', 'ACCEPTED']);
    expect(await purchases()).toBe(before + 1);
  });

  test('the bound stays where it was until time has passed it, and each deletion moves it on', async () => {
    now = start + 9 * dayMs;
    await createSweeps(long.pool).dropExpired(new Date(now), 30);
    expect(await track(long, [purchase('still too old', start)])).toEqual(['TOO_OLD']);
    now = start + 40 * dayMs;
    const reached = now - 30 * dayMs;
    expect(await track(long, [purchase('within reach', reached)])).toEqual(['ACCEPTED']);
    await createSweeps(long.pool).dropExpired(new Date(now), 30);
    expect(await track(long, [purchase('still within reach', reached)])).toEqual(['ACCEPTED']);
  });
});

test('an id that is deleted while it is sent again does not count again', async () => {
  now = start + 100 * dayMs;
  expect(await track(long, [purchase('deleted meanwhile', now)])).toEqual(['ACCEPTED']);
  const before = await purchases();
  const deleting = await long.pool.connect();
  await deleting.query('begin');
  await deleting.query(`update counter set value = $1 where name = 'kept_since'`, [now]);
  await deleting.query(`delete from event_ledger where event_id = 'deleted meanwhile'`);
  const sent = track(long, [purchase('deleted meanwhile', now)]);
  await expect
    .poll(async () => {
      const { rows } = await short.pool.query(
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      return rows.length;
    })
    .toBe(1);
  await deleting.query('commit');
  deleting.release();
  expect(await sent).toEqual(['TOO_OLD']);
  expect(await purchases()).toBe(before);
});

test('a metric that looks further back than events are kept is accepted with a warning', async () => {
  const cuped = { key: 'spend', type: 'CONTINUOUS', direction: 'INCREASE', cuped: true } as const;
  const metrics = { primary: { ...cuped, key: 'purchase', cuped: false }, secondary: [cuped], guardrails: [] };
  const path = ['input', 'metrics', 'secondary', '0', 'cuped'];
  const { warnings } = await short.experiments.create(command, sampleInput({ key: 'looks-back', metrics }));
  expect(warnings).toMatchObject([{ code: 'UNDERPOWERED', path }]);
  expect((await long.experiments.create(command, sampleInput({ key: 'finds-all', metrics }))).warnings).toEqual([]);
});

describe('an upgrade from before the bound was kept', () => {
  const migration = readFileSync(new URL('../../prisma/migrations/20261121205400_kept_since/migration.sql', import.meta.url), 'utf8');
  const today = Date.now();

  /** What the migration finds out of a service that did its first work, and got the oldest event it has an id of, so long ago. */
  async function boundOf({ beganMs, oldestIdMs }: { beganMs: number | null; oldestIdMs: number | null }): Promise<number> {
    const pool = createPool(await createDatabase());
    const ago = (ms: number) => new Date(today - ms);
    if (beganMs !== null) await insertRow(pool, 'audit_entry', { at: ago(beganMs), actor: 'a', action: 'a' });
    if (oldestIdMs !== null) {
      await insertRow(pool, 'event_ledger', { event_id: 'e', content_hash: Buffer.from([]), received_at: ago(oldestIdMs) });
    }
    await pool.query("delete from counter where name = 'kept_since'");
    await pool.query(migration);
    const { rows } = await pool.query<{ value: number }>("select value from counter where name = 'kept_since'");
    await pool.end();
    return rows[0]?.value ?? Number.NaN;
  }

  test.each([
    ['is new', { beganMs: null, oldestIdMs: null }],
    ['is too young to have deleted any', { beganMs: 1.9 * dayMs, oldestIdMs: 1.9 * dayMs }],
  ])('knows all ids of a service that %s', async (_, service) => {
    expect(await boundOf(service)).toBe(0);
  });

  test('trusts the ids that are left, and none before them', async () => {
    expect(await boundOf({ beganMs: 90 * dayMs, oldestIdMs: 8 * dayMs })).toBe(today - 8 * dayMs);
  });

  test.each([
    ['nothing came for long', null],
    ['what came is recent', hourMs],
  ])('trusts the two days in which no id is ever deleted, where %s', async (_, oldestIdMs) => {
    const bound = await boundOf({ beganMs: 90 * dayMs, oldestIdMs });
    expect(bound).toBeGreaterThanOrEqual(today - 2 * dayMs);
    expect(bound).toBeLessThanOrEqual(Date.now() - 2 * dayMs);
  });
});
