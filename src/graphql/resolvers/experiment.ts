import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { definitionInput } from '../../core/definition.js';
import { connectionOf, pageRequest } from '../connection.js';
import type { Context } from '../context.js';
import { checkFilterSize } from '../filter-size.js';
import { findExperiment } from '../find.js';
import { presentAllocation } from '../present/allocation.js';
import { type PresentedExperiment, presentExperiment } from '../present/experiment.js';
import { presentAlert, presentCounts, presentEvaluation } from '../present/results.js';
import { JsonObject } from '../scalars.js';
import { AlertConnection } from '../types/alert.js';
import { AllocationConnection } from '../types/allocation.js';
import { ExperimentCountsObject } from '../types/counts.js';
import { EvaluationConnection, EvaluationObject } from '../types/evaluation.js';
import { ExperimentConnection, ExperimentObject } from '../types/experiment.js';
import { ExperimentFilter, ExperimentOrder } from '../types/experiment-list.js';
import { PageArgs } from '../types/page.js';

@ArgsType()
class ExperimentsArgs extends PageArgs {
  @Field(() => ExperimentFilter, { nullable: true, description: 'Which ones; all but archived ones when left out.' })
  readonly filter?: ExperimentFilter | null;

  @Field(() => ExperimentOrder, { nullable: true, description: 'In what order; newest first when left out.' })
  readonly orderBy?: ExperimentOrder | null;
}

@ArgsType()
class OwnAlertsArgs extends PageArgs {
  @Field(() => Boolean, { nullable: true, description: 'Only those that are open, or only those that are resolved.' })
  readonly open?: boolean | null;
}

const newestFirst = { field: 'CREATED_AT', direction: 'DESC' } as const;

/** Experiments, and what each leads to. */
@Resolver(() => ExperimentObject)
export class ExperimentResolver {
  @Query(() => ExperimentObject, { nullable: true, description: 'One experiment; null when there is none of that key.' })
  async experiment(@Arg('key', () => ID, { description: 'Its key.' }) key: string, @Ctx() { services }: Context) {
    const experiment = await findExperiment(services, key);
    return experiment && presentExperiment(experiment);
  }

  @Query(() => ExperimentConnection, { nullable: true, description: 'Experiments.' })
  async experiments(@Args(() => ExperimentsArgs) args: ExperimentsArgs, @Ctx() { services }: Context) {
    const { filter, orderBy } = args;
    checkFilterSize(filter, { keys: 100 });
    const { field, direction } = orderBy ?? newestFirst;
    const list = `experiments ${field} ${direction}`;
    const page = await services.reads.experiments(pageRequest(list, args), filter ?? {}, { field, direction });
    return connectionOf(list, page, presentExperiment);
  }

  @FieldResolver(() => AllocationConnection, { nullable: true, description: 'All allocations, newest first.' })
  async allocations(@Root() { source }: PresentedExperiment, @Args(() => PageArgs) args: PageArgs, @Ctx() { services }: Context) {
    const page = await services.reads.allocations(source.id, pageRequest('allocations', args));
    return connectionOf('allocations', page, presentAllocation);
  }

  @FieldResolver(() => EvaluationObject, {
    nullable: true,
    description: 'Latest evaluation, as it was stored; null before the first.',
  })
  async results(@Root() { source }: PresentedExperiment, @Ctx() { batches }: Context) {
    const evaluation = await batches().results(source);
    return evaluation && presentEvaluation(evaluation);
  }

  @FieldResolver(() => EvaluationConnection, {
    nullable: true,
    description: 'All evaluations, newest first, each whole; charts want effectSeries.',
  })
  async evaluations(@Root() { source }: PresentedExperiment, @Args(() => PageArgs) args: PageArgs, @Ctx() { services }: Context) {
    const page = await services.reads.evaluations(source, pageRequest('evaluations', args));
    return connectionOf('evaluations', page, presentEvaluation);
  }

  @FieldResolver(() => ExperimentCountsObject, { nullable: true, description: 'Live counts, at most 2 seconds behind.' })
  async counts(@Root() { source }: PresentedExperiment, @Ctx() { batches }: Context) {
    const counts = await batches().counts(source);
    return counts && presentCounts(counts);
  }

  @FieldResolver(() => AlertConnection, { nullable: true, description: 'Its alerts, newest first.' })
  async alerts(@Root() { source }: PresentedExperiment, @Args(() => OwnAlertsArgs) args: OwnAlertsArgs, @Ctx() { services }: Context) {
    const filter = { experimentKeys: [source.definition.key], open: args.open ?? null };
    return connectionOf('alerts', await services.reads.alerts(pageRequest('alerts', args), filter), presentAlert);
  }

  @FieldResolver(() => JsonObject, {
    description:
      'The input that makes the same experiment again by applyExperiment, salt included, for export, copies and version control.',
  })
  definition(@Root() { source }: PresentedExperiment) {
    return definitionInput(source.definition);
  }
}
