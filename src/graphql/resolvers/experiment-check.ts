import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { findExperiment } from '../find.js';
import { presentChange, presentExperiment, presentProblem } from '../present/experiment.js';
import { ExperimentCheckObject } from '../types/experiment-check.js';
import { CreateExperimentInput } from '../types/experiment-inputs.js';
import { UnitInput } from '../types/unit.js';

/** Trying a definition out. */
@Resolver()
export class ExperimentCheckResolver {
  @Query(() => ExperimentCheckObject, {
    nullable: true,
    description: 'What applyExperiment would find and do, for forms, diffs and pipelines.',
  })
  async checkExperiment(
    @Arg('input', () => CreateExperimentInput, { description: 'The whole experiment.' }) input: CreateExperimentInput,
    @Arg('unit', () => UnitInput, { nullable: true, description: 'A unit to try the targeting and the split on.' })
    unit: UnitInput | undefined,
    @Ctx() { services }: Context,
  ) {
    const experiment = await findExperiment(services, input.key);
    const { problems, warnings, changes, assignment } = await services.experimentChecks.check(input, experiment, unit ?? null);
    return {
      problems: problems.map(presentProblem),
      warnings: warnings.map(presentProblem),
      experiment: experiment && presentExperiment(experiment),
      changes: changes.map(presentChange),
      assignment,
    };
  }
}
