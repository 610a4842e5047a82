import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createChanges } from '../../src/postgres/changes.js';
import { createPool } from '../../src/postgres/database.js';
import { createDefinitionStore } from '../../src/postgres/definitions.js';
import { createEventStore } from '../../src/postgres/ingest.js';
import { createReads } from '../../src/postgres/reads.js';
import { createSegmentValueStore } from '../../src/postgres/segment-values.js';
import { readSchedule } from '../../src/schedule/schedules.js';
import { createAllocationHistory } from '../../src/services/allocation-history.js';
import { createAllocations } from '../../src/services/allocations.js';
import { createChanger } from '../../src/services/change.js';
import { createEvents } from '../../src/services/events.js';
import { createExperiments } from '../../src/services/experiments.js';
import { createGroupCommit } from '../../src/services/group-commit.js';
import { createLifecycle } from '../../src/services/lifecycle.js';
import type { Command } from '../../src/services/ports.js';
import { createRegistry } from '../../src/services/registry.js';
import { createSegmentValues } from '../../src/services/segment-values.js';

/** The writing side of one instance on a real database, without its edges: for tests of what must hold between instances. */
export function createInstance(databaseUrl: string, { now = () => new Date(), retentionDays = 30, mostSegmentValues = 500 } = {}) {
  const pool = createPool(databaseUrl, 4);
  const clock = { now };
  const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('binary');
  const ids = { uuid: randomUUID, salt: () => randomBytes(16).toString('hex') };
  const reads = createReads(pool);
  const registry = createRegistry({
    definitions: createDefinitionStore(pool),
    snapshot: { read: async () => null, write: () => {} },
    clock,
    retentionDays,
  });
  const changer = createChanger({
    changes: createChanges(pool),
    registry,
    news: { allocated: () => {}, evaluated: () => {}, alerted: () => {} },
    announcer: { announce: () => {} },
    clock,
  });
  const commits = createGroupCommit({
    lanes: [createEventStore(pool, 0), createEventStore(pool, 1)],
    rules: registry.rules,
    refresh: registry.refresh,
  });
  const history = createAllocationHistory({ reads, sha256 });
  const segmentValues = createSegmentValues({ store: createSegmentValueStore(pool), most: mostSegmentValues });
  return {
    pool,
    registry,
    reads,
    changer,
    sha256,
    experiments: createExperiments({ changer, ids, readSchedule, retentionDays }),
    lifecycle: createLifecycle({ changer }),
    allocations: createAllocations({ changer }),
    events: createEvents({ registry, history, commits, segmentValues, clock, retentionDays }),
    async close(): Promise<void> {
      await commits.close();
      await pool.end();
    },
  };
}

export const command: Command = { actor: 'test', action: 'test', apiKeyId: null, idempotencyKey: null, fingerprint: '' };
export const sender = { apiKeyId: null, idempotencyKey: null, fingerprint: '' };
