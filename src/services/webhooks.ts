import { bodyOf } from '../core/webhook-body.js';
import { isWanted, takesKind, type WebhookEndpoint } from '../core/webhook-endpoint.js';
import { giveUpAfterMs, nextAttemptAt } from '../core/webhook-retry.js';
import type { Log } from './log.js';
import type { ClaimedDelivery, DeliveryOutcome, Outbox } from './outbox.js';
import type { Clock } from './ports.js';
import { webhookHeaders } from './webhook-signature.js';

/**
 * Brings to receivers what the outbox holds, each message at least once and under one id.
 *
 *     outbox_message   written with what it tells of -> routed: one delivery for each receiver that wants it
 *     PENDING          due -> claimed: nobody else sends it until the lease ends (a sender that is killed lets it end)
 *                      2xx -> DELIVERED; all else -> PENDING again, later; a day after the message -> GIVEN_UP
 */

/** Sends one request and reads what is needed of its answer. @throws when there is none in time */
export type Post = (request: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}) => Promise<{
  readonly status: number;
  /** How the answer begins; empty when it did not begin in time. */
  readonly text: string;
  readonly retryAfterMs: number | null;
}>;

export interface WebhooksParts {
  readonly endpoints: readonly WebhookEndpoint[];
  readonly outbox: Outbox;
  readonly post: Post;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}

export type Webhooks = ReturnType<typeof createWebhooks>;

const timeoutMs = 10_000;
/** Longer than an attempt can take, so that two never send at once. */
const leaseMs = 20_000;
const batch = 10;
const routedAtOnce = 100;
/** How long a message that is done with can still be looked at. */
const keptMs = 30 * 24 * 3_600_000;
const longestError = 300;

export function createWebhooks({ endpoints, outbox, post, clock, random, log }: WebhooksParts) {
  const stopping = new AbortController();

  async function attempt(endpoint: WebhookEndpoint, delivery: ClaimedDelivery): Promise<void> {
    const { name: webhook } = endpoint;
    const { messageId: message, attempts } = delivery;
    const outcome = await send(endpoint, delivery);
    await outbox.settle(webhook, delivery, outcome, clock.now());
    if (outcome.state === 'GIVEN_UP') log.error({ webhook, message, attempts, fault: outcome.error }, 'A webhook was given up.');
    else if (outcome.state === 'PENDING' && attempts === 1)
      log.warn({ webhook, message, fault: outcome.error }, 'A webhook did not arrive; it is sent again.');
    else if (outcome.state === 'DELIVERED' && attempts > 1) log.info({ webhook, message, attempts }, 'A webhook arrived after all.');
  }

  async function send(endpoint: WebhookEndpoint, delivery: ClaimedDelivery): Promise<DeliveryOutcome> {
    const body = bodyOf(delivery.body, endpoint);
    if (body === null) return { state: 'GIVEN_UP', error: `The format ${endpoint.format} has no words for ${delivery.body.type}.` };
    const secrets = endpoint.format === 'BELLWETHER' ? endpoint.secrets : [];
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Bellwether',
      ...webhookHeaders({ messageId: delivery.messageId, at: clock.now(), body, secrets }),
    };
    try {
      const { status, text, retryAfterMs } = await post({ url: endpoint.url, headers, body, timeoutMs, signal: stopping.signal });
      if (status >= 200 && status < 300) return { state: 'DELIVERED' };
      return failed(delivery, hideSecrets(endpoint, `Answered ${status}${text === '' ? '' : `: ${text}`}`), retryAfterMs);
    } catch (error) {
      if (stopping.signal.aborted) return { state: 'PENDING', dueAt: clock.now(), error: 'The sender was stopped.' };
      return failed(delivery, hideSecrets(endpoint, (error as Error).message), null);
    }
  }

  function failed({ attempts, at: since }: ClaimedDelivery, error: string, retryAfterMs: number | null): DeliveryOutcome {
    const dueAt = nextAttemptAt({ attempts, since, now: clock.now(), retryAfterMs, random: random() });
    return dueAt ? { state: 'PENDING', dueAt, error } : { state: 'GIVEN_UP', error };
  }

  return {
    endpoints,
    /** Whether anybody wants daily reports. */
    takesReports: endpoints.some((endpoint) => takesKind(endpoint, 'REPORT')),

    /** Addresses what is new to those who want it. */
    async route(): Promise<void> {
      const namesFor = (message: Parameters<typeof isWanted>[1]) =>
        endpoints.filter((endpoint) => isWanted(endpoint, message)).map(({ name }) => name);
      while ((await outbox.route(namesFor, clock.now(), routedAtOnce)) === routedAtOnce);
    },

    /** Sends to one receiver all that is due. */
    async deliver(endpoint: WebhookEndpoint): Promise<void> {
      while (!stopping.signal.aborted) {
        const claimed = await outbox.claim(endpoint.name, clock.now(), leaseMs, batch);
        await Promise.all(claimed.map((delivery) => attempt(endpoint, delivery)));
        if (claimed.length < batch) return;
      }
    },

    /** Gives up what is too old to be news and that nobody sends, and forgets what was told long ago. */
    async tidy(): Promise<void> {
      const now = clock.now();
      const givenUp = await outbox.giveUp(new Date(now.getTime() - giveUpAfterMs), now);
      if (givenUp > 0) log.error({ webhooks: givenUp }, 'Webhooks were given up that nobody sent within a day.');
      await outbox.dropBefore(new Date(now.getTime() - keptMs));
    },

    /** Breaks off what is being sent; it is due again at once. */
    stop(): void {
      stopping.abort();
    },
  };
}

/** Receivers quote what they were sent, and addresses may themselves be secrets. */
function hideSecrets({ url, secrets }: WebhookEndpoint, text: string): string {
  const hidden = [url, new URL(url).pathname, ...secrets].filter((part) => part.length > 1);
  return hidden.reduce((clean, part) => clean.replaceAll(part, '[hidden]'), text).slice(0, longestError);
}
