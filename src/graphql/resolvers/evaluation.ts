import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import type { Comparison } from '../../core/evaluation.js';
import type { MetricRole } from '../../core/experiment.js';
import type { Command } from '../../services/ports.js';
import { CommandOf } from '../command.js';
import type { Context } from '../context.js';
import { presentExperiment } from '../present/experiment.js';
import { type PresentedEvaluation, presentEvaluation } from '../present/results.js';
import { ComparisonObject, SegmentResultObject } from '../types/comparison.js';
import { EvaluationObject } from '../types/evaluation.js';
import { EvaluateExperimentPayloadObject } from '../types/experiment-payloads.js';
import { MetricRoleEnum } from '../types/metric.js';

@ArgsType()
class EvaluateArgs {
  @Field(() => ID, { description: 'Key of the experiment.' })
  readonly key!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Makes a repetition give the first outcome, so that a retry does not use up a second look.',
  })
  readonly idempotencyKey?: string | null;
}

@ArgsType()
class ComparisonsArgs {
  @Field(() => ID, { nullable: true, description: 'Only this metric.' })
  readonly metric?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only this variant.' })
  readonly variant?: string | null;

  @Field(() => MetricRoleEnum, { nullable: true, description: 'Only metrics of this role.' })
  readonly role?: MetricRole | null;
}

/** Judgements. */
@Resolver(() => EvaluationObject)
export class EvaluationResolver {
  @Mutation(() => EvaluateExperimentPayloadObject, {
    nullable: true,
    description: 'Makes one look now; where looks are metered it uses one up, and past the last one is LOOKS_EXHAUSTED.',
  })
  async evaluateExperiment(@Args(() => EvaluateArgs) { key }: EvaluateArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    const { evaluation, experiment } = await services.evaluations.evaluate(command, key);
    return { evaluation: presentEvaluation(evaluation), experiment: presentExperiment(experiment) };
  }

  @FieldResolver(() => [ComparisonObject], {
    description: 'Each variant against the control on each metric, all units together, ordered by metric and then by variant.',
  })
  comparisons(
    @Root() { allComparisons }: PresentedEvaluation,
    @Args(() => ComparisonsArgs) { metric, variant, role }: ComparisonsArgs,
  ): readonly Comparison[] {
    return allComparisons.filter(
      (comparison) =>
        (metric === undefined || comparison.metric === metric) &&
        (variant === undefined || comparison.variant === variant) &&
        (role === undefined || comparison.role === role),
    );
  }

  @FieldResolver(() => [SegmentResultObject], { description: 'The same within each registered segment.' })
  segments(
    @Root() { allSegments }: PresentedEvaluation,
    @Arg('attribute', () => String, { nullable: true, description: 'Only segments of this attribute.' }) attribute?: string,
  ) {
    return allSegments.filter((segment) => attribute === undefined || segment.attribute === attribute);
  }
}
