import { afterAll, beforeAll, expect, test } from 'vitest';
import { createChanges } from '../../src/postgres/changes.js';
import { lockSpaces } from '../../src/postgres/locks.js';
import { createChanger } from '../../src/services/change.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance, sender } from '../setup/instance.js';
import { createDatabase } from '../setup/stores.js';

/** What is counted how changes while events are on their way into the store. */

let one: ReturnType<typeof createInstance>;
beforeAll(async () => {
  one = createInstance(await createDatabase());
  await one.registry.refresh();
});
afterAll(() => one.close());

const primary = { key: 'spent', type: 'CONTINUOUS', direction: 'INCREASE', cuped: false } as const;
const metrics = { primary, secondary: [], guardrails: [] };
const start = (key: string) => one.lifecycle.start(command, key, { dryRun: false, expectedRevision: null });
const unit = { userId: 'u', isBot: false };
const now = () => new Date().toISOString();

/** Events of units of the experiment wait until it is called. */
async function holdUp(experimentId: string): Promise<() => Promise<void>> {
  const client = await one.pool.connect();
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock($1::int, hashtext($2))', [lockSpaces.counting, experimentId]);
  return async () => {
    await client.query('commit');
    client.release();
  };
}

async function isWaiting(): Promise<boolean> {
  const { rows } = await one.pool.query("select from pg_locks where locktype = 'advisory' and not granted");
  return rows.length > 0;
}

test('an event that waits while an experiment starts and exposes its unit counts there too', async () => {
  for (const key of ['before', 'meanwhile']) await one.experiments.create(command, sampleInput({ key, name: key, metrics }));
  const { experiment: before } = await start('before');
  await one.registry.refresh();

  const release = await holdUp(before.id);
  const occurredAt = new Date(Date.now() + 60_000).toISOString();
  const tracked = one.events.track(sender, { exposures: [], events: [{ eventId: 'e', metric: 'spent', unit, value: 7, occurredAt }] });
  await expect.poll(isWaiting).toBe(true);
  const { experiment: meanwhile } = await start('meanwhile');
  const { allocation } = meanwhile;
  const exposure = { eventId: 'x', experimentKey: 'meanwhile', unit, variant: 'green', occurredAt: now() };
  const variants = ['green', 'control'].map((variant) => ({
    ...exposure,
    eventId: variant,
    variant,
    allocationVersion: allocation?.version,
  }));
  const { results } = await one.events.track(sender, { exposures: variants, events: [] });
  expect(results.filter(({ status }) => status === 'ACCEPTED')).toHaveLength(1);
  await release();
  expect((await tracked).results).toMatchObject([{ status: 'ACCEPTED' }]);

  const { rows } = await one.pool.query('select events, total::float8 from unit_total where experiment_id = $1', [meanwhile.id]);
  expect(rows).toEqual([{ events: 1, total: 7 }]);
});

test('a change that is committed is told as done, though the look for new rules behind it fails', async () => {
  const epochOf = async () =>
    (await one.pool.query<{ value: number }>("select value from counter where name = 'rules'")).rows[0]?.value ?? 0;
  const changer = createChanger({
    changes: createChanges(one.pool),
    registry: { ...one.registry, refresh: () => Promise.reject(new Error('away')) },
    news: { allocated: () => {}, evaluated: () => {}, alerted: () => {} },
    announcer: { announce: () => {} },
    clock: { now: () => new Date() },
  });
  const before = await epochOf();
  await expect(changer.run(command, (change) => change.rulesChanged().then(() => 'done'))).resolves.toBe('done');
  expect(await epochOf()).toBe(before + 1);
});
