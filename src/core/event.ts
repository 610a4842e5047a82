import type { ProblemCode } from './errors.js';

/** Exposures and metric events on their way in. Times are milliseconds since the epoch. */

export const eventStatuses = ['ACCEPTED', 'DUPLICATE', 'REJECTED'] as const;
export type EventStatus = (typeof eventStatuses)[number];

/** How far a sender's clock may be ahead of ours, and an event with it. */
export const mostAheadMs = 5 * 60_000;

/** What became of one event. */
export interface EventResult {
  readonly eventId: string;
  readonly status: EventStatus;
  readonly code: ProblemCode | null;
  readonly message: string | null;
}

/** An exposure that passed all checks but those that only the store can make. */
export interface CheckedExposure {
  readonly kind: 'exposure';
  readonly eventId: string;
  /** Tells whether the same id came with the same content; hex. */
  readonly contentHash: string;
  readonly experimentId: string;
  readonly hashKey: string;
  readonly unitId: string;
  readonly variant: string;
  readonly allocationVersion: number;
  readonly period: number;
  readonly occurredAt: number;
  readonly receivedAt: number;
  /** Registered segments that the unit belongs to, as `attribute=value`, in the plan's order. */
  readonly segments: readonly string[];
  /** Whether the server could have served the variant to a unit that it has not seen yet; a unit that is bound is held to its own. */
  readonly servable: boolean;
}

/** A metric event that passed the same checks. */
export interface CheckedEvent {
  readonly kind: 'event';
  readonly eventId: string;
  readonly contentHash: string;
  readonly metric: string;
  /** In 1e-9. */
  readonly value: bigint;
  readonly occurredAt: number;
  readonly receivedAt: number;
  /** Only for this experiment; null: every one that uses the metric. */
  readonly experimentId: string | null;
  /** The ids of the unit that experiments hash, by hash key. */
  readonly ids: ReadonlyMap<string, string>;
}

/** An experiment that counts events of a key. */
export interface MetricUse {
  readonly experimentId: string;
  readonly hashKey: string;
}

export function accepted(eventId: string): EventResult {
  return { eventId, status: 'ACCEPTED', code: null, message: null };
}

export function duplicate(eventId: string): EventResult {
  return { eventId, status: 'DUPLICATE', code: null, message: null };
}

export function rejected(eventId: string, code: ProblemCode, message: string): EventResult {
  return { eventId, status: 'REJECTED', code, message };
}
