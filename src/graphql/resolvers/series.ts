import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.js';
import type { PresentedExperiment } from '../present/experiment.js';
import { ExperimentObject } from '../types/experiment.js';
import {
  CountsPointObject,
  CountsSeriesArgs,
  EffectSeriesArgs,
  EffectSeriesObject,
  WeightsPointObject,
  WeightsSeriesArgs,
} from '../types/series.js';

/** What charts show of an experiment's past. */
@Resolver(() => ExperimentObject)
export class SeriesResolver {
  @FieldResolver(() => [CountsPointObject], {
    nullable: true,
    description: 'Counts over time, cumulative, in even steps of an hour or a multiple of it, oldest first, with a last point at `to`.',
  })
  countsSeries(
    @Root() { source }: PresentedExperiment,
    @Args(() => CountsSeriesArgs) { from = null, to = null, maxPoints }: CountsSeriesArgs,
    @Ctx() { services }: Context,
  ) {
    return services.series.counts(source, { from, to, maxPoints });
  }

  @FieldResolver(() => [EffectSeriesObject], {
    nullable: true,
    description: 'Effect with its interval over time, one series a variant, thinned evenly with the latest evaluation always kept.',
  })
  effectSeries(
    @Root() { source }: PresentedExperiment,
    @Args(() => EffectSeriesArgs) { metric = null, variant = null, from = null, to = null, maxPoints }: EffectSeriesArgs,
    @Ctx() { services }: Context,
  ) {
    return services.series.effects(source, { metric, variant, from, to, maxPoints });
  }

  @FieldResolver(() => [WeightsPointObject], {
    nullable: true,
    description: 'Weights over time, oldest first, thinned evenly except that moves not made by the bandit are always kept.',
  })
  weightsSeries(
    @Root() { source }: PresentedExperiment,
    @Args(() => WeightsSeriesArgs) { from = null, to = null, maxPoints }: WeightsSeriesArgs,
    @Ctx() { services }: Context,
  ) {
    return services.series.weights(source, { from, to, maxPoints });
  }
}
