import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { type Batch, createNotebook } from '../faults/load.js';
import { assignment, trackEvents } from '../faults/operations.js';
import type { RunningNginx } from './nginx.js';
import { createClientOf } from './through-nginx.js';

/** What visitors and dashboards do while instances behind a balancer are restarted. */

/** A request that had to be sent again, and why. */
export interface Retry {
  readonly what: 'assignment' | 'events' | 'weights';
  readonly because: string;
}

type Ask = ReturnType<typeof createClientOf>['ask'];

/** Sends until it is answered with data, and notes each time that it was not. Nothing else but a break, 502 and 503 may happen. */
export async function askUntilAnswered(ask: Ask, what: Retry['what'], body: object, retries: Retry[]) {
  for (;;) {
    const answer = await ask({ body }).catch((error: NodeJS.ErrnoException) => ({ status: 0, text: String(error.code) }));
    if (answer.status === 200) {
      const { data, errors } = JSON.parse(answer.text);
      if (errors) throw new Error(answer.text);
      return data;
    }
    if (![0, 502, 503].includes(answer.status)) throw new Error(`${answer.status}: ${answer.text}`);
    retries.push({ what, because: `${answer.status} ${answer.text.slice(0, 100)}` });
    await delay(50);
  }
}

/** Visitors who ask what they get, and send what they did, one request after the other; each on connections of its own. */
export function startVisitors(at: RunningNginx, { secret, batches, count }: { secret: string; batches: Batch[]; count: number }) {
  const notebook = createNotebook();
  const retries: Retry[] = [];
  const clients = Array.from({ length: count }, () => createClientOf(at, secret));
  let isOver = false;
  let asked = 0;
  let fallbacks = 0;

  async function visit(ask: Ask): Promise<void> {
    while (!isOver) {
      const unit = { userId: `v${asked}`, tenantId: 't1' };
      const given = await askUntilAnswered(ask, 'assignment', { query: assignment, variables: { key: 'fixed', unit } }, retries);
      // On a busy machine a look-up may take longer than an answer waits for it: that is said, and counts nowhere.
      if (given.assignment.reason === 'FALLBACK') fallbacks += 1;
      else if (given.assignment.reason !== 'SPLIT') throw new Error(JSON.stringify(given));
      const batch = batches.pop();
      if (batch) {
        notebook.noteSent(batch);
        const sent = await askUntilAnswered(ask, 'events', { query: trackEvents, variables: { input: batch.input } }, retries);
        notebook.note(sent.trackEvents);
      }
      asked += 1;
    }
  }

  const visits = Promise.all(clients.map(({ ask }) => visit(ask)));
  visits.catch(() => {});
  return {
    notebook,
    retries,
    asked: () => asked,
    fallbacks: () => fallbacks,
    /** Resolves when the last answer is there. @throws when one got what nobody may get */
    async stop(): Promise<void> {
      isOver = true;
      await visits;
      for (const client of clients) client.close();
    },
  };
}

/** A dashboard that follows the allocations of an experiment, and goes on where it was cut off. */
export function startFollower({ url, certificate }: RunningNginx, { secret, key }: { secret: string; key: string }) {
  class Trusting extends WebSocket {
    constructor(address: string, protocol: string) {
      super(address, protocol, { ca: certificate });
    }
  }
  const sequences: number[] = [];
  let connections = 0;
  const client = createClient({
    url: `${url.replace('https', 'wss')}/graphql`,
    webSocketImpl: Trusting,
    connectionParams: { authorization: `Bearer ${secret}` },
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: () => delay(50),
    on: { connected: () => (connections += 1) },
  });
  const query = 'subscription ($key: ID!, $after: Int) { weightsUpdated(experimentKey: $key, after: $after) { sequence } }';
  const payload = {
    query,
    // Read anew at each connect.
    get variables() {
      return { key, after: sequences.at(-1) ?? null };
    },
  };
  client.subscribe<{ weightsUpdated: { sequence: number } }>(payload, {
    next: ({ data }) => data && sequences.push(data.weightsUpdated.sequence),
    error: () => {},
    complete: () => {},
  });
  return { sequences, connections: () => connections, stop: () => client.dispose() };
}
