import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSweeps } from '../../src/postgres/sweeps.js';
import { createVitals } from '../../src/postgres/vitals.js';
import { createEvaluations } from '../../src/services/evaluations.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance, sender } from '../setup/instance.js';
import { createDatabase } from '../setup/stores.js';

/** What metrics read of a real database. */

let one: ReturnType<typeof createInstance>;
let vitals: ReturnType<typeof createVitals>;

beforeAll(async () => {
  one = createInstance(await createDatabase());
  vitals = createVitals(one.pool);
  await one.registry.refresh();
});
afterAll(() => one.close());

const hourMs = 3_600_000;
const partitionOf = (table: string, hoursAhead: number) =>
  `${table}_${new Date(Date.now() + hoursAhead * hourMs).toISOString().replace(/[-T]/g, '').slice(0, 10)}`;

test('partitions are counted from the present hour on, up to the first that is missing', async () => {
  await createSweeps(one.pool).makePartitions(new Date());
  const tables = ['raw_exposure', 'raw_event', 'cohort_total'];
  const all = await vitals.hoursAhead();
  // The hour may have turned meanwhile.
  for (const table of tables) expect([48, 49], table).toContain(all.get(table));
  await one.pool.query(`drop table ${partitionOf('raw_event', 10)}`);
  await one.pool.query(`drop table ${partitionOf('raw_exposure', 0)}`);
  const some = await vitals.hoursAhead();
  expect([9, 10]).toContain(some.get('raw_event'));
  expect(some.get('raw_exposure')).toBe(0);
  expect([48, 49]).toContain(some.get('cohort_total'));
});

test('the sample ratio is that of the last evaluation', async () => {
  const evaluations = createEvaluations({ changer: one.changer });
  const started = async (key: string) => {
    await one.experiments.create(command, sampleInput({ key, name: key }));
    return (await one.lifecycle.start(command, key, { dryRun: false, expectedRevision: null })).experiment;
  };
  const [looked, never] = [await started('looked-at'), await started('never-looked-at')];
  const expose = async (count: number) => {
    const occurredAt = new Date().toISOString();
    const exposures = Array.from({ length: count }, (_, i) => {
      const userId = `${count}-${i}`;
      return { eventId: userId, experimentKey: 'looked-at', unit: { userId, isBot: false }, variant: 'control', occurredAt };
    });
    await one.events.track(sender, { exposures, events: [] });
  };
  const ids = [looked.id, never.id];
  expect(await vitals.srmPValues(ids)).toEqual(new Map());
  for (const count of [100, 300]) {
    await expose(count);
    const { evaluation } = await evaluations.evaluate(command, 'looked-at');
    const p = evaluation.result.srm.pValue;
    expect(p).not.toBeNull();
    expect(await vitals.srmPValues(ids)).toEqual(new Map([[looked.id, p]]));
    // Known by now, and not read again.
    expect(await vitals.srmPValues(ids)).toEqual(new Map([[looked.id, p]]));
  }
  expect(await vitals.srmPValues([never.id])).toEqual(new Map());
  expect((await vitals.srmPValues(ids)).size).toBe(1);
});
