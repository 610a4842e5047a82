import { type ClassType, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.js';
import { findExperiment } from '../find.js';
import { presentExperiment } from '../present/experiment.js';
import { AlertObject } from '../types/alert.js';
import { EvaluationObject } from '../types/evaluation.js';
import { ExperimentObject } from '../types/experiment.js';
import { WeightUpdateObject } from '../types/live.js';

/** The field `experiment` of things that carry an experiment's key. */
function createExperimentField(owner: ClassType, description: string) {
  @Resolver(() => owner)
  class ExperimentFieldResolver {
    @FieldResolver(() => ExperimentObject, { nullable: true, description })
    async experiment(@Root() { experimentKey }: { readonly experimentKey: string }, @Ctx() { services }: Context) {
      const experiment = await findExperiment(services, experimentKey);
      return experiment && presentExperiment(experiment);
    }
  }
  return ExperimentFieldResolver;
}

const fromMemory =
  "The experiment as it is now, so that one message brings a client's cache up to date; answered from memory where it can be.";

export const EvaluationExperimentResolver = createExperimentField(EvaluationObject, fromMemory);
export const WeightUpdateExperimentResolver = createExperimentField(WeightUpdateObject, fromMemory);
export const AlertExperimentResolver = createExperimentField(AlertObject, 'The experiment as it is now.');
