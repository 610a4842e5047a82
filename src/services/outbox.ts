import type { WebhookBody, WebhookMessage } from '../core/webhook.js';

/** The store of what is told to the outside, beside the other interfaces in `ports.ts`. */

/** A message that this process is to send now; nobody else does before its lease has ended. */
export interface ClaimedDelivery {
  readonly messageId: string;
  readonly body: WebhookBody;
  /** When the message came to be. */
  readonly at: Date;
  /** This one among them. */
  readonly attempts: number;
}

/** What is to be said of a delivery after an attempt. */
export type DeliveryOutcome =
  | { readonly state: 'DELIVERED' }
  | { readonly state: 'PENDING'; readonly dueAt: Date; readonly error: string }
  | { readonly state: 'GIVEN_UP'; readonly error: string };

/** How it stands with one receiver. */
export interface EndpointBacklog {
  readonly endpoint: string;
  readonly pending: number;
  /** When the oldest message that is pending came to be; null: none is. */
  readonly oldestPendingAt: Date | null;
  readonly delivered: number;
  readonly givenUp: number;
  readonly lastDeliveredAt: Date | null;
  readonly lastFailure: { readonly at: Date; readonly error: string } | null;
}

/** Messages for the outside, each kept until it has arrived or was given up, and a month longer. Each throws UNAVAILABLE when the store is away. */
export interface Outbox {
  /** Leaves messages that are about nothing else that is stored, such as reports. */
  tell(messages: readonly WebhookMessage[], at: Date): Promise<void>;
  /** Those of these messages that are there. */
  told(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Addresses messages to their receivers, the oldest first; of two that do it at once each takes others.
   * @returns how many were addressed; fewer than `limit`: all there were
   */
  route(to: (message: Pick<WebhookMessage, 'kind' | 'experimentKey'>) => readonly string[], at: Date, limit: number): Promise<number>;
  /** Takes deliveries that are due, each for `leaseMs`; what follows a message that is still pending waits for it. */
  claim(endpoint: string, at: Date, leaseMs: number, limit: number): Promise<readonly ClaimedDelivery[]>;
  /** Ends an attempt. What another took over meanwhile is left to it, unless it has arrived. */
  settle(endpoint: string, delivery: ClaimedDelivery, outcome: DeliveryOutcome, at: Date): Promise<void>;
  /** Gives up what is older, such as messages for receivers that are not configured any more; how many. */
  giveUp(before: Date, at: Date): Promise<number>;
  /** Forgets messages that were addressed before, given up ones too. */
  dropBefore(before: Date): Promise<void>;
  /** How it stands with each receiver that has had a message in the last month, by name. */
  backlog(): Promise<readonly EndpointBacklog[]>;
}
