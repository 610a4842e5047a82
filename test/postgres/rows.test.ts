import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool } from '../../src/postgres/database.js';
import { createDefinitionStore } from '../../src/postgres/definitions.js';
import { createReads } from '../../src/postgres/reads.js';
import { alertColumns, apiKeyColumns, auditColumns } from '../../src/postgres/record-rows.js';
import { allocationColumns, evaluationColumns } from '../../src/postgres/rows.js';
import type { AlertRecord, AllocationRecord, ApiKeyRecord, EvaluationRecord } from '../../src/services/records.js';
import { moved, running } from '../core/samples.js';
import { createDatabase } from '../setup/stores.js';
import { insertExperiment, insertRow, uuidOf } from './rows-of.js';

let pool: ReturnType<typeof createPool>;
let reads: ReturnType<typeof createReads>;
beforeAll(async () => {
  pool = createPool(await createDatabase());
  reads = createReads(pool);
});
afterAll(() => pool.end());

const at = new Date('2025-03-04T05:06:07.089Z');

describe('what is stored comes back the same', () => {
  test('an experiment, from Prisma and from the driver', async () => {
    const { allocation } = moved(running(), { weights: [0.1234, 0.8766] });
    const full = await insertExperiment(
      pool,
      'full',
      {
        allocation,
        status: 'STOPPED',
        revision: 7,
        version: 12,
        disabledVariants: ['green'],
        overrides: [{ unitId: 'päivi "q"', variant: 'green' }],
        exclusion: { group: 'shop', start: 0.1, end: 0.30000000000000004 },
        banditHaltedAt: at,
        banditResumedAt: at,
        planHash: 'abc',
        looksUsed: 3,
        shippedVariant: 'green',
        endedAt: at,
      },
      { hypothesis: 'It sells.', tags: ['a', 'b,c'], exclusionGroup: 'shop' },
    );
    const draft = await insertExperiment(pool, 'draft', { allocation: null, status: 'DRAFT', startedAt: null });

    expect(await reads.experiment({ key: 'full' })).toEqual(full);
    expect(await reads.experiment({ id: draft.id })).toEqual(draft);
    expect(await createDefinitionStore(pool).load([full.id])).toEqual([full]);
  });

  test('an allocation', async () => {
    const { id, allocation } = running();
    const record: AllocationRecord = {
      ...allocation,
      experimentId: id,
      endedAt: at,
      previousWeights: [{ variant: 'control', weight: 1 }],
      probabilityBest: [{ variant: 'control', probability: 0.1 + 0.2 }],
    };
    await insertRow(pool, 'allocation', allocationColumns(record));
    expect(await reads.allocation(id, allocation.version)).toEqual(record);
  });

  test('an evaluation', async () => {
    const experiment = await insertExperiment(pool, 'evaluated');
    const record = {
      experimentId: experiment.id,
      experimentKey: 'evaluated',
      sequence: 1,
      at,
      result: { final: true, alphaSpent: 1e-300, summary: 'so', srm: { pValue: 0.1 + 0.2 } },
      input: { versions: [], arms: [], looksUsed: 1, final: true, confirmatory: true },
      provenance: { planHash: null, allocationVersions: [1, 2], watermark: at, engineVersion: '1' },
    } as unknown as EvaluationRecord;
    await insertRow(pool, 'evaluation', evaluationColumns(record));
    expect(await reads.latestEvaluation(experiment)).toEqual(record);
    expect(await reads.evaluation(experiment, 1)).toEqual(record);
    expect(await reads.evaluation(experiment, 2)).toBeNull();
    const [never, other] = [await insertExperiment(pool, 'never judged'), await insertExperiment(pool, 'judged twice')];
    const later = { ...record, experimentId: other.id, experimentKey: 'judged twice', sequence: 2 };
    for (const sequence of [1, 2]) await insertRow(pool, 'evaluation', evaluationColumns({ ...later, sequence }));
    expect(await reads.latestEvaluations([other, never, experiment])).toEqual([later, null, record]);
  });

  test('an alert, with the key of its experiment', async () => {
    const experiment = await insertExperiment(pool, 'alerted');
    const alert: AlertRecord = {
      id: uuidOf('alert'),
      experimentId: experiment.id,
      experimentKey: 'alerted',
      sequence: 5_000_000_000,
      at,
      resolvedAt: null,
      kind: 'SRM_DETECTED',
      severity: 'CRITICAL',
      message: 'uneven',
      metric: null,
      variant: 'green',
    };
    await insertRow(pool, 'alert', alertColumns(alert));
    expect(await reads.alert(alert.id)).toEqual(alert);
    expect(await reads.openAlerts()).toEqual([alert]);
    expect(await reads.alertSequence()).toBe(0);
  });

  test('an audit entry', async () => {
    const entry = {
      at,
      actor: 'key',
      action: 'pauseExperiment',
      experimentKey: 'full',
      reason: null,
      before: { a: [1, null] },
      after: null,
    };
    await insertRow(pool, 'audit_entry', auditColumns(entry));
    expect(await reads.auditEntry('1')).toEqual({ id: '1', ...entry });
  });

  test('an API key, found by the hash of its secret, and its last use, the latest one told', async () => {
    const key: ApiKeyRecord = {
      id: uuidOf('key'),
      name: 'shop',
      scope: 'CLIENT',
      prefix: 'bw_abc',
      createdAt: at,
      lastUsedAt: null,
      expiresAt: at,
      revokedAt: null,
    };
    const hash = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
    await insertRow(pool, 'api_key', { ...apiKeyColumns(key), secret_hash: Buffer.from(hash) });
    expect(await reads.apiKeyByHash(hash)).toEqual(key);
    expect(await reads.apiKeyByHash(hash.slice(1))).toBeNull();
    await reads.touchApiKey(key.id, at);
    await reads.touchApiKey(key.id, new Date(at.getTime() - 60_000));
    expect(await reads.apiKey(key.id)).toEqual({ ...key, lastUsedAt: at });
    expect(await reads.apiKeys()).toHaveLength(1);
  });
});

test('answers null to ids and keys that nothing could have', async () => {
  expect(await reads.experiment({ key: 'a\0b' })).toBeNull();
  expect(await reads.experiment({ id: "'; drop table experiment" })).toBeNull();
  expect(await reads.alert('1')).toBeNull();
  expect(await reads.auditEntry('99999999999999999999')).toBeNull();
  expect(await reads.apiKey('')).toBeNull();
  expect(await reads.allocation(uuidOf('none'), 2 ** 40)).toBeNull();
});

test('says UNAVAILABLE when the store is away', async () => {
  const away = createReads(createPool('postgres://nobody@127.0.0.1:1/none'));
  await expect(away.experiment({ key: 'full' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect(away.counts([])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('says UNAVAILABLE when the server ends the connection, and goes on with a new one', async () => {
  const blocker = await pool.connect();
  await blocker.query('begin; lock table counter');
  const interrupted = expect(reads.alertSequence()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const waiting = "from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
  await expect.poll(async () => (await pool.query(`select ${waiting}`)).rowCount).toBe(1);
  await pool.query(`select pg_terminate_backend(pid) ${waiting}`);
  await interrupted;
  await blocker.query('rollback');
  blocker.release();
  expect(await reads.alertSequence()).toBe(0);
});
