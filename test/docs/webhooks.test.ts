import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { webhookKinds } from '../../src/core/webhook.js';
import { readEndpoints, webhookFormats } from '../../src/core/webhook-endpoint.js';

const page = readFileSync('docs/webhooks.md', 'utf8');
const [receivers = ''] = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

test('the receivers of the page are taken as they stand there', () => {
  const { endpoints, faults } = readEndpoints(JSON.parse(receivers));
  expect(faults).toEqual([]);
  expect(endpoints.map(({ format }) => format).sort()).toEqual([...webhookFormats].sort());
});

test('the page names every kind and every type of message', () => {
  const types = readFileSync('src/core/webhook.ts', 'utf8').matchAll(/'((?:alert|decision|status|report)\.[a-z]+)'/g);
  const named = [...webhookKinds, ...new Set([...types].map((match) => match[1] ?? ''))];
  expect(named).toHaveLength(webhookKinds.length + 5);
  expect(named.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
