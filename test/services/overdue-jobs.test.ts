import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSweeps } from '../../src/postgres/sweeps.js';
import { createOverdueJobs } from '../../src/services/overdue-jobs.js';
import { sampleInput } from '../core/samples.js';
import { insertRow } from '../postgres/rows-of.js';
import { command, createInstance } from '../setup/instance.js';
import { createDatabase } from '../setup/stores.js';

const periodMs = 60_000;
/** Two periods and ten seconds. */
const patienceMs = 130_000;
let now = Date.parse('2026-05-05T10:00:00Z');
let one: ReturnType<typeof createInstance>;
let jobs: ReturnType<typeof createOverdueJobs>;

beforeAll(async () => {
  one = createInstance(await createDatabase(), { now: () => new Date(now) });
  const { changer, registry } = one;
  const clock = { now: () => new Date(now) };
  jobs = createOverdueJobs({ changer, sweeps: createSweeps(one.pool), registry, clock, evaluationPeriodMs: () => periodMs });
});
afterAll(async () => {
  await one.close();
});

async function alerts(): Promise<readonly string[]> {
  const { rows } = await one.pool.query<{ kind: string; message: string; resolved: boolean }>(
    'select kind, message, resolved_at is not null as resolved from alert order by sequence',
  );
  return rows.map(({ kind, message, resolved }) => `${kind} ${resolved ? 'was' : 'is'}: ${message}`);
}

test('a job that does not come raises one alert, which its coming resolves', async () => {
  await one.experiments.create(command, sampleInput({ key: 'e', name: 'Checkout' }));
  await one.lifecycle.start(command, 'e', { dryRun: false, expectedRevision: null });
  const overdue = 'The evaluation of "Checkout" is overdue by more than two of its intervals.';

  now += patienceMs;
  await jobs.sweep();
  expect(await alerts()).toEqual([]);
  now += 1;
  await jobs.sweep();
  await jobs.sweep();
  expect(await alerts()).toEqual([`STALE_POLICY is: ${overdue}`]);

  const experimentId = one.registry.byKey('e')?.id;
  await insertRow(one.pool, 'tick', { experiment_id: experimentId, kind: 'evaluation', at: new Date(now), count: 1 });
  await jobs.sweep();
  expect(await alerts()).toEqual([`STALE_POLICY was: ${overdue}`]);

  // It is looked for again, however sound it was.
  now += patienceMs + 1;
  await jobs.sweep();
  expect(await alerts()).toEqual([`STALE_POLICY was: ${overdue}`, `STALE_POLICY is: ${overdue}`]);
});
