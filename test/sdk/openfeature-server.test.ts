import { OpenFeature as Server, ProviderEvents as ServerEvents } from '@openfeature/server-sdk';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createServerProvider } from '../../src/sdk/openfeature/server.js';
import { equalVariants } from '../api/operations.js';
import { startFaultProxy } from './fault-proxy.js';
import { eventsOf, withPayloads } from './openfeature-events.js';
import { memoryStorage, openShop, type Shop } from './shop.js';

/** Our provider under the SDK of OpenFeature for servers, against a real service. */

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterEach(() => Server.close());
afterAll(() => shop.service.remove());

const theirs = (experimentKey: string, userId: string) => shop.api.done('assignment', { experimentKey, unit: { userId } });

test('gives values of every type, the variant and its reason, as the service answers them', async () => {
  const flags = {
    boolean: await shop.running(withPayloads(false, true)),
    string: await shop.running(withPayloads('Buy', 'Add to cart')),
    number: await shop.running(withPayloads(20, 50)),
    object: await shop.running(withPayloads({ colour: 'grey' }, { colour: 'green', sizes: [1, 2] })),
    plain: await shop.running({ variants: equalVariants('a', 'b') }),
  };
  await Server.setProviderAndWait(createServerProvider(shop.local));
  const client = Server.getClient();
  const ids = Array.from({ length: 12 }, (_, n) => `visitor-${n}`);
  const seen = new Set<string>();
  for (const targetingKey of ids) {
    const { variant, payload } = await theirs(flags.boolean, targetingKey);
    expect(await client.getBooleanDetails(flags.boolean, !payload, { targetingKey })).toMatchObject({
      value: payload,
      variant,
      reason: 'SPLIT',
      flagMetadata: { experimentKey: flags.boolean, allocationVersion: 1, unitId: targetingKey, inExperiment: true },
    });
    const values = [
      await client.getStringValue(flags.string, 'default', { targetingKey }),
      await client.getNumberValue(flags.number, -1, { targetingKey }),
      await client.getObjectValue(flags.object, {}, { targetingKey }),
    ];
    const expected = await Promise.all([flags.string, flags.number, flags.object].map((key) => theirs(key, targetingKey)));
    expect(values).toEqual(expected.map((answer) => answer.payload));
    for (const value of [payload, ...values]) seen.add(JSON.stringify(value));
  }
  // Both variants of all four, so that no default can pass for an answer.
  expect(seen.size).toBe(8);
  // A variant without a payload has its key for value.
  const { variant } = await theirs(flags.plain, 'visitor-0');
  expect(await client.getStringValue(flags.plain, '', { targetingKey: 'visitor-0' })).toBe(variant);
});

test('gives the default with the code that the specification has for the case', async () => {
  const [text, byTenant] = [await shop.running(withPayloads('a', 'b')), await shop.running({ hashKey: 'tenantId' })];
  await Server.setProviderAndWait(createServerProvider(shop.local));
  const client = Server.getClient();
  const told = async (key: string, context: Record<string, string | object>) => {
    const { value, reason, errorCode } = await client.getBooleanDetails(key, true, context as never);
    return [value, reason, errorCode];
  };
  expect(await told('unheard-of', { targetingKey: 'u' })).toEqual([true, 'ERROR', 'FLAG_NOT_FOUND']);
  expect(await told(text, {})).toEqual([true, 'ERROR', 'TARGETING_KEY_MISSING']);
  expect(await told(byTenant, { targetingKey: 'u' })).toEqual([true, 'ERROR', 'TARGETING_KEY_MISSING']);
  expect(await told(text, { targetingKey: 'x'.repeat(300) })).toEqual([true, 'ERROR', 'INVALID_CONTEXT']);
  expect(await told(text, { targetingKey: 'u' })).toEqual([true, 'ERROR', 'TYPE_MISMATCH']);
});

