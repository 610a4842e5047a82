import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, problemsOf, sampleInput } from './operations.js';

let service: RunningService;
const api = createCaller(() => service);

type Args = Record<string, unknown>;
interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly key: string } }[];
  readonly nodes: readonly { readonly key: string }[];
  readonly pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  readonly totalCount: number;
}

const numbered = Array.from({ length: 25 }, (_, i) => `paged-${String(i).padStart(2, '0')}`);

async function create(changes: Args, ...steps: readonly (readonly [string, Args?])[]): Promise<string> {
  const { key } = (await api.done('createExperiment', { input: sampleInput(changes) })).experiment;
  for (const [field, args] of steps) await api.done(field, { key, ...args });
  return key;
}

const pageFields = '{edges {cursor node {key}} nodes {key} pageInfo {hasNextPage hasPreviousPage startCursor endCursor} totalCount}';
const pageOf = (args: Args): Promise<Page> => api.done('experiments', args, pageFields);
const keysOf = ({ nodes }: Pick<Page, 'nodes'>) => nodes.map(({ key }) => key);
const found = async (filter: Args, args: Args = {}) => keysOf(await pageOf({ first: 100, filter, ...args })).sort();
const paged = { tags: ['paged'] };

beforeAll(async () => {
  service = await startService();
  for (const key of numbered) await create({ key, tags: ['paged'], name: `Name ${key.at(-1)}` });
  const start = ['startExperiment'] as const;
  await create({ key: 'running', name: 'Percent 100%', tags: ['x', 'y'] }, start);
  await create({ key: 'dry', hypothesis: 'The UNDER_score matters', tags: ['x'] }, ['startExperiment', { dryRun: true }]);
  await create({ key: 'bandit', design: 'BANDIT', name: 'Back\\slash', bandit: { intervalSeconds: 86_400 } }, start);
  await create({ key: 'clusters', design: 'CLUSTER', hashKey: 'tenantId', tags: ['y'] }, start, ['pauseExperiment']);
  await create({ key: 'harmful' }, start, ['rollbackExperiment', { reason: 'harm' }]);
  await create({ key: 'archived' }, start, ['rollbackExperiment', { reason: 'more harm' }], ['archiveExperiment']);
});
afterAll(() => service.remove());

