import { OpenFeature as Server, ProviderEvents as ServerEvents } from '@openfeature/server-sdk';
import { OpenFeature as Web, ProviderEvents as WebEvents } from '@openfeature/web-sdk';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createServerProvider } from '../../src/sdk/openfeature/server.js';
import { createWebProvider } from '../../src/sdk/openfeature/web.js';
import { startFaultProxy } from './fault-proxy.js';
import { memoryStorage, openShop, type Shop } from './shop.js';

/** Our providers under the SDKs of OpenFeature, against a real service. */

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterEach(async () => {
  await Promise.all([Server.close(), Web.close()]);
  await Web.clearContexts();
});
afterAll(() => shop.service.remove());

const ids = Array.from({ length: 12 }, (_, n) => `visitor-${n}`);
const withPayloads = (...payloads: unknown[]) => ({
  variants: payloads.map((payload, i) => ({ key: ['control', 'treatment'][i], weight: 1 / payloads.length, payload })),
});
const theirs = (experimentKey: string, userId: string) => shop.api.done('assignment', { experimentKey, unit: { userId } });

interface Watched {
  addHandler(event: never, handler: (details?: { readonly message?: string }) => void): void;
}

/** Names of the events of a client, as they come; `next` resolves with the next one of a kind, past ones that were not asked for included. */
function eventsOf(client: Watched, names: Readonly<Record<string, string>>) {
  const seen: string[] = [];
  let read = 0;
  let told = () => {};
  for (const name of Object.values(names)) {
    client.addHandler(name as never, () => {
      seen.push(name);
      told();
    });
  }
  return {
    seen,
    async next(name: string): Promise<void> {
      for (;;) {
        const at = seen.indexOf(name, read);
        if (at >= 0) {
          read = at + 1;
          return;
        }
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
    },
  };
}

describe('the server provider', () => {
  test('gives values of every type, the variant and its reason, as the service answers them', async () => {
    const flags = {
      boolean: await shop.running(withPayloads(false, true)),
      string: await shop.running(withPayloads('Buy', 'Add to cart')),
      number: await shop.running(withPayloads(20, 50)),
      object: await shop.running(withPayloads({ colour: 'grey' }, { colour: 'green', sizes: [1, 2] })),
      plain: await shop.running(),
    };
    await Server.setProviderAndWait(createServerProvider(shop.local));
    const client = Server.getClient();
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
    const { variant } = await theirs(flags.plain, 'visitor-0');
    expect(variant === 'green' ? { colour: 'green' } : 'control').toEqual(
      variant === 'green'
        ? await client.getObjectValue(flags.plain, {}, { targetingKey: 'visitor-0' })
        : await client.getStringValue(flags.plain, '', { targetingKey: 'visitor-0' }),
    );
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
});

describe('the web provider', () => {
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
});
