import { type Problem, refuseIfAny } from '../core/errors.js';
import type { DefinitionUpdate } from '../services/experiments.js';
import type { UpdateExperimentInput } from './types/experiment-inputs.js';

/** Members that every experiment has, so that null cannot clear them. */
const lasting = ['name', 'tags', 'design', 'hashKey', 'hashStrategy', 'trafficAllocation', 'variants', 'metrics', 'ramp'] as const;

/**
 * The change that an input asks for: what is left out stays, null clears what can be absent.
 *
 * @throws DomainError BAD_USER_INPUT for each null of a member that cannot be absent
 */
export function definitionUpdate({ key: _, expectedRevision: __, ...members }: UpdateExperimentInput): DefinitionUpdate {
  const problems = lasting
    .filter((name) => members[name] === null)
    .map((name): Problem => ({ code: 'BAD_USER_INPUT', message: `${name} cannot be null; leave it out to keep it.`, path: [name] }));
  refuseIfAny(problems);
  return members as DefinitionUpdate;
}
