import { OpenFeature as Web, ProviderEvents as WebEvents } from '@openfeature/web-sdk';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createWebProvider } from '../../src/sdk/openfeature/web.js';
import { startFaultProxy } from './fault-proxy.js';
import { eventsOf, withPayloads } from './openfeature-events.js';
import { openShop, type Shop } from './shop.js';

/** Our provider under the SDK of OpenFeature for browsers, against a real service. */

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterEach(async () => {
  await Web.close();
  await Web.clearContexts();
});
afterAll(() => shop.service.remove());

const theirs = (experimentKey: string, userId: string) => shop.api.done('assignment', { experimentKey, unit: { userId } });

test('answers without waiting, for whom the context names, and records what is evaluated', async () => {
  const key = await shop.running(withPayloads('a', 'b'));
  const unseen = await shop.running(withPayloads('a', 'b'));
  await Web.setContext({ targetingKey: 'visitor-1' });
  await Web.setProviderAndWait(createWebProvider(shop.remote));
  const client = Web.getClient();
  const { payload, variant } = await theirs(key, 'visitor-1');
  const metadata = { experimentKey: key, allocationVersion: 1, unitId: 'visitor-1', inExperiment: true };
  expect(client.getStringDetails(key, '')).toMatchObject({ value: payload, variant, reason: 'SPLIT', flagMetadata: metadata });
  expect(client.getStringValue(key, '')).toBe(payload);
  client.track('purchase', { value: 3 });
  await Web.setContext({ targetingKey: 'visitor-2', since: new Date(0) });
  expect(client.getStringValue(key, '')).toBe((await theirs(key, 'visitor-2')).payload);
  await Web.close();
  expect(await shop.counts(key)).toEqual({ exposures: 2, conversions: 1, events: 1 });
  expect(await shop.counts(unseen)).toMatchObject({ exposures: 0 });
});

test('gives the default with the code that the specification has for the case', async () => {
  const [text, byUser] = [await shop.running(withPayloads('a', 'b')), await shop.running({ hashKey: 'userId' })];
  await Web.setProviderAndWait(createWebProvider(shop.remote));
  const client = Web.getClient();
  const told = (key: string) => {
    const { value, reason, errorCode } = client.getBooleanDetails(key, true);
    return [value, reason, errorCode];
  };
  expect(told(byUser)).toEqual([true, 'ERROR', 'TARGETING_KEY_MISSING']);
  expect(told('unheard-of')).toEqual([true, 'ERROR', 'FLAG_NOT_FOUND']);
  await Web.setContext({ targetingKey: 'u' });
  expect(told(text)).toEqual([true, 'ERROR', 'TYPE_MISMATCH']);
  const bad = createWebProvider(shop.remote);
  await Web.setContext('bad', { targetingKey: 'x'.repeat(300) });
  await expect(Web.setProviderAndWait('bad', bad)).rejects.toMatchObject({ code: 'INVALID_CONTEXT' });
  const nobody = Web.getClient('bad');
  expect(nobody.getStringDetails(text, 'x')).toMatchObject({ value: 'x', errorCode: 'PROVIDER_NOT_READY' });
  // The next context is a good one.
  await Web.setContext('bad', { targetingKey: 'u' });
  expect(nobody.getStringDetails(text, 'x').reason).toBe('SPLIT');
});

test('names the flags that have changed, and is silent about them while the context changes', async () => {
  const [key, other] = [await shop.running(withPayloads('a', 'b')), await shop.running(withPayloads('a', 'b'))];
  await Web.setContext({ targetingKey: 'u' });
  const client = Web.getClient();
  const events = eventsOf(client, WebEvents);
  const changed: (readonly string[] | undefined)[] = [];
  client.addHandler(WebEvents.ConfigurationChanged, (details) => void changed.push(details?.flagsChanged));
  await Web.setProviderAndWait(createWebProvider(shop.remote));
  await Web.setContext({ targetingKey: 'v' });
  await events.next(WebEvents.ContextChanged);
  expect(changed).toEqual([]);
  await shop.api.done('stopExperiment', { key, shipVariant: 'treatment' }, '{ experiment { key } }');
  await events.next(WebEvents.ConfigurationChanged);
  expect(changed).toEqual([[key]]);
  expect(client.getStringDetails(key, '')).toMatchObject({ value: 'b', variant: 'treatment', reason: 'STATIC' });
  expect(client.getStringDetails(other, '').reason).toBe('SPLIT');
});

test('tells of a lost service and of its return, gives what it holds in between, and is fatal with a wrong key', async () => {
  const key = await shop.running(withPayloads('a', 'b'));
  const proxy = await startFaultProxy(() => Number(new URL(shop.service.url).port));
  await Web.setContext({ targetingKey: 'u' });
  const client = Web.getClient();
  const events = eventsOf(client, WebEvents);
  await Web.setProviderAndWait(createWebProvider({ ...shop.remote, url: proxy.url }));
  await events.next(WebEvents.Ready);
  proxy.become('refuse');
  await events.next(WebEvents.Stale);
  expect(client.getStringDetails(key, '')).toMatchObject({ value: (await theirs(key, 'u')).payload });
  proxy.become('pass');
  await events.next(WebEvents.Ready);
  const wrong = createWebProvider({ ...shop.remote, key: 'wrong' });
  await expect(Web.setProviderAndWait('wrong', wrong)).rejects.toMatchObject({ code: 'PROVIDER_FATAL' });
  await Web.close();
  await proxy.close();
});
