import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Experiment } from '../../src/core/experiment.js';
import { experimentOrderFields, orderDirections } from '../../src/core/experiment-list.js';
import { createPool } from '../../src/postgres/database.js';
import { createReads } from '../../src/postgres/reads.js';
import { alertColumns, auditColumns } from '../../src/postgres/record-rows.js';
import { allocationColumns } from '../../src/postgres/rows.js';
import type { CursorValues, Page, PageRequest } from '../../src/services/page.js';
import type { ExperimentOrder } from '../../src/services/reads.js';
import { sampleExperiment } from '../core/samples.js';
import { createDatabase } from '../setup/stores.js';
import { insertExperiment, insertRow, uuidOf } from './rows-of.js';

let pool: ReturnType<typeof createPool>;
let reads: ReturnType<typeof createReads>;
let experiments: Experiment[];
beforeAll(async () => {
  pool = createPool(await createDatabase());
  reads = createReads(pool);
  // Eleven with few distinct values each, so that ties and nulls fall inside pages and on their edges.
  const minute = (n: number) => new Date(Date.UTC(2025, 0, 1, 0, n));
  experiments = await Promise.all(
    Array.from({ length: 11 }, (_, i) => {
      const times = { createdAt: minute(i % 3), updatedAt: minute((i * 7) % 5), startedAt: i % 4 === 1 ? null : minute(i % 2) };
      return insertExperiment(pool, `e${(i * 5) % 11}`, times, { name: `name ${i % 4}` });
    }),
  );
});
afterAll(() => pool.end());

const first = (limit: number, after: CursorValues | null = null, before: CursorValues | null = null): PageRequest => ({
  limit,
  backward: false,
  after,
  before,
});
const last = (limit: number, before: CursorValues | null = null, after: CursorValues | null = null): PageRequest => ({
  limit,
  backward: true,
  after,
  before,
});
const byCreation: ExperimentOrder = { field: 'CREATED_AT', direction: 'DESC' };
const keysOf = (page: Page<Experiment>) => page.items.map(({ node }) => node.definition.key);
const cursorAt = (page: Page<unknown>, i: number) => page.items.at(i)?.cursor ?? null;

/** The order as the contract tells it: by the field, those that have not started last, ties by key. */
function inOrder({ field, direction }: ExperimentOrder): string[] {
  const sign = direction === 'ASC' ? 1 : -1;
  const fieldOf = ({ definition, createdAt, updatedAt, startedAt }: Experiment) =>
    ({ CREATED_AT: createdAt.getTime(), UPDATED_AT: updatedAt.getTime(), STARTED_AT: startedAt?.getTime() ?? null, NAME: definition.name })[
      field
    ];
  const compare = (a: Experiment, b: Experiment) => {
    const [left, right] = [fieldOf(a), fieldOf(b)];
    if (left !== right) return left === null || right === null ? (left === null ? 1 : -1) : sign * (left < right ? -1 : 1);
    return sign * (a.definition.key < b.definition.key ? -1 : 1);
  };
  return [...experiments].sort(compare).map(({ definition }) => definition.key);
}

const orders = experimentOrderFields.flatMap((field) => orderDirections.map((direction): ExperimentOrder => ({ field, direction })));

describe.each(orders)('experiments by $field $direction', (order) => {
  test.each([1, 2, 3, 11, 100])('come whole and in order in pages of %i, from either end', async (limit) => {
    const all = inOrder(order);
    const forward: string[] = [];
    for (let after: CursorValues | null = null, more = true; more; ) {
      const page: Page<Experiment> = await reads.experiments(first(limit, after), {}, order);
      expect(page.hasPreviousPage).toBe(forward.length > 0);
      forward.push(...keysOf(page));
      more = page.hasNextPage;
      after = cursorAt(page, -1);
    }
    expect(forward).toEqual(all);

    const backward: string[] = [];
    for (let before: CursorValues | null = null, more = true; more; ) {
      const page: Page<Experiment> = await reads.experiments(last(limit, before), {}, order);
      expect(page.hasNextPage).toBe(backward.length > 0);
      backward.unshift(...keysOf(page));
      more = page.hasPreviousPage;
      before = cursorAt(page, 0);
    }
    expect(backward).toEqual(all);
  });

  test('are cut at two cursors, and both sides are told', async () => {
    const all = inOrder(order);
    const whole = await reads.experiments(first(100), {}, order);
    const between = await reads.experiments(first(100, cursorAt(whole, 1), cursorAt(whole, -2)), {}, order);
    expect(keysOf(between)).toEqual(all.slice(2, -2));
    expect(between).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const tail = await reads.experiments(last(2, cursorAt(whole, -1), cursorAt(whole, 0)), {}, order);
    expect(keysOf(tail)).toEqual(all.slice(-3, -1));
    expect(tail).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  });
});

