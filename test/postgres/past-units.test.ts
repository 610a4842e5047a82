import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSweeps } from '../../src/postgres/sweeps.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance } from '../setup/instance.js';
import { createDatabase } from '../setup/stores.js';

const dayMs = 86_400_000;
const retentionDays = 3;
const start = Date.parse('2025-05-05T10:00:00Z');
let now = start;
let one: ReturnType<typeof createInstance>;

beforeAll(async () => {
  one = createInstance(await createDatabase(), { now: () => new Date(now), retentionDays });
});
afterAll(async () => {
  await one.close();
});

const sender = { apiKeyId: null, idempotencyKey: null, fingerprint: '' };
const everybodyGreen = [
  { key: 'control', weight: 0, isControl: true },
  { key: 'green', weight: 1, isControl: false },
];
const exposuresOf = (key: string, users: readonly string[], prefix = 'x') =>
  users.map((userId) => ({
    eventId: `${prefix} ${key} ${userId}`,
    experimentKey: key,
    unit: { userId, isBot: false },
    variant: 'green',
    occurredAt: new Date(now).toISOString(),
  }));
const rowsOf = async (key: string) => {
  const { rows } = await one.pool.query(
    `select (select count(*)::int from unit_exposure where experiment_id = e.id) as exposures,
            (select count(*)::int from unit_total where experiment_id = e.id) as totals,
            (select count(*)::int from mismatched_unit where experiment_id = e.id) as mismatches from experiment e where key = $1`,
    [key],
  );
  return rows[0];
};
const countsOf = async (key: string) => {
  const experiment = one.registry.byKey(key);
  const [counts] = experiment ? await one.reads.counts([experiment]) : [];
  return counts?.variants;
};

test('rows of single units go once their experiment is archived and too old for any event; its counts stay', async () => {
  for (const key of ['archived', 'stopped', 'running']) {
    await one.experiments.create(command, sampleInput({ key, variants: everybodyGreen }));
    await one.lifecycle.start(command, key, { dryRun: false, expectedRevision: null });
    const exposures = exposuresOf(key, ['ann', 'bob']);
    await one.events.track(sender, { exposures, events: [] });
    await one.events.track(sender, { exposures: [{ ...exposures[0], eventId: `w ${key}`, variant: 'control' } as never], events: [] });
  }
  const purchase = {
    eventId: 'e',
    metric: 'purchase',
    unit: { userId: 'ann', isBot: false },
    value: 1,
    occurredAt: new Date(now).toISOString(),
  };
  await one.events.track(sender, { exposures: [], events: [purchase] });
  for (const key of ['archived', 'stopped']) await one.lifecycle.stop(command, key, null, null, null);
  await one.lifecycle.archive(command, 'archived', null);
  const whole = { exposures: 2, totals: 1, mismatches: 1 };
  const before = await countsOf('archived');
  const sweeps = createSweeps(one.pool);

  now = start + (retentionDays + 1) * dayMs;
  await sweeps.dropExpired(new Date(now), retentionDays);
  expect(await rowsOf('archived')).toEqual(whole);

  now += 1;
  await sweeps.dropExpired(new Date(now), retentionDays);
  expect(await rowsOf('archived')).toEqual({ exposures: 0, totals: 0, mismatches: 0 });
  expect(await rowsOf('stopped')).toEqual(whole);
  expect(await rowsOf('running')).toEqual(whole);
  expect(await countsOf('archived')).toEqual(before);

  // A page that was never closed: what it sends counts no second time.
  const late = await one.events.track(sender, { exposures: exposuresOf('archived', ['ann'], 'late'), events: [] });
  expect(late.results[0]).toMatchObject({ status: 'REJECTED', code: 'VARIANT_MISMATCH' });
  expect(await countsOf('archived')).toEqual(before);
});
