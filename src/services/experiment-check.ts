import type { Allocation } from '../core/allocation.js';
import { type Assignment, decide, isPending, settle } from '../core/assignment.js';
import { compile } from '../core/compiled-experiment.js';
import { normalise } from '../core/definition.js';
import { checkDefinition } from '../core/definition-check.js';
import { type Change, diffDefinitions } from '../core/definition-diff.js';
import type { DefinitionInput } from '../core/definition-input.js';
import type { ReadSchedule } from '../core/definition-plan.js';
import { DomainError, type Problem, refuseIfAny } from '../core/errors.js';
import { extendRange, holdsRange, takeRange } from '../core/exclusion.js';
import type { Definition, Exclusion, Experiment } from '../core/experiment.js';
import type { Sha256 } from '../core/hash.js';
import { checkTransition } from '../core/lifecycle.js';
import { boundsOf, coverageOf, firstAllocation, nextAllocation } from '../core/reallocation.js';
import { checkUnit, type Unit } from '../core/unit.js';
import { draftOf, lockedProblem } from './experiments.js';
import type { Clock } from './ports.js';
import type { RecordedVariants } from './recorded-variants.js';
import type { Registry } from './registry.js';
import type { Validations } from './validation.js';

/** What bringing an experiment up to a definition would find and do, without doing it. */
export interface ExperimentCheck {
  /** Everything that would be refused. */
  readonly problems: readonly Problem[];
  /** What is accepted but unwise. */
  readonly warnings: readonly Problem[];
  readonly changes: readonly Change[];
  /** What the unit would get if this were running; null when none was given or there are problems. */
  readonly assignment: Assignment | null;
}

export interface ExperimentChecksParts {
  readonly registry: Pick<Registry, 'all'>;
  readonly recordedVariants: Pick<RecordedVariants, 'variantOf'>;
  readonly validations: Pick<Validations, 'growthWarnings'>;
  readonly readSchedule: ReadSchedule;
  readonly retentionDays: number;
  readonly sha256: Sha256;
  readonly clock: Clock;
}

export type ExperimentChecks = ReturnType<typeof createExperimentChecks>;

export function createExperimentChecks({
  registry,
  recordedVariants,
  validations,
  readSchedule,
  retentionDays,
  sha256,
  clock,
}: ExperimentChecksParts) {
  /** The range that it holds or would take. @throws GROUP_FULL */
  function rangeOf({ id, definition, exclusion }: Experiment): Exclusion | null {
    const { exclusionGroup: group, trafficAllocation: width } = definition;
    if (group === null) return null;
    const others = registry.all().filter((other) => other.id !== id && holdsRange(other.status));
    const held = others.flatMap((other) => (other.exclusion?.group === group ? [other.exclusion] : []));
    return exclusion ? extendRange({ range: exclusion, width, held }) : takeRange({ group, width, held });
  }

  async function assignmentOf(experiment: Experiment, unit: Unit): Promise<Assignment> {
    const running = compile({ ...experiment, status: 'RUNNING', allocation: allocationOf(experiment, clock.now()) });
    const decision = decide(running, unit, { experimentKey: running.key, sha256 });
    return isPending(decision) ? settle(decision, await recordedVariants.variantOf(decision.lookup)) : decision;
  }

  return {
    /**
     * @param before the experiment of that key; null: there is none
     * @param unit tried on what would come out. Of a definition without a salt it gets the same answer each time, but not the one that it
     *   will get: the salt is drawn when the experiment is created
     * @throws the faults of the unit; UNAVAILABLE
     */
    async check(input: DefinitionInput, before: Experiment | null, unit: Unit | null): Promise<ExperimentCheck> {
      if (unit) refuseIfAny(checkUnit(unit));
      const isStarted = before !== null && before.status !== 'DRAFT';
      const { problems, warnings: planWarnings } = checkDefinition(input, { readSchedule, isStarted, retentionDays });
      const after = normalise(input, { salt: before?.definition.salt ?? input.key });
      const changes = before ? diffDefinitions(before.definition, after, before.status) : [];
      const forbidden = before && changes.length > 0 ? statusProblems(before, changes) : [];
      const placed = place(broughtUp(before, after), problems);
      const isHeld = before !== null && holdsRange(before.status);
      const refused = [...problems, ...forbidden, ...(isHeld ? placed.problems : [])];
      const warnings = [...planWarnings, ...(before ? await validations.growthWarnings(before, after) : [])];
      return {
        problems: refused,
        // A draft may wait for its place; that it could not start now is to be known.
        warnings: isHeld ? warnings : [...warnings, ...placed.problems],
        changes,
        assignment: unit && refused.length === 0 ? await assignmentOf(placed.experiment, unit) : null,
      };
    },
  };

  /** The experiment with its range, without room with one that includes nobody; as it is where the definition is faulty. */
  function place(
    experiment: Experiment,
    faults: readonly Problem[],
  ): { readonly experiment: Experiment; readonly problems: readonly Problem[] } {
    if (faults.length > 0) return { experiment, problems: [] };
    try {
      return { experiment: { ...experiment, exclusion: rangeOf(experiment) }, problems: [] };
    } catch (error) {
      const group = experiment.definition.exclusionGroup ?? '';
      return { experiment: { ...experiment, exclusion: { group, start: 0, end: 0 } }, problems: problemsOf(error) };
    }
  }
}

/** What applyExperiment would leave: weights of one that has started live in its allocation. */
function broughtUp(before: Experiment | null, after: Definition): Experiment {
  if (!before) return draftOf(after, { id: '', at: new Date(0) });
  return { ...before, definition: before.status === 'DRAFT' ? after : { ...after, variants: before.definition.variants } };
}

function allocationOf({ definition, allocation: previous }: Experiment, at: Date): Allocation {
  const { variants, trafficAllocation } = definition;
  const terms = { bounds: boundsOf(definition), coverage: coverageOf(definition), trafficAllocation, at };
  if (!previous) return firstAllocation({ variants, ...terms });
  return previous.trafficAllocation === trafficAllocation ? previous : nextAllocation({ previous, cause: 'MANUAL', ...terms });
}

function statusProblems(before: Experiment, changes: readonly Change[]): readonly Problem[] {
  try {
    checkTransition(before, 'UPDATE');
    return changes.filter(({ locked }) => locked).map((change) => lockedProblem(before, change));
  } catch (error) {
    return problemsOf(error);
  }
}

/** @throws what is no refusal */
function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof DomainError) return error.problems;
  throw error;
}
