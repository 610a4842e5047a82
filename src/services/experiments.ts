import type { ApplyOutcome } from '../core/apply-outcome.js';
import { definitionInput, normalise } from '../core/definition.js';
import { checkDefinition } from '../core/definition-check.js';
import { type Change as DefinitionChange, diffDefinitions } from '../core/definition-diff.js';
import type { DefinitionInput } from '../core/definition-input.js';
import type { ReadSchedule } from '../core/definition-plan.js';
import { DomainError, type Problem, refuseIfAny } from '../core/errors.js';
import type { Definition, Experiment } from '../core/experiment.js';
import { checkTransition } from '../core/lifecycle.js';
import { changeTraffic } from './allocations.js';
import type { Change, Changer, ExperimentPayload } from './change.js';
import type { Command, Ids } from './ports.js';
import { growthWarnings } from './validation.js';

/** Writing experiments down: create, update, apply, delete. What happens to them afterwards is in `lifecycle.ts` and `allocations.ts`. */

export interface ApplyPayload extends ExperimentPayload {
  readonly outcome: ApplyOutcome;
  readonly changes: readonly DefinitionChange[];
}

/** A change of some members, as UpdateExperimentInput has it: what is left out stays, null clears. */
export type DefinitionUpdate = Partial<DefinitionInput>;

export interface ExperimentsParts {
  readonly changer: Changer;
  readonly ids: Ids;
  readonly readSchedule: ReadSchedule;
  readonly retentionDays: number;
}

/** A new experiment of this definition. */
export function draftOf(definition: Definition, { id, at }: { readonly id: string; readonly at: Date }): Experiment {
  return {
    id,
    definition,
    status: 'DRAFT',
    revision: 1,
    version: 1,
    allocation: null,
    disabledVariants: [],
    overrides: [],
    exclusion: null,
    banditHaltedAt: null,
    banditResumedAt: null,
    planHash: null,
    looksUsed: 0,
    shippedVariant: null,
    createdAt: at,
    updatedAt: at,
    startedAt: null,
    endedAt: null,
  };
}

export type Experiments = ReturnType<typeof createExperiments>;

