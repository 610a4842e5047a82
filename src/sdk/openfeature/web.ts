import {
  ErrorCode,
  type EvaluationContext,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
} from '@openfeature/web-sdk';
import { type Answers, byKey } from '../answer.js';
import { type Client, createClient, type RemoteClientOptions } from '../client.js';
import { trackDetailsOf, unitOf } from './context.js';
import { createProviderHealth } from './provider-health.js';
import { type FlagType, failed, resolve } from './resolution.js';

/** The unit comes from the context of OpenFeature. */
export type WebProviderOptions = Omit<RemoteClientOptions, 'unit'>;

/**
 * A provider for the OpenFeature SDK of browsers, with a key of scope CLIENT. Answers come for all experiments at once, are kept up to date
 * live, and are asked anew when the context changes. `docs/openfeature.md` tells how units, values, reasons and errors correspond.
 *
 * @example
 * await OpenFeature.setContext({ targetingKey: user.id });
 * await OpenFeature.setProviderAndWait(createWebProvider({ url: 'https://bellwether.example', key: 'bw_…' }));
 * const text = OpenFeature.getClient().getStringValue('button-text', 'Buy');
 */
export function createWebProvider(options: WebProviderOptions): Provider {
  const events = new OpenFeatureEventEmitter();
  const health = createProviderHealth({ emit: (event, details) => events.emit(ProviderEvents[event], details) });
  let client: Client | undefined;
  let isOpen = false;
  let known: Answers = new Map();
  /** Contexts that are being changed to: the SDK tells of those, and while one is, answers that go are no news. */
  let changing = 0;

  /** Takes note of the present answers. @returns keys of the flags that are not as they were noted before */
  function takeNote(): string[] {
    const next = byKey(client?.bootstrap().answers ?? []);
    const changed = [...new Set([...known.keys(), ...next.keys()])].filter((key) => known.get(key) !== next.get(key));
    known = next;
    return changed;
  }

  function announce(): void {
    if (changing > 0) return;
    // Answers that came too late for the one who waited.
    health.connection(null);
    const flagsChanged = takeNote();
    if (flagsChanged.length > 0) events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged });
  }

  function open(context: EvaluationContext): Client {
    return createClient({
      ...options,
      unit: unitOf(context),
      onConnection(lost) {
        health.connection(lost);
        options.onConnection?.(lost);
      },
    });
  }

  /** @throws what `started` throws, and InvalidContextError */
  async function become(context: EvaluationContext): Promise<void> {
    changing += 1;
    try {
      if (client) {
        health.started(await client.setUnit(unitOf(context)));
        return;
      }
      client = open(context);
      client.subscribe(announce);
      health.started(await client.ready());
    } finally {
      changing -= 1;
      takeNote();
    }
  }

  function evaluate<Value>(key: string, type: FlagType, defaultValue: Value) {
    return client ? resolve(client, key, type, defaultValue) : failed(defaultValue, ErrorCode.PROVIDER_NOT_READY, 'There is no unit yet.');
  }

  return {
    metadata: { name: 'bellwether' },
    runsOn: 'client',
    // It holds one unit, and so one context.
    domainScoped: true,
    events,
    initialize(context = {}) {
      isOpen = true;
      return become(context);
    },
    // The SDK tells of contexts also when it has closed the provider.
    onContextChange: (_, context) => (isOpen ? become(context) : undefined),
    async onClose() {
      isOpen = false;
      health.stopped();
      await client?.close();
      client = undefined;
    },
    resolveBooleanEvaluation: (key, defaultValue) => evaluate(key, 'boolean', defaultValue),
    resolveStringEvaluation: (key, defaultValue) => evaluate(key, 'string', defaultValue),
    resolveNumberEvaluation: (key, defaultValue) => evaluate(key, 'number', defaultValue),
    resolveObjectEvaluation: <Value extends JsonValue>(key: string, defaultValue: Value) => evaluate(key, 'object', defaultValue),
    track(metric, _, details) {
      client?.track(metric, trackDetailsOf(details));
    },
  };
}
