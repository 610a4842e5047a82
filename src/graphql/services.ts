import type { Allocations } from '../services/allocations.js';
import type { Assignments } from '../services/assignments.js';
import type { Evaluations } from '../services/evaluations.js';
import type { Events } from '../services/events.js';
import type { Experiments } from '../services/experiments.js';
import type { Keys } from '../services/keys.js';
import type { Lifecycle } from '../services/lifecycle.js';
import type { Live } from '../services/live.js';
import type { Reads } from '../services/ports.js';
import type { Registry } from '../services/registry.js';

/** Everything that resolvers call. */
export interface Services {
  readonly registry: Pick<Registry, 'byKey' | 'byId'>;
  readonly reads: Reads;
  readonly live: Live;
  readonly assignments: Assignments;
  readonly events: Pick<Events, 'track'>;
  readonly experiments: Experiments;
  readonly lifecycle: Lifecycle;
  readonly allocations: Allocations;
  readonly evaluations: Evaluations;
  readonly keys: Pick<Keys, 'create' | 'revoke'>;
}