export function createExperiments({ changer, ids, readSchedule, retentionDays }: ExperimentsParts) {
  function checked(input: DefinitionInput, isStarted: boolean): readonly Problem[] {
    const { problems, warnings } = checkDefinition(input, { readSchedule, isStarted, retentionDays });
    refuseIfAny(problems.map((problem) => ({ ...problem, path: ['input', ...problem.path] })));
    return warnings.map((warning) => ({ ...warning, path: ['input', ...warning.path] }));
  }

  async function insert(change: Change, input: DefinitionInput): Promise<Experiment> {
    const definition = normalise(input, { salt: ids.salt() });
    const experiment = await change.create(draftOf(definition, { id: ids.uuid(), at: change.at }));
    await change.rulesChanged();
    return experiment;
  }

  /** Brings a locked experiment up to a definition; what its status forbids is refused together. */
  async function bring(
    change: Change,
    before: Experiment,
    after: Definition,
    differences: readonly DefinitionChange[],
  ): Promise<Experiment> {
    if (differences.length === 0) return before;
    checkTransition(before, 'UPDATE');
    refuseIfAny(differences.filter(({ locked }) => locked).map((difference) => lockedProblem(before, difference)));
    const isDraft = before.status === 'DRAFT';
    const next = { ...before, definition: isDraft ? after : { ...after, variants: before.definition.variants } };
    const moved = isDraft ? next : await changeTraffic(change, next, after.trafficAllocation);
    const experiment = await change.save(before, moved);
    if (isDraft) await change.rulesChanged();
    return experiment;
  }

  return {
    /** @throws every fault of the definition at once; EXPERIMENT_KEY_TAKEN */
    async create(command: Command, input: DefinitionInput): Promise<ExperimentPayload> {
      const warnings = checked(input, false);
      return changer.run(command, async (change) => ({ experiment: await insert(change, input), warnings }));
    },

    /** @throws EXPERIMENT_NOT_FOUND, REVISION_CONFLICT, PLAN_LOCKED with every locked member, and the faults of what would come out */
    async update(command: Command, key: string, update: DefinitionUpdate, expectedRevision: number | null): Promise<ExperimentPayload> {
      return changer.run(command, async (change) => {
        const before = await change.lock(key, expectedRevision);
        const input = merged(before.definition, update);
        const warnings = checked(input, before.status !== 'DRAFT');
        const after = normalise(input, { salt: before.definition.salt });
        const differences = diffDefinitions(before.definition, after, before.status);
        const experiment = await bring(change, before, after, differences);
        return { experiment, warnings: [...warnings, ...(await growthWarnings(change, before, experiment))] };
      });
    },

    /** @param expectedRevision 0 when it must not exist yet */
    async apply(command: Command, input: DefinitionInput, expectedRevision: number | null): Promise<ApplyPayload> {
      const applied = () =>
        changer.run(command, async (change): Promise<ApplyPayload> => {
          const before = await change.transaction.lockExperiment(input.key);
          if (!before) {
            if (expectedRevision) throw gone(input.key, expectedRevision);
            const warnings = checked(input, false);
            return { experiment: await insert(change, input), outcome: 'CREATED', changes: [], warnings };
          }
          const present = await change.lock(input.key, expectedRevision);
          const warnings = checked(input, present.status !== 'DRAFT');
          const after = normalise(input, { salt: present.definition.salt });
          const changes = diffDefinitions(present.definition, after, present.status);
          const outcome = changes.length === 0 ? 'UNCHANGED' : 'UPDATED';
          const experiment = await bring(change, present, after, changes);
          return { experiment, outcome, changes, warnings: [...warnings, ...(await growthWarnings(change, present, experiment))] };
        });
      return applied().catch((error: unknown) => {
        // Another created it since this one looked: now it is there to be brought up to the input.
        if (error instanceof DomainError && error.code === 'EXPERIMENT_KEY_TAKEN') return applied();
        throw error;
      });
    },

    /** @throws INVALID_TRANSITION unless it is a draft */
    async remove(command: Command, key: string, expectedRevision: number | null): Promise<Experiment> {
      return changer.run(command, async (change) => {
        const experiment = await change.lock(key, expectedRevision);
        checkTransition(experiment, 'DELETE');
        await change.remove(experiment);
        await change.rulesChanged();
        return experiment;
      });
    },
  };
}

const neverAbsent = ['name', 'tags', 'design', 'hashKey', 'hashStrategy', 'trafficAllocation', 'variants', 'metrics', 'ramp'] as const;

/** The whole definition that an update leads to. A new design without its own settings drops those of the old one. */
function merged(definition: Definition, update: DefinitionUpdate): DefinitionInput {
  const cleared = neverAbsent.filter((member) => update[member] === null);
  refuseIfAny(cleared.map((member) => ({ code: 'BAD_USER_INPUT', message: `${member} cannot be cleared.`, path: ['input', member] })));
  const before = definitionInput(definition);
  const given = Object.fromEntries(Object.entries(update).filter(([, value]) => value !== undefined));
  const designChanges = update.design !== undefined && update.design !== before.design;
  const settings = designChanges ? { bandit: null, switchback: null } : {};
  return { ...before, ...settings, ...given };
}

/** Why a member cannot be brought up to an input. */
export function lockedProblem({ definition, status }: Experiment, { path, after }: DefinitionChange): Problem {
  const message = `${path.join('.')} of "${definition.key}" cannot change while it is ${status}.`;
  return { code: 'PLAN_LOCKED', message, path: ['input', ...path], received: after };
}

function gone(key: string, expectedRevision: number): DomainError {
  const message = `There is no experiment "${key}" any more; received revision ${expectedRevision}.`;
  const problem = { code: 'REVISION_CONFLICT', message, path: ['expectedRevision'], received: expectedRevision } as const;
  return new DomainError([problem], { revision: 0 });
}
