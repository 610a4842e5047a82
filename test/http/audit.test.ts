import { auditServer } from 'graphql-http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Edge, secrets, startEdge } from './edge.js';

let edge: Edge;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.close());

test("passes graphql-http's audit but for one old habit that the protocol leaves open", async () => {
  const fetchFn: typeof fetch = (input, init) =>
    fetch(input, { ...init, headers: { ...(init?.headers as Record<string, string>), authorization: `Bearer ${secrets.READ}` } });
  const results = await auditServer({ url: `${edge.url}/graphql`, fetchFn });
  const found = results.filter(({ status }) => status !== 'ok');
  expect(results).toHaveLength(61);
  expect(found.filter(({ status }) => status !== 'warn')).toEqual([]);
  // 400, where application/json may also be answered with 200: parse, validation and coercion errors.
  expect(found.map(({ name }) => name).sort()).toHaveLength(3);
}, 30_000);
