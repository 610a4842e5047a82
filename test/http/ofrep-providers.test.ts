import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature as Server } from '@openfeature/server-sdk';
import { OpenFeature as Web } from '@openfeature/web-sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCaller, sampleInput } from '../api/operations.js';
import { type RunningService, startService } from '../setup/service.js';

/** The stock providers of OpenFeature, as anybody installs them, against a real service. */

let service: RunningService;
const api = createCaller(() => service);
const keys = { switch: 'checkout-switch', text: 'button-text', number: 'page-size', object: 'theme' };

beforeAll(async () => {
  service = await startService();
  await running(keys.switch, [false, true]);
  await running(keys.text, ['Buy', 'Add to cart']);
  await running(keys.number, [20, 50]);
  await running(keys.object, [{ colour: 'grey' }, { colour: 'green', dark: true }]);
});
afterAll(async () => {
  await Promise.all([Server.close(), Web.close()]);
  await service.remove();
});

async function running(key: string, payloads: readonly unknown[]): Promise<void> {
  const variants = payloads.map((payload, i) => ({ key: ['control', 'treatment'][i], weight: 1 / payloads.length, payload }));
  await api.done('createExperiment', { input: sampleInput({ key, variants }) }, '{ experiment { key } }');
  await api.done('startExperiment', { key }, '{ experiment { key } }');
}

const headersOf = (secret: string): [string, string][] => [['authorization', `Bearer ${secret}`]];
const ids = Array.from({ length: 12 }, (_, n) => `visitor-${n}`);

/** What GraphQL answers for a visitor. */
const assignment = (experimentKey: string, userId: string) => api.done('assignment', { experimentKey, unit: { userId } });

describe('the stock server provider', () => {
  test('gives values of every type, the variant and its reason, as GraphQL answers them', async () => {
    const provider = new OFREPProvider({ baseUrl: service.url, headers: headersOf(service.secrets.client) });
    await Server.setProviderAndWait('values', provider);
    const client = Server.getClient('values');
    const seen = new Set<unknown>();
    for (const targetingKey of ids) {
      const { variant, payload } = await assignment(keys.switch, targetingKey);
      expect(await client.getBooleanDetails(keys.switch, !payload, { targetingKey })).toMatchObject({
        value: payload,
        variant,
        reason: 'SPLIT',
        flagMetadata: { experimentKey: keys.switch, allocationVersion: 1, unitId: targetingKey, inExperiment: true },
      });
      const answers = [
        await client.getStringValue(keys.text, 'default', { targetingKey }),
        await client.getNumberValue(keys.number, -1, { targetingKey }),
        await client.getObjectValue(keys.object, {}, { targetingKey }),
      ];
      const expected = await Promise.all([keys.text, keys.number, keys.object].map((key) => assignment(key, targetingKey)));
      expect(answers).toEqual(expected.map((each) => each.payload));
      for (const value of [payload, ...answers]) seen.add(JSON.stringify(value));
    }
    // Both variants of all four, so that no default can pass for an answer.
    expect(seen.size).toBe(8);
  });

  test('gives the default with the error that fits', async () => {
    await Server.setProviderAndWait('errors', new OFREPProvider({ baseUrl: service.url, headers: headersOf(service.secrets.client) }));
    const client = Server.getClient('errors');
    const error = async (key: string, context: Record<string, string>) => {
      const { value, errorCode, reason } = await client.getBooleanDetails(key, true, context);
      return [value, reason, errorCode];
    };
    expect(await error('unheard-of', { targetingKey: 'u' })).toEqual([true, 'ERROR', 'FLAG_NOT_FOUND']);
    expect(await error(keys.switch, {})).toEqual([true, 'ERROR', 'TARGETING_KEY_MISSING']);
    expect(await error(keys.switch, { targetingKey: 'x'.repeat(300) })).toEqual([true, 'ERROR', 'INVALID_CONTEXT']);
    expect(await error(keys.text, { targetingKey: 'u' })).toEqual([true, 'ERROR', 'TYPE_MISMATCH']);
    await Server.setProviderAndWait('keyless', new OFREPProvider({ baseUrl: service.url }));
    expect(await Server.getClient('keyless').getBooleanDetails(keys.switch, true, { targetingKey: 'u' })).toMatchObject({
      value: true,
      reason: 'ERROR',
    });
  });
});

describe('the stock web provider', () => {
  test('reads everything once, answers without a request, and sees a change when it looks again', async () => {
    const statuses: number[] = [];
    const provider = new OFREPWebProvider({
      baseUrl: service.url,
      headers: headersOf(service.secrets.client),
      pollInterval: -1,
      fetchImplementation: async (...request) => {
        const response = await fetch(...request);
        statuses.push(response.status);
        return response;
      },
    });
    await Web.setContext({ targetingKey: 'visitor-1' });
    await Web.setProviderAndWait(provider);
    const client = Web.getClient();
    const expected = await assignment(keys.text, 'visitor-1');
    expect(client.getStringDetails(keys.text, 'default')).toMatchObject({
      value: expected.payload,
      variant: expected.variant,
      reason: 'SPLIT',
    });
    expect(client.getBooleanValue(keys.switch, true)).toBe((await assignment(keys.switch, 'visitor-1')).payload);
    expect(client.getNumberValue(keys.number, -1)).toBe((await assignment(keys.number, 'visitor-1')).payload);
    expect(client.getObjectValue(keys.object, {})).toEqual((await assignment(keys.object, 'visitor-1')).payload);
    expect(client.getBooleanDetails('unheard-of', true)).toMatchObject({ value: true, errorCode: 'FLAG_NOT_FOUND' });
    expect(statuses).toEqual([200]);

    // Another visitor gets what is theirs.
    await Web.setContext({ targetingKey: 'visitor-2' });
    expect(client.getObjectValue(keys.object, {})).toEqual((await assignment(keys.object, 'visitor-2')).payload);
    await Web.setContext({ targetingKey: 'visitor-2', unknown: 'attribute' });
    // Nothing of the answer depends on it, so the tag of the provider still holds.
    expect(statuses).toEqual([200, 200, 304]);

    await api.done('stopExperiment', { key: keys.text, shipVariant: 'treatment' }, '{ experiment { key } }');
    await Web.setContext({ targetingKey: 'visitor-2' });
    expect(client.getStringDetails(keys.text, 'default')).toMatchObject({ value: 'Add to cart', variant: 'treatment', reason: 'STATIC' });
    expect(statuses).toEqual([200, 200, 304, 200]);
  });

  test('is told that its key is not valid', async () => {
    const provider = new OFREPWebProvider({ baseUrl: service.url, headers: headersOf('wrong'), pollInterval: -1 });
    await expect(Web.setProviderAndWait('wrong', provider)).rejects.toThrow();
    expect(Web.getClient('wrong').getBooleanDetails(keys.switch, true)).toMatchObject({ value: true, reason: 'ERROR' });
  });
});
