import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Report } from '../../src/core/report.js';
import { createOutbox } from '../../src/postgres/outbox.js';
import { createSeriesReads } from '../../src/postgres/series.js';
import { createSweeps } from '../../src/postgres/sweeps.js';
import { createDailyReports } from '../../src/services/daily-reports.js';
import type { Outbox } from '../../src/services/outbox.js';
import { createReports } from '../../src/services/reports.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance, sender } from '../setup/instance.js';
import { createDatabase } from '../setup/stores.js';

/** Instances on one database; time is the test's. */

let database: string;
let now = new Date('2026-03-01T12:00:00.000Z');
let instances: ReturnType<typeof createWorker>[];

function createWorker(outboxOf: (outbox: Outbox) => Outbox = (outbox) => outbox) {
  const instance = createInstance(database, { now: () => now });
  const { pool, reads, registry } = instance;
  const clock = { now: () => now };
  const reports = createReports({ reads, series: createSeriesReads(pool), clock });
  const outbox = outboxOf(createOutbox(pool));
  const dailyReports = createDailyReports({ reports, registry, outbox, sweeps: createSweeps(pool), clock, hour: 8 });
  return { ...instance, reports, dailyReports };
}

beforeAll(async () => {
  database = await createDatabase();
  instances = [createWorker(), createWorker()];
});
afterAll(() => Promise.all(instances.map((instance) => instance.close())));
beforeEach(() => first().pool.query('delete from outbox_message'));

const first = () => instances[0] as ReturnType<typeof createWorker>;

async function start(key: string, dryRun = false): Promise<void> {
  await first().experiments.create(command, sampleInput({ key }));
  await first().lifecycle.start(command, key, { dryRun, expectedRevision: null });
  await refreshAll();
}

async function refreshAll(): Promise<void> {
  for (const { registry } of instances) await registry.refresh();
}

/** Exposes so many units to a variant, of whom the first so many buy. */
async function expose(key: string, variant: string, units: number, buyers: number): Promise<void> {
  let exposed = 0;
  for (let i = 0; exposed < units; i += 1) {
    const unit = { userId: `${now.getTime()}-${variant}-${i}`, isBot: false };
    const occurredAt = now.toISOString();
    const exposure = { eventId: `x ${unit.userId}`, experimentKey: key, unit, variant, occurredAt };
    const { results } = await first().events.track(sender, { exposures: [exposure], events: [] });
    if (results[0]?.status !== 'ACCEPTED') continue;
    exposed += 1;
    const event = { eventId: `e ${unit.userId}`, metric: 'purchase', unit, occurredAt, experimentKey: key };
    if (exposed <= buyers) await first().events.track(sender, { exposures: [], events: [event] });
  }
}

/** `key day` of each report in the outbox. */
async function reported(): Promise<string[]> {
  const { rows } = await first().pool.query<{ id: string; key: string }>(
    `select id, experiment_key as key from outbox_message where kind = 'REPORT' order by at, experiment_key`,
  );
  return rows.map(({ id, key }) => `${key} ${id.slice(-10)}`);
}

const sweep = () => Promise.all(instances.map(({ dailyReports }) => dailyReports.sweep()));
const nowIs = (time: string) => {
  now = new Date(time);
};

