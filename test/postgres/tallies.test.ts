import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CheckedExposure } from '../../src/core/event.js';
import { readCounts } from '../../src/postgres/counts.js';
import { createPool } from '../../src/postgres/database.js';
import { createEventStore } from '../../src/postgres/ingest.js';
import type { CountingRules } from '../../src/services/ports.js';
import { createDatabase } from '../setup/stores.js';
import { insertExperiment } from './rows-of.js';

let pool: ReturnType<typeof createPool>;
beforeAll(async () => {
  pool = createPool(await createDatabase());
});
afterAll(() => pool.end());

test('units that claim a variant which they were not served, and bots, are counted as one query over all rows counts them', async () => {
  const experiment = await insertExperiment(pool, 'claimed');
  const other = await insertExperiment(pool, 'other');
  const receivedAt = Date.UTC(2025, 5, 1);
  const rules: CountingRules = {
    epoch: 0,
    usesOf: () => [],
    rulesOf: () => ({ hashKey: 'userId', metrics: experiment.definition.metrics, cohortMetric: null }),
  };
  const exposure = (experimentId: string, unitId: string, servable: boolean, eventId: string): CheckedExposure => ({
    kind: 'exposure',
    eventId,
    contentHash: '00',
    experimentId,
    hashKey: 'userId',
    unitId,
    variant: 'green',
    allocationVersion: 1,
    period: 1,
    occurredAt: receivedAt,
    receivedAt,
    segments: [],
    servable,
  });
  const batches = [
    [exposure(experiment.id, 'u1', true, 'e1'), exposure(experiment.id, 'u2', false, 'e2'), exposure(experiment.id, 'u2', false, 'e3')],
    [exposure(experiment.id, 'u2', false, 'e4'), exposure(experiment.id, 'u3', false, 'e5'), exposure(other.id, 'u2', false, 'e6')],
  ];
  for (const [shard, items] of batches.entries()) {
    const request = {
      apiKeyId: null,
      idempotencyKey: null,
      fingerprint: '',
      receivedAt,
      items,
      bots: new Map([[experiment.id, 2 + shard]]),
    };
    await createEventStore(pool, shard).ingest([request], rules);
  }

  const [counts, others] = await readCounts(pool, [experiment, other]);
  const { rows } = await pool.query<{ units: number }>('select count(*) as units from mismatched_unit where experiment_id = $1', [
    experiment.id,
  ]);
  expect(rows[0]?.units).toBe(2);
  expect(counts).toMatchObject({ mismatchedUnits: 2, botEvents: 5, variants: [{ exposures: 0 }, { exposures: 1 }] });
  expect(others).toMatchObject({ mismatchedUnits: 1, botEvents: 0 });
});
