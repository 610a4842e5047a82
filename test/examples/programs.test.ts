import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Checkout, openCheckout } from './checkout.js';
import { installExamples, packages, runProgram, serveProgram } from './installed.js';

/** The examples without a page. */

let folder: string;
let checkout: Checkout;
beforeAll(async () => {
  folder = await installExamples();
}, 120_000);

beforeAll(async () => {
  checkout = await openCheckout();
});
afterAll(() => checkout?.service.remove());

test('the examples name the versions that they are tried with', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect({ ...devDependencies, ...dependencies }).toMatchObject(packages);
});

test('the service in Express serves variants and counts orders', async () => {
  const { address, stop } = await serveProgram(join(folder, 'express-service.mjs'), {
    BELLWETHER_URL: checkout.service.url,
    BELLWETHER_KEY: checkout.serverKey,
  });
  const before = await checkout.counts();
  const shown = await fetch(`${address}/checkout`, { headers: { 'x-user-id': 'ann' } });
  const { layout } = (await shown.json()) as { layout: string };
  expect(['control', 'one-page']).toContain(layout);
  expect(shown.headers.get('x-variant')).toBe(layout);
  const order = await fetch(`${address}/orders`, { method: 'POST', headers: { 'x-user-id': 'ann' } });
  expect([order.status, await order.json()]).toEqual([201, { counted: true }]);
  expect(await stop()).toBe(0);
  expect(await checkout.counts()).toEqual({
    exposures: before.exposures + 1,
    conversions: before.conversions + 1,
    events: before.events + 1,
  });
});

test('the script lets people in, counts them and waits for the judgement', { timeout: 90_000 }, async () => {
  const before = await checkout.counts();
  const said = await runProgram(join(folder, 'script.mjs'), {
    BELLWETHER_URL: checkout.service.url,
    BELLWETHER_KEY: checkout.service.secrets.read,
  });
  const points = String.raw`-?\d+\.\d points`;
  expect(said).toEqual([
    ...[0, 1, 2].map((n) => expect.stringMatching(new RegExp(`^${n} gets (control|one-page): SPLIT$`))),
    'all counted: true',
    expect.stringMatching(new RegExp(`^one-page against the control: ${points}, between ${points} and ${points}; KEEP_RUNNING$`)),
  ]);
  const after = await checkout.counts();
  expect(after.exposures).toBe(before.exposures + 400);
  expect(after.conversions).toBeGreaterThan(before.conversions + 100);
});

describe('the programs of OpenFeature', () => {
  const readings = ['ann', 'bob', 'eve'].map((name) =>
    expect.stringMatching(`^${name} reads "(Buy": control|Add to cart": longer), (SPLIT|TARGETING_MATCH)$`),
  );
  beforeAll(() => checkout.start('button-text'));

  test('the one with our provider asks and counts', async () => {
    const said = await runProgram(join(folder, 'openfeature.mjs'), {
      BELLWETHER_URL: checkout.service.url,
      BELLWETHER_KEY: checkout.serverKey,
    });
    expect(said).toEqual(readings);
    expect(await checkout.countsOf('button-text')).toEqual({ exposures: 3, conversions: 1, events: 1 });
  });

  test('the one with the stock provider asks', async () => {
    const said = await runProgram(join(folder, 'ofrep.mjs'), {
      BELLWETHER_URL: checkout.service.url,
      BELLWETHER_KEY: checkout.service.secrets.client,
    });
    expect(said).toEqual(readings);
  });
});