describe('pages', () => {
  test.each([1, 7, 25, 100])('of %i cover the whole list once, forward and backward', async (size) => {
    const whole = [...numbered].reverse();
    const forward: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const page: Page = await pageOf({ first: size, after, filter: paged });
      expect(page.totalCount).toBe(25);
      expect(page.nodes).toEqual(page.edges.map(({ node }) => node));
      expect(page.pageInfo.startCursor).toBe(page.edges[0]?.cursor);
      expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
      forward.push(...keysOf(page));
      ({ endCursor: after, hasNextPage: more } = page.pageInfo);
    }
    expect(forward).toEqual(whole);
    const backward: string[] = [];
    for (let before: string | null = null, more = true; more; ) {
      const page: Page = await pageOf({ last: size, before, filter: paged });
      expect(page.pageInfo.hasNextPage).toBe(before !== null);
      backward.unshift(...keysOf(page));
      ({ startCursor: before, hasPreviousPage: more } = page.pageInfo);
    }
    expect(backward).toEqual(whole);
  });

  test('have 20 items when nothing is said, and take null for nothing', async () => {
    expect((await pageOf({ filter: paged })).nodes).toHaveLength(20);
    expect((await pageOf({ filter: paged, first: null, last: null, after: null, before: null, orderBy: null })).nodes).toHaveLength(20);
    expect((await pageOf({})).nodes).toHaveLength(20);
  });

  test('lie strictly between two cursors', async () => {
    const { edges } = await pageOf({ first: 10, filter: paged });
    const between = { after: edges[2]?.cursor, before: edges[7]?.cursor, filter: paged };
    const wanted = edges.slice(3, 7).map(({ node }) => node.key);
    expect(keysOf(await pageOf({ ...between, first: 100 }))).toEqual(wanted);
    expect(keysOf(await pageOf({ ...between, last: 100 }))).toEqual(wanted);
    const two = await pageOf({ ...between, last: 2 });
    expect(keysOf(two)).toEqual(wanted.slice(2));
    expect(two.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const none = await pageOf({ after: edges[2]?.cursor, before: edges[3]?.cursor, filter: paged });
    expect(none).toMatchObject({ edges: [], nodes: [], totalCount: 25, pageInfo: { startCursor: null, endCursor: null } });
  });

  test('go on where they were, whatever is created and deleted meanwhile', async () => {
    const steady = { tags: ['steady'] };
    for (const n of [1, 2, 3, 4, 5, 6]) await create({ key: `steady-${n}`, tags: ['steady'] });
    const first = await pageOf({ first: 2, filter: steady });
    expect(keysOf(first)).toEqual(['steady-6', 'steady-5']);
    await create({ key: 'steady-7', tags: ['steady'] });
    for (const key of ['steady-5', 'steady-4']) await api.done('deleteExperiment', { key });
    const after = first.pageInfo.endCursor;
    const second = await pageOf({ first: 2, after, filter: steady });
    expect(keysOf(second)).toEqual(['steady-3', 'steady-2']);
    expect(second.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    expect(keysOf(await pageOf({ last: 9, before: second.pageInfo.startCursor, filter: steady }))).toEqual(['steady-7', 'steady-6']);
  });

  test('tell of every argument that is wrong', async () => {
    const cursor = (await pageOf({ first: 1 })).pageInfo.endCursor;
    const ofAnotherOrder = (await pageOf({ first: 1, orderBy: { field: 'NAME' } })).pageInfo.endCursor;
    const ofAnotherList = (await api.done('auditLog', { first: 1 }, '{pageInfo {endCursor}}')).pageInfo.endCursor;
    const problems = async (args: Args) => problemsOf(await api.refused('experiments', args));
    expect(await problems({ first: 0, last: 101, after: 'x', before: '' })).toEqual(
      [
        'BAD_USER_INPUT at after',
        'BAD_USER_INPUT at before',
        'INVALID_RANGE at first',
        'INVALID_RANGE at last',
        'NOT_EXACTLY_ONE at last',
      ].sort(),
    );
    expect(await problems({ first: -1 })).toEqual(['INVALID_RANGE at first']);
    expect(await problems({ first: 5, last: 5, after: cursor })).toEqual(['NOT_EXACTLY_ONE at last']);
    for (const after of [
      ofAnotherOrder,
      ofAnotherList,
      `${cursor}x`,
      '\u0000',
      Buffer.from('["experiments CREATED_AT DESC","a",1]').toString('base64url'),
    ]) {
      expect(await problems({ after })).toEqual(['BAD_USER_INPUT at after']);
    }
    for (const field of ['alerts', 'auditLog'])
      expect(problemsOf(await api.refused(field, { first: 101 }))).toEqual(['INVALID_RANGE at first']);
    for (const field of ['alerts', 'allocations', 'evaluations']) {
      const { data, errors } = await api.call(
        'experiment',
        { key: 'running' },
        { selection: `{key ${field}(first: 0, last: 0) {totalCount}}` },
      );
      expect(data.experiment).toEqual({ key: 'running', [field]: null });
      expect(problemsOf(errors?.[0].extensions)).toEqual(['INVALID_RANGE at first', 'INVALID_RANGE at last', 'NOT_EXACTLY_ONE at last']);
      expect(errors?.[0].path).toEqual(['experiment', field]);
    }
  });
});

describe('experiments', () => {
  test('are found by every member of the filter, all of them together', async () => {
    const others = ['bandit', 'clusters', 'dry', 'harmful', 'running'];
    const notPaged = (keys: string[]) => keys.filter((key) => !/^(paged|steady)/.test(key));
    expect(notPaged(await found({}))).toEqual(others);
    expect(notPaged(await found({ status: null, keys: null, tags: null, search: null, design: null }))).toEqual(others);
    expect(await found({ keys: ['dry', 'running', 'nothing', 'Not A Key', 'archived'] })).toEqual(['dry', 'running']);
    expect(await found({ status: ['ARCHIVED', 'ROLLED_BACK'] })).toEqual(['archived', 'harmful']);
    expect(await found({ design: ['BANDIT', 'CLUSTER'] })).toEqual(['bandit', 'clusters']);
    expect(await found({ tags: ['x', 'y'] })).toEqual(['running']);
    expect(await found({ tags: ['x'], status: ['DRY_RUN'] })).toEqual(['dry']);
    expect(notPaged(await found({ tags: [] }))).toEqual(others);
    for (const nothing of [{ keys: [] }, { status: [] }, { design: [] }, { tags: ['x', 'z'] }]) expect(await found(nothing)).toEqual([]);
  });

  test('are searched for text in key, name and hypothesis, whatever the case, with no sign of it special', async () => {
    expect(await found({ search: 'RUNNING' })).toEqual(['running']);
    expect(await found({ search: 'percent 100%' })).toEqual(['running']);
    expect(await found({ search: '0%' })).toEqual(['running']);
    expect(await found({ search: 'under_SCORE' })).toEqual(['dry']);
    expect(await found({ search: 'k\\s' })).toEqual(['bandit']);
    for (const search of ['%', '_', '\\']) expect(await found({ search })).toHaveLength(1);
    for (const search of ["'; drop table experiment; --", '.*', 'paged?']) expect(await found({ search })).toEqual([]);
  });

  test('by more than 100 keys are too many', async () => {
    const keys = Array.from({ length: 101 }, (_, i) => `k${i}`);
    expect(problemsOf(await api.refused('experiments', { filter: { keys } }))).toEqual(['INVALID_RANGE at filter.keys']);
    expect(await found({ keys: keys.slice(1) })).toEqual([]);
  });

  test('run in each order both ways, ties by key, those that never started last', async () => {
    const order = async (field: string, direction?: string) =>
      keysOf(await pageOf({ first: 100, filter: paged, orderBy: direction ? { field, direction } : { field } }));
    const byName = [...numbered].sort((a, b) => (a.slice(-1) + a < b.slice(-1) + b ? -1 : 1));
    expect(await order('NAME', 'ASC')).toEqual(byName);
    expect(await order('NAME', 'DESC')).toEqual([...byName].reverse());
    expect(await order('NAME')).toEqual([...byName].reverse());
    expect(await order('CREATED_AT', 'ASC')).toEqual(numbered);
    await api.done('updateExperiment', { input: { key: 'paged-07', name: 'Name 7 again' } });
    expect((await order('UPDATED_AT', 'DESC'))[0]).toBe('paged-07');
    expect((await order('UPDATED_AT', 'ASC')).at(-1)).toBe('paged-07');
    const started = async (direction: string, size: number) => {
      const keys: string[] = [];
      for (let after: string | null = null, more = true; more; ) {
        const page: Page = await pageOf({ first: size, after, orderBy: { field: 'STARTED_AT', direction } });
        keys.push(...keysOf(page));
        ({ endCursor: after, hasNextPage: more } = page.pageInfo);
      }
      return keys;
    };
    const come = ['running', 'bandit', 'clusters', 'harmful'];
    const ascending = await started('ASC', 3);
    expect(ascending.slice(0, 4)).toEqual(come);
    expect(ascending.slice(4)).toEqual([...ascending.slice(4)].sort());
    const descending = await started('DESC', 3);
    expect(descending.slice(0, 4)).toEqual([...come].reverse());
    expect(descending.slice(4)).toEqual([...ascending.slice(4)].reverse());
  });

  test('that are not there are null, whatever is asked for', async () => {
    for (const key of ['nothing', '', 'Not A Key', 'a\u0000b', '\ud800', '__proto__', 'constructor', 'x'.repeat(10_000)]) {
      expect(await api.done('experiment', { key })).toBeNull();
    }
  });
});

test('other lists of a filter may have 1,000 members', async () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => `k${i}`);
  expect(await found({ tags: many(1_000) })).toEqual([]);
  const tooMany = { tags: many(40_000), status: many(40_000).fill('DRAFT'), design: many(1_001).fill('BANDIT') };
  const problems = problemsOf(await api.refused('experiments', { filter: tooMany }));
  expect(problems).toEqual(['INVALID_RANGE at filter.design', 'INVALID_RANGE at filter.status', 'INVALID_RANGE at filter.tags']);
  expect(await api.done('alerts', { filter: { experimentKeys: many(1_000) } }, '{totalCount}')).toEqual({ totalCount: 0 });
  expect(problemsOf(await api.refused('alerts', { filter: { experimentKeys: many(40_000) } }))).toEqual([
    'INVALID_RANGE at filter.experimentKeys',
  ]);
});
