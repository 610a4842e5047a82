import { expect, test } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { connectionOf, pageRequest } from '../../src/graphql/connection.js';
import type { Page } from '../../src/services/page.js';

function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof DomainError) return error.problems.map(({ code, path }) => `${code} ${path.join('.')}`);
    throw error;
  }
  return [];
}

const page: Page<{ name: string }> = {
  items: [
    { node: { name: 'a' }, cursor: ['2026-01-01T00:00:00.000Z', 'a'] },
    { node: { name: 'b' }, cursor: [null, 'b'] },
  ],
  hasNextPage: true,
  hasPreviousPage: false,
  totalCount: async () => 7,
};

test('asks for 20 from the beginning when nothing is said', () => {
  expect(pageRequest('things', {})).toEqual({ limit: 20, backward: false, after: null, before: null });
});

test('a cursor leads back to the values that the page was cut at', () => {
  const { pageInfo, edges, nodes } = connectionOf('things', page, ({ name }) => name.toUpperCase());
  expect(nodes).toEqual(['A', 'B']);
  expect(edges.map(({ node }) => node)).toEqual(['A', 'B']);
  expect(pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false, startCursor: edges[0]?.cursor, endCursor: edges[1]?.cursor });
  const request = pageRequest('things', { last: 3, after: pageInfo.startCursor, before: pageInfo.endCursor });
  expect(request).toEqual({ limit: 3, backward: true, after: ['2026-01-01T00:00:00.000Z', 'a'], before: [null, 'b'] });
});

test('counts the whole list only when asked to', async () => {
  let counted = 0;
  const counting = { ...page, totalCount: async () => ++counted };
  const connection = connectionOf('things', counting, (item) => item);
  expect(counted).toBe(0);
  expect(await connection.totalCount()).toBe(1);
});

test('an empty page has no cursors', () => {
  const { pageInfo } = connectionOf('things', { ...page, items: [] }, (item) => item);
  expect(pageInfo).toMatchObject({ startCursor: null, endCursor: null });
});

test('names every fault of the arguments at once', () => {
  expect(problemsOf(() => pageRequest('things', { first: 0, last: 101, after: 'x', before: '' }))).toEqual([
    'INVALID_RANGE first',
    'INVALID_RANGE last',
    'NOT_EXACTLY_ONE last',
    'BAD_USER_INPUT after',
    'BAD_USER_INPUT before',
  ]);
});

test('refuses the cursor of another list, and one that was written by hand', () => {
  const { pageInfo } = connectionOf('experiments NAME ASC', page, (item) => item);
  expect(problemsOf(() => pageRequest('experiments NAME DESC', { after: pageInfo.endCursor }))).toEqual(['BAD_USER_INPUT after']);
  const forged = Buffer.from('["things", {"a": 1}]').toString('base64url');
  expect(problemsOf(() => pageRequest('things', { after: forged }))).toEqual(['BAD_USER_INPUT after']);
});
