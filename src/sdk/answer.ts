import type { Assignment } from '../core/assignment.js';
import type { Unit } from '../core/unit.js';

/** What one unit gets in one experiment, as a client keeps it: plain JSON, so that it can be stored and handed from a server to a page. */
export type Answer = Omit<Assignment, 'exposureRecorded' | 'asOf'>;

/** Who asks. At least the id that the experiments hash: `userId`, `deviceId`, `tenantId` or an attribute. */
export interface ClientUnit extends Omit<Unit, 'isBot'> {
  /** Set by an edge that knows; a bot gets the control and is never counted. */
  readonly isBot?: boolean;
}

/** Answers by key of the experiment. */
export type Answers = ReadonlyMap<string, Answer>;

/** What a server hands to a page, so that both show the same and the page need not wait. JSON; escape `<` when it is written into HTML. */
export interface Bootstrap {
  readonly unit: ClientUnit;
  readonly answers: readonly Answer[];
}

export function byKey(answers: readonly Answer[]): Map<string, Answer> {
  return new Map(answers.map((answer) => [answer.experimentKey, answer]));
}

/** The answer for an experiment of which a client holds none: it does not run, or, before the first answers came, nothing is known. */
export function noAnswer(experimentKey: string, reason: 'NOT_FOUND' | 'FALLBACK'): Answer {
  return {
    experimentKey,
    variant: null,
    payload: null,
    inExperiment: false,
    reason,
    hashKey: null,
    unitId: null,
    allocationVersion: null,
  };
}

/** Whether two units are the same to all who hash ids, so that the answers of one serve the other. */
export function isSameUnit(one: ClientUnit, other: ClientUnit): boolean {
  return identityOf(one) === identityOf(other);
}

function identityOf({ userId, deviceId, tenantId, attributes, isBot }: ClientUnit): string {
  const facts = Object.entries(attributes ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([userId ?? null, deviceId ?? null, tenantId ?? null, isBot ?? false, facts]);
}
