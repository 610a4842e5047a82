/** The way of events into the store: each is checked, waits for others of the same moment, and is counted with them in one transaction. */
import { randomInt } from 'node:crypto';
import type pg from 'pg';
import { createEventStore } from './postgres/ingest.js';
import { createSegmentValueStore } from './postgres/segment-values.js';
import { createAllocationHistory } from './services/allocation-history.js';
import { createEvents, type EventsParts } from './services/events.js';
import { createGroupCommit } from './services/group-commit.js';
import { meterEvents } from './services/metered-events.js';
import type { Reads } from './services/reads.js';
import type { Registry } from './services/registry.js';
import { createSegmentValues } from './services/segment-values.js';
import { sha256 } from './services/sha256.js';
import type { Tracer } from './services/tracer.js';
import type { Metrics } from './telemetry/metrics/metrics.js';
import { createIngestTracing } from './telemetry/tracing/ingest.js';

export interface IntakeParts extends Pick<EventsParts, 'clock' | 'retentionDays' | 'onExposed'> {
  readonly pools: { readonly ingest: pg.Pool; readonly lookup: pg.Pool };
  readonly reads: Pick<Reads, 'allocation'>;
  readonly registry: Registry;
  readonly metrics: Pick<Metrics, 'commits' | 'events'>;
  /** null: what comes in is not traced. */
  readonly tracer: Tracer | null;
}

export function createIntake({ pools, reads, registry, metrics, tracer, ...parts }: IntakeParts) {
  // Writers that take different shards of the sums never wait for one another; a clash costs a wait, never a count.
  const shard = randomInt(8) * 2;
  const lanes = [createEventStore(pools.ingest, shard), createEventStore(pools.ingest, shard + 1)];
  const ingest = tracer && createIngestTracing(tracer);
  const door = createGroupCommit({
    lanes: ingest ? lanes.map(ingest.lane) : lanes,
    rules: registry.rules,
    refresh: registry.refresh,
    meter: metrics.commits,
  });
  const commits = ingest ? ingest.door(door) : door;
  const history = createAllocationHistory({ reads, sha256 });
  const segmentValues = createSegmentValues({ store: createSegmentValueStore(pools.lookup) });
  const events = meterEvents(createEvents({ registry, history, commits, segmentValues, ...parts }), metrics.events);
  return { events, commits };
}
