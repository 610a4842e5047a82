import type { Allocations } from '../services/allocations.js';
import type { AssignmentUpdates } from '../services/assignment-updates.js';
import type { Assignments } from '../services/assignments.js';
import type { Definitions } from '../services/definitions.js';
import type { Evaluations } from '../services/evaluations.js';
import type { Events } from '../services/events.js';
import type { ExperimentChecks } from '../services/experiment-check.js';
import type { Experiments } from '../services/experiments.js';
import type { Forget } from '../services/forget.js';
import type { Keys } from '../services/keys.js';
import type { Lifecycle } from '../services/lifecycle.js';
import type { Live } from '../services/live.js';
import type { Outbox } from '../services/outbox.js';
import type { Reads } from '../services/reads.js';
import type { Registry } from '../services/registry.js';
import type { Reports } from '../services/reports.js';
import type { Series } from '../services/series.js';
import type { Validations } from '../services/validation.js';

/** Everything that resolvers call. */
export interface Services {
  readonly registry: Pick<Registry, 'byKey' | 'byId'>;
  readonly reads: Reads;
  readonly live: Live;
  readonly assignments: Assignments;
  readonly assignmentUpdates: Pick<AssignmentUpdates, 'follow'>;
  readonly definitions: Pick<Definitions, 'read' | 'follow'>;
  readonly events: Pick<Events, 'track'>;
  readonly experiments: Experiments;
  readonly experimentChecks: ExperimentChecks;
  readonly forget: Forget;
  readonly lifecycle: Lifecycle;
  readonly allocations: Allocations;
  readonly evaluations: Evaluations;
  readonly series: Series;
  readonly reports: Reports;
  readonly outbox: Pick<Outbox, 'backlog'>;
  readonly validations: Validations;
  readonly keys: Pick<Keys, 'create' | 'revoke'>;
}
