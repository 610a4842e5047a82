import type { ClientUnit } from './answer.js';

/** Exposures and metric events on their way out, in the members of the API: an exposure names its variant, a metric event its metric. */

interface Sent {
  /** Made once and kept over all retries: the service counts it once, however often it is sent. */
  readonly eventId: string;
  readonly unit: ClientUnit;
  /** By the client's clock, RFC 3339 in UTC. */
  readonly occurredAt: string;
}

export interface ExposureEvent extends Sent {
  readonly experimentKey: string;
  readonly variant: string;
  readonly allocationVersion: number | null;
}

export interface MetricEvent extends Sent {
  readonly metric: string;
  readonly value: number;
  readonly experimentKey?: string;
}

export type ClientEvent = ExposureEvent | MetricEvent;

export function isExposure(event: ClientEvent): event is ExposureEvent {
  return 'variant' in event;
}

/** 128 random bits in hex. `crypto.randomUUID` would do, but pages without https have none. */
export function newEventId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