describe('daily reports', () => {
  test('are made from the hour on, one for each running experiment and day, however many instances make them', async () => {
    nowIs('2026-03-01T12:00:00.000Z');
    await start('one');
    await start('two');
    await start('trial', true);
    await sweep();
    nowIs('2026-03-02T07:59:59.999Z');
    await sweep();
    expect(await reported()).toEqual([]);
    nowIs('2026-03-02T08:00:00.000Z');
    for (let round = 0; round < 3; round += 1) await sweep();
    expect(await reported()).toEqual(['one 2026-03-02', 'trial 2026-03-02', 'two 2026-03-02']);
    nowIs('2026-03-03T15:00:00.000Z');
    await sweep();
    await first().lifecycle.stop(command, 'two', null, null, null);
    await refreshAll();
    nowIs('2026-03-04T08:00:01.000Z');
    await sweep();
    expect((await reported()).slice(3)).toEqual([
      'one 2026-03-03',
      'trial 2026-03-03',
      'two 2026-03-03',
      'one 2026-03-04',
      'trial 2026-03-04',
    ]);
  });

  test('are not doubled by an instance that starts anew, nor by two that are equally late', async () => {
    nowIs('2026-03-05T09:00:00.000Z');
    // Neither sees what the other has told, as when both look before either writes.
    const blind = [1, 2].map(() => createWorker((outbox) => ({ ...outbox, told: async () => new Set<string>() })));
    for (const { registry } of blind) await registry.refresh();
    for (const { dailyReports } of blind) await dailyReports.sweep();
    await Promise.all(blind.map((instance) => instance.close()));
    await sweep();
    expect((await reported()).filter((report) => report.startsWith('one'))).toEqual(['one 2026-03-05']);
  });

  test('begin the day after for what began after the hour', async () => {
    nowIs('2026-03-06T09:00:00.000Z');
    await start('late');
    await sweep();
    expect((await reported()).filter((report) => report.startsWith('late'))).toEqual([]);
    nowIs('2026-03-07T09:00:00.000Z');
    await sweep();
    expect((await reported()).filter((report) => report.startsWith('late'))).toEqual(['late 2026-03-07']);
  });

  test('tell what came since the hour of the day before, to the unit', async () => {
    nowIs('2026-03-08T06:30:00.000Z');
    await start('counted');
    await expose('counted', 'control', 3, 1);
    nowIs('2026-03-08T07:59:59.000Z');
    await expose('counted', 'green', 2, 2);
    nowIs('2026-03-08T08:00:00.000Z');
    await expose('counted', 'green', 1, 1);
    nowIs('2026-03-09T08:00:05.000Z');
    await expose('counted', 'control', 4, 2);
    await first().allocations.setWeights(command, 'counted', moved, null);
    await refreshAll();
    await sweep();
    const { rows } = await first().pool.query<{ body: { data: Report } }>(
      `select body from outbox_message where id like 'report%' and experiment_key = 'counted'`,
    );
    const report = rows[0]?.body.data;
    expect(report).toMatchObject({ since: '2026-03-08T08:00:00.000Z', at: '2026-03-09T08:00:05.000Z', days: 1, decision: null });
    expect(report?.variants.map(({ isControl, isEnabled, ...variant }) => variant)).toEqual([
      { variant: 'control', weight: 0.4, previousWeight: 0.5, exposures: 7, conversions: 3, newExposures: 4, newConversions: 2 },
      { variant: 'green', weight: 0.6, previousWeight: 0.5, exposures: 3, conversions: 3, newExposures: 1, newConversions: 1 },
    ]);
    expect(report?.changes).toEqual([
      '10.0% of the traffic moved: control from 50.0% to 40.0% and green from 50.0% to 60.0%.',
      '5 units were exposed, 10 in all.',
    ]);
  });

  test('tell of every alert that moved, however many there were', async () => {
    nowIs('2026-03-10T06:00:00.000Z');
    await start('noisy');
    for (let round = 0; round < 60; round += 1) {
      nowIs(new Date(Date.parse('2026-03-10T09:00:00.000Z') + round * 60_000).toISOString());
      await first().changer.run(command, async (change) => {
        const experiment = await change.lock('noisy');
        await change.raise(experiment, { kind: 'STALE_POLICY', severity: 'WARNING', message: 'Overdue.' });
        await change.raise(experiment, { kind: 'UNDERPOWERED', severity: 'WARNING', message: 'Small.' });
        await change.resolve(experiment, round < 59 ? ['STALE_POLICY', 'UNDERPOWERED'] : ['UNDERPOWERED']);
      });
    }
    nowIs('2026-03-11T08:00:00.000Z');
    const experiment = first().registry.byKey('noisy');
    const report = experiment && (await first().reports.of(experiment, new Date('2026-03-10T09:00:00.000Z')));
    expect(report?.changes).toEqual(
      expect.arrayContaining([expect.stringMatching(/^120 alerts were raised: /), expect.stringMatching(/^119 alerts were resolved: /)]),
    );
    expect(report?.openAlerts).toEqual([
      { kind: 'STALE_POLICY', severity: 'WARNING', message: 'Overdue.', at: '2026-03-10T09:59:00.000Z' },
    ]);
  });
});

const moved = [
  { variant: 'control', weight: 0.4 },
  { variant: 'green', weight: 0.6 },
];
