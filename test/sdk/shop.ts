import WebSocket from 'ws';
import type { ClientFault, ClientOptions, KeyValueStorage } from '../../src/sdk/index.js';
import { createCaller, sampleInput } from '../api/operations.js';
import { type RunningService, startService } from '../setup/service.js';

/** A service with experiments, and what clients of it need. */
export async function openShop(environment?: Record<string, string>) {
  const service: RunningService = await startService(environment);
  const api = createCaller(() => service);
  const serverKey = service.secrets.server;

  return {
    service,
    api,
    serverKey,
    remote: { url: service.url, key: service.secrets.client, webSocket: WebSocket } satisfies ClientOptions,
    local: { url: service.url, key: serverKey, webSocket: WebSocket } satisfies ClientOptions,

    /** A running experiment. */
    async running(changes: Record<string, unknown> = {}): Promise<string> {
      const { experiment } = await api.done('createExperiment', { input: sampleInput(changes) });
      await api.done('startExperiment', { key: experiment.key }, '{ experiment { key } }');
      return experiment.key;
    },

    /** Units that met the variants, and those of them that converted, summed over the variants. */
    async counts(key: string): Promise<{ exposures: number; conversions: number; events: number }> {
      const query = 'query ($key: ID!) { experiment(key: $key) { counts { variants { exposures conversions events } } } }';
      const variants: { exposures: number; conversions: number; events: number }[] = (await service.ask(query, { key })).experiment.counts
        .variants;
      const sum = (member: 'exposures' | 'conversions' | 'events') => variants.reduce((total, each) => total + each[member], 0);
      return { exposures: sum('exposures'), conversions: sum('conversions'), events: sum('events') };
    },
  };
}

export type Shop = Awaited<ReturnType<typeof openShop>>;

/** What `localStorage` is, without a browser. */
export function memoryStorage(): KeyValueStorage {
  const kept = new Map<string, string>();
  return {
    get length() {
      return kept.size;
    },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

/** Resolves when the condition holds, looked at after each change that is told. */
export async function until(subscribe: (listener: () => void) => () => void, condition: () => boolean): Promise<void> {
  if (condition()) return;
  await new Promise<void>((resolve) => {
    const end = subscribe(() => {
      if (!condition()) return;
      end();
      resolve();
    });
  });
}

/** Keeps the faults that a client tells of; `next` resolves with the first of a code, past or to come. */
export function faultBook() {
  const faults: ClientFault[] = [];
  let told = () => {};
  return {
    faults,
    onFault: (fault: ClientFault) => {
      faults.push(fault);
      told();
    },
    async next(code: string): Promise<ClientFault> {
      for (;;) {
        const found = faults.find((fault) => fault.code === code);
        if (found) return found;
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
    },
  };
}
