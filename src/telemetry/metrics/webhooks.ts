import type { Registry } from 'prom-client';
import { createGauge } from './gauge.js';
import { createReading } from './reading.js';

/** How it stands with one receiver. */
export interface WebhookBacklog {
  readonly endpoint: string;
  readonly pending: number;
  readonly oldestPendingAt: Date | null;
  readonly givenUp: number;
}

/** Messages to receivers outside. */
export function watchWebhooks(registry: Registry, read: () => Promise<readonly WebhookBacklog[]>): void {
  const backlog = createReading(read);
  const watch = (name: string, help: string, pick: (backlog: WebhookBacklog) => number) =>
    createGauge(registry, {
      name,
      help,
      over: 'max',
      async read() {
        const known = await backlog();
        return known?.map((one) => [{ endpoint: one.endpoint }, pick(one)] as const) ?? null;
      },
    });
  watch('bellwether_webhook_pending_messages', 'Messages that are still to be delivered.', ({ pending }) => pending);
  watch('bellwether_webhook_oldest_pending_seconds', 'Age of the oldest message that is still to be delivered.', ({ oldestPendingAt }) =>
    oldestPendingAt ? (Date.now() - oldestPendingAt.getTime()) / 1_000 : 0,
  );
  watch('bellwether_webhook_given_up_messages', 'Messages of the last month that were given up.', ({ givenUp }) => givenUp);
}
