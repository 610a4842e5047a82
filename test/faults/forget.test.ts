import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createForgetStore } from '../../src/postgres/forget.js';
import type { TrackInput } from '../../src/services/events.js';
import { createForget } from '../../src/services/forget.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance } from '../setup/instance.js';
import { createDatabase } from '../setup/stores.js';
import { createRandom, seed } from './random.js';

/** Units are forgotten while two instances count their events, and senders repeat everything: nothing counts twice. */

const instances: ReturnType<typeof createInstance>[] = [];
const random = createRandom('forget');
const unitCount = 24;
const eventsPerUnit = 30;
const key = 'forgetful';

beforeAll(async () => {
  const url = await createDatabase();
  instances.push(createInstance(url), createInstance(url));
  const [first, second] = instances;
  const clicks = { key: 'clicks', type: 'COUNT', direction: 'INCREASE', cuped: false } as const;
  await first?.experiments.create(command, sampleInput({ key, metrics: { primary: clicks, secondary: [], guardrails: [] } }));
  await first?.lifecycle.start(command, key, { dryRun: false, expectedRevision: null });
  await second?.registry.refresh();
});
afterAll(async () => {
  for (const instance of instances) await instance.close();
});

const sender = { apiKeyId: null, idempotencyKey: null, fingerprint: '' };
const unitOf = (n: number) => ({ userId: `unit-${n}`, isBot: false });
const isForgotten = (n: number): boolean => n % 2 === 0;

/** Sends as careless clients do: to any instance, until it is answered. */
async function send(input: TrackInput): Promise<readonly string[]> {
  const { results } = await random.pick(instances).events.track(sender, input);
  return results.map(({ status, code }) => code ?? status);
}

test(`what was acknowledged has counted once, whoever is forgotten meanwhile (seed ${seed})`, async () => {
  const [first] = instances;
  if (!first) throw new Error('no instance');
  const sql = first.pool;
  const occurredAt = new Date().toISOString();
  const exposureOf = (n: number, eventId: string) => [
    { eventId, experimentKey: key, unit: unitOf(n), variant: servedVariant(n), occurredAt },
  ];
  const variants = new Map<number, string>();
  const servedVariant = (n: number): string => variants.get(n) ?? '';
  // Which variant a unit gets is not known here: of two claims the right one is accepted.
  for (let n = 0; n < unitCount; n++) {
    for (const variant of ['control', 'green']) {
      variants.set(n, variant);
      const [status] = await send({ exposures: exposureOf(n, `x-${n}-${variant}`), events: [] });
      if (status === 'ACCEPTED') break;
    }
  }

  const events = Array.from({ length: unitCount * eventsPerUnit }, (_, i) => ({
    eventId: `e-${i}`,
    metric: 'clicks',
    unit: unitOf(i % unitCount),
    value: 1,
    occurredAt,
  }));
  const batches: TrackInput[] = [];
  const shuffled = random.shuffle([...events, ...events]);
  while (shuffled.length > 0) batches.push({ exposures: [], events: shuffled.splice(0, 12) });
  const forget = createForget({
    changer: first.changer,
    store: createForgetStore(sql),
    copies: { forget: async () => {} },
    experimentIds: () => [],
    dropMemory: () => {},
    announcer: { announce: () => {} },
    ids: { uuid: randomUUID },
  });
  const acts = [
    ...batches.map((batch) => () => send(batch)),
    // A client that kept its exposure of old in a queue sends it under a new id: what came since is not to be counted anew.
    ...Array.from({ length: unitCount }, (_, n) => () => send({ exposures: exposureOf(n, `again-${n}`), events: [] })),
    ...Array.from({ length: unitCount }, (_, n) => async () => {
      if (isForgotten(n)) await forget.unit(command, { unitId: `unit-${n}`, hashKey: 'userId' });
      return [];
    }),
  ];
  const order = random.shuffle(acts);
  const statuses: string[] = [];
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let act = order.pop(); act; act = order.pop()) statuses.push(...(await act()));
    }),
  );
  expect(statuses.filter((status) => status !== 'ACCEPTED' && status !== 'DUPLICATE')).toEqual([]);
  expect(statuses.filter((status) => status === 'ACCEPTED')).toHaveLength(events.length + unitCount);

  const sums = async () =>
    (
      await sql.query(
        'select variant, sum(units)::int as units, sum(events)::int as events, sum(sum_x)::float8 as x from metric_total group by 1 order by 1',
      )
    ).rows as { variant: string; units: number; events: number; x: number }[];
  const before = await sums();
  const counted = before.reduce((total, row) => total + row.events, 0);
  const kept = Array.from({ length: unitCount }, (_, n) => n).filter((n) => !isForgotten(n)).length * eventsPerUnit;
  expect(counted).toBeLessThanOrEqual(events.length);
  expect(counted).toBeGreaterThanOrEqual(kept);
  expect(before.reduce((total, row) => total + row.x, 0)).toBe(counted);
  const { rows } = await sql.query(
    `select u.unit_id, u.events from unit_total u where substr(u.unit_id, 6)::int % 2 = 1 and u.events <> ${eventsPerUnit}`,
  );
  expect(rows).toEqual([]);

  // Everything once more, after all were forgotten.
  for (let n = 0; n < unitCount; n++) if (isForgotten(n)) await forget.unit(command, { unitId: `unit-${n}`, hashKey: null });
  const repeated = await Promise.all(batches.map(send));
  expect(new Set(repeated.flat())).toEqual(new Set(['DUPLICATE']));
  expect(await sums()).toEqual(before);
  const { rows: left } = await sql.query(
    `select unit_id from (select unit_id from unit_exposure union all select unit_id from unit_total
       union all select unit_id from raw_exposure union all select unit_id from raw_event union all select unit_id from mismatched_unit) as u
     where substr(unit_id, 6)::int % 2 = 0`,
  );
  // Wrong claims of the beginning are gone with the rest.
  expect(left).toEqual([]);
});
