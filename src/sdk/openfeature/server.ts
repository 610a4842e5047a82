import {
  ErrorCode,
  type EvaluationContext,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
} from '@openfeature/server-sdk';
import type { ClientOptions } from '../foundation.js';
import { createLocalClient, type LocalClient } from '../local-client.js';
import { trackDetailsOf, unitOf } from './context.js';
import { createProviderHealth } from './provider-health.js';
import { type FlagType, failed, resolve } from './resolution.js';

/**
 * A provider for the OpenFeature SDK of servers. It decides in memory: the key is one of scope SERVER. Experiments are flags; `docs/openfeature.md`
 * tells how units, values, reasons and errors correspond.
 *
 * @example
 * await OpenFeature.setProviderAndWait(createServerProvider({ url: 'https://bellwether.example', key: process.env.BELLWETHER_KEY }));
 * const text = await OpenFeature.getClient().getStringValue('button-text', 'Buy', { targetingKey: user.id });
 */
export function createServerProvider(options: ClientOptions): Provider {
  const events = new OpenFeatureEventEmitter();
  const health = createProviderHealth({ emit: (event, details) => events.emit(ProviderEvents[event], details) });
  let client: LocalClient | undefined;
  /** What was tracked and is not in the client's hands yet. */
  let tracking: Promise<unknown> = Promise.resolve();

  function open(): LocalClient {
    return createLocalClient({
      ...options,
      onConnection(lost) {
        health.connection(lost);
        options.onConnection?.(lost);
      },
    });
  }

  async function evaluate<Value>(key: string, type: FlagType, defaultValue: Value, context: EvaluationContext) {
    if (!client) return failed(defaultValue, ErrorCode.PROVIDER_NOT_READY, 'The provider is closed.');
    const visitor = await client.visitor(unitOf(context), [key]);
    return resolve(visitor, key, type, defaultValue);
  }

  return {
    metadata: { name: 'bellwether' },
    runsOn: 'server',
    events,
    async initialize() {
      client = open();
      const source = await client.ready();
      client.subscribe(() => events.emit(ProviderEvents.ConfigurationChanged, { message: 'The definitions have changed.' }));
      health.started(source);
    },
    async onClose() {
      health.stopped();
      await tracking;
      await client?.close();
      client = undefined;
    },
    resolveBooleanEvaluation: (key, defaultValue, context) => evaluate(key, 'boolean', defaultValue, context),
    resolveStringEvaluation: (key, defaultValue, context) => evaluate(key, 'string', defaultValue, context),
    resolveNumberEvaluation: (key, defaultValue, context) => evaluate(key, 'number', defaultValue, context),
    resolveObjectEvaluation: <Value extends JsonValue>(key: string, defaultValue: Value, context: EvaluationContext) =>
      evaluate(key, 'object', defaultValue, context),
    track(metric, context, details) {
      const tracked = client?.visitor(unitOf(context), []).then((visitor) => visitor.track(metric, trackDetailsOf(details)));
      tracking = Promise.all([tracking, tracked]);
    },
  };
}