test('counts an evaluation as the meeting, and what is tracked after it, once', async () => {
  const [met, mistaken, looked] = [
    await shop.running(withPayloads('a', 'b')),
    await shop.running(withPayloads('a', 'b')),
    await shop.running({ ...withPayloads('a', 'b'), trafficAllocation: 0 }),
  ];
  await Server.setProviderAndWait(createServerProvider(shop.local));
  const client = Server.getClient();
  for (let n = 0; n < 5; n += 1) await client.getStringValue(met, '', { targetingKey: 'buyer' });
  await client.getStringValue(met, '', { targetingKey: 'onlooker' });
  await client.getNumberValue(mistaken, 0, { targetingKey: 'buyer' });
  expect(await client.getStringDetails(looked, '', { targetingKey: 'buyer' })).toMatchObject({ value: 'a', reason: 'DEFAULT' });
  client.track('purchase', { targetingKey: 'buyer' }, { value: 2 });
  client.track('purchase', { targetingKey: 'buyer' }, { experimentKey: 'another', value: 2 });
  // Closing right after tracking loses nothing.
  await Server.close();
  expect(await shop.counts(met)).toEqual({ exposures: 2, conversions: 1, events: 1 });
  expect(await shop.counts(mistaken)).toMatchObject({ exposures: 0 });
  expect(await shop.counts(looked)).toMatchObject({ exposures: 0 });
});

test('tells of changes, of a lost service and of its return, and gives what it holds in between', async () => {
  const key = await shop.running(withPayloads('a', 'b'));
  const proxy = await startFaultProxy(() => Number(new URL(shop.service.url).port));
  const client = Server.getClient('events');
  const events = eventsOf(client, ServerEvents);
  await Server.setProviderAndWait('events', createServerProvider({ ...shop.local, url: proxy.url }));
  await events.next(ServerEvents.Ready);
  await shop.api.done('stopExperiment', { key, shipVariant: 'treatment' }, '{ experiment { key } }');
  await events.next(ServerEvents.ConfigurationChanged);
  const shipped = { value: 'b', variant: 'treatment', reason: 'STATIC' };
  expect(await client.getStringDetails(key, '', { targetingKey: 'u' })).toMatchObject(shipped);
  proxy.become('refuse');
  await events.next(ServerEvents.Stale);
  expect(client.providerStatus).toBe('STALE');
  expect(await client.getStringDetails(key, '', { targetingKey: 'u' })).toMatchObject(shipped);
  proxy.become('pass');
  await events.next(ServerEvents.Ready);
  expect(client.providerStatus).toBe('READY');
  await Server.close();
  await proxy.close();
});

test('is fatal with a key that does not suffice, and in error until the service answers', async () => {
  const key = await shop.running(withPayloads('a', 'b'));
  const unfit = createServerProvider({ ...shop.local, key: shop.service.secrets.client });
  await expect(Server.setProviderAndWait('unfit', unfit)).rejects.toMatchObject({ code: 'PROVIDER_FATAL' });
  expect(await Server.getClient('unfit').getStringDetails(key, 'x', { targetingKey: 'u' })).toMatchObject({
    errorCode: 'PROVIDER_FATAL',
  });

  const proxy = await startFaultProxy(() => Number(new URL(shop.service.url).port));
  proxy.become('refuse');
  const late = createServerProvider({ ...shop.local, url: proxy.url, readyTimeoutMs: 50 });
  const client = Server.getClient('late');
  const events = eventsOf(client, ServerEvents);
  await expect(Server.setProviderAndWait('late', late)).rejects.toMatchObject({ code: 'PROVIDER_NOT_READY' });
  await events.next(ServerEvents.Error);
  expect(await client.getStringDetails(key, 'x', { targetingKey: 'u' })).toMatchObject({ value: 'x', errorCode: 'PROVIDER_NOT_READY' });
  proxy.become('pass');
  await events.next(ServerEvents.Ready);
  expect((await client.getStringDetails(key, 'x', { targetingKey: 'u' })).reason).toBe('SPLIT');
  await Server.close();
  await proxy.close();
});

test('begins with what its storage holds, and says that this is stale', async () => {
  const key = await shop.running(withPayloads('a', 'b'));
  const proxy = await startFaultProxy(() => Number(new URL(shop.service.url).port));
  const options = { ...shop.local, url: proxy.url, storage: memoryStorage() };
  await Server.setProviderAndWait('kept', createServerProvider(options));
  await Server.close();
  proxy.become('refuse');
  const client = Server.getClient('kept');
  const events = eventsOf(client, ServerEvents);
  await Server.setProviderAndWait('kept', createServerProvider({ ...options, readyTimeoutMs: 50 }));
  await events.next(ServerEvents.Stale);
  const { payload } = await theirs(key, 'u');
  expect(await client.getStringValue(key, 'x', { targetingKey: 'u' })).toBe(payload);
  proxy.become('pass');
  await events.next(ServerEvents.Ready);
  await Server.close();
  await proxy.close();
});