test('nothing lies beyond a page that a cursor of a removed row cuts at the end of the list', async () => {
  const page = await reads.experiments(first(100, ['2099-01-01T00:00:00.000Z', 'zzz']), {}, byCreation);
  expect(page.items).toHaveLength(11);
  expect(page).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
});

test('counts the whole list, whatever the page', async () => {
  const page = await reads.experiments(
    first(2, ['2025-01-01T00:01:00.000Z', 'e3']),
    { keys: ['e1', 'e2', 'e3', 'e4', 'none'] },
    byCreation,
  );
  expect(await page.totalCount()).toBe(4);
});

test.each([
  ['of another length', ['2025-01-01T00:01:00.000Z']],
  ['of another type', ['2025-01-01T00:01:00.000Z', 3]],
  ['with no instant', ['yesterday', 'e1']],
  ['with null where there is none', [null, 'e1']],
])('refuses a cursor %s', async (_, cursor) => {
  await expect(reads.experiments(first(2, cursor), {}, byCreation)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('histories come newest first in pages, oldest first after a sequence', async () => {
  const experimentId = uuidOf('history');
  const { allocation } = sampleExperiment();
  if (!allocation) throw new Error('no allocation');
  for (let version = 1; version <= 5; version += 1) {
    const record = { ...allocation, version, experimentId, endedAt: null, previousWeights: [], probabilityBest: [] };
    await insertRow(pool, 'allocation', allocationColumns(record));
  }
  const page = await reads.allocations(experimentId, first(2, [4]));
  expect(page.items.map(({ node }) => node.version)).toEqual([3, 2]);
  expect(page).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  expect(await page.totalCount()).toBe(5);
  expect((await reads.allocationsAfter(experimentId, 2, 2)).map(({ version }) => version)).toEqual([3, 4]);
});

test('alerts and audit entries are filtered by every member that is given', async () => {
  const at = new Date('2025-06-01T00:00:00Z');
  const alert = { experimentKey: '', at, message: '', metric: null, variant: null };
  const rows = [
    { sequence: 1, kind: 'UNDERPOWERED', severity: 'INFO', experimentId: uuidOf('e1'), resolvedAt: null },
    { sequence: 2, kind: 'SRM_DETECTED', severity: 'CRITICAL', experimentId: uuidOf('e1'), resolvedAt: at },
    { sequence: 3, kind: 'STALE_POLICY', severity: 'WARNING', experimentId: uuidOf('e2'), resolvedAt: null },
  ] as const;
  for (const row of rows) await insertRow(pool, 'alert', alertColumns({ ...alert, ...row, id: uuidOf(row.kind) }));
  const alerts = async (filter: Parameters<typeof reads.alerts>[1]) =>
    (await reads.alerts(first(10), filter)).items.map(({ node }) => `${node.sequence} ${node.experimentKey}`);
  expect(await alerts({})).toEqual(['3 e2', '2 e1', '1 e1']);
  expect(await alerts({ experimentKeys: ['e1', 'none'] })).toEqual(['2 e1', '1 e1']);
  expect(await alerts({ experimentKeys: [] })).toEqual([]);
  expect(await alerts({ minSeverity: 'WARNING' })).toEqual(['3 e2', '2 e1']);
  expect(await alerts({ open: true, kinds: ['STALE_POLICY', 'SRM_DETECTED'] })).toEqual(['3 e2']);
  expect(await alerts({ open: false })).toEqual(['2 e1']);
  expect((await reads.alertsAfter(1, 1)).map(({ sequence }) => sequence)).toEqual([2]);

  const entry = { action: 'pause', experimentKey: 'e1', reason: null, before: null, after: null };
  for (const day of [1, 2, 3])
    await insertRow(pool, 'audit_entry', auditColumns({ ...entry, at: new Date(Date.UTC(2025, 0, day)), actor: `key ${day % 2}` }));
  const audit = async (filter: Parameters<typeof reads.auditLog>[1]) =>
    (await reads.auditLog(first(10), filter)).items.map(({ node }) => node.at.getUTCDate());
  expect(await audit({ experimentKey: 'e1' })).toEqual([3, 2, 1]);
  expect(await audit({ actor: 'key 1', action: 'pause' })).toEqual([3, 1]);
  expect(await audit({ from: new Date('2025-01-02T00:00:00Z'), to: new Date('2025-01-03T00:00:00Z') })).toEqual([2]);
  expect(await audit({ actor: 'a\0b' })).toEqual([]);
});
