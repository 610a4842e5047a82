import { ArgsType, Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { AllocationCause } from '../../core/allocation.js';
import type { ComparisonOutcome, Decision } from '../../core/evaluation.js';
import { DateTime, SafeInt } from '../scalars.js';
import { AllocationCauseEnum, VariantWeightObject } from './allocation.js';
import { ComparisonOutcomeEnum, IntervalObject } from './comparison.js';
import { DecisionEnum } from './evaluation.js';

/** Histories for charts. */

@ObjectType('VariantCountsPoint', { simpleResolvers: true, description: 'Counts of one variant at one time.' })
export class VariantCountsPointObject {
  @Field(() => ID, { description: 'Key of the variant.' })
  readonly variant!: string;

  @Field(() => SafeInt, { description: 'Units exposed.' })
  readonly exposures!: number;

  @Field(() => SafeInt, { description: 'Units that have converted on the primary metric.' })
  readonly conversions!: number;
}

@ObjectType('CountsPoint', { simpleResolvers: true, description: 'Counts at one time.' })
export class CountsPointObject {
  @Field(() => DateTime, { description: 'The time.' })
  readonly at!: Date;

  @Field(() => [VariantCountsPointObject], {
    description: "Counts of each variant since the start up to then, in the experiment's order.",
  })
  readonly variants!: readonly VariantCountsPointObject[];
}

@ObjectType('EffectPoint', { simpleResolvers: true, description: 'The effect in one evaluation.' })
export class EffectPointObject {
  @Field(() => Int, { description: 'Sequence of the evaluation, by which live results are joined on.' })
  readonly sequence!: number;

  @Field(() => DateTime, { description: 'When it was made.' })
  readonly at!: Date;

  @Field(() => SafeInt, { description: 'Units compared, variant and control together.' })
  readonly units!: number;

  @Field(() => Float, { nullable: true, description: 'Variant minus control; null while unknown.' })
  readonly effect!: number | null;

  @Field(() => IntervalObject, { nullable: true, description: 'Its interval.' })
  readonly interval!: IntervalObject | null;

  @Field(() => Float, { nullable: true, description: 'Effect over control.' })
  readonly lift!: number | null;

  @Field(() => IntervalObject, { nullable: true, description: 'Its interval.' })
  readonly liftInterval!: IntervalObject | null;

  @Field(() => ComparisonOutcomeEnum, { description: 'Which way it had come out.' })
  readonly outcome!: ComparisonOutcome;

  @Field(() => DecisionEnum, { description: 'What was to be done.' })
  readonly decision!: Decision;
}

@ObjectType('EffectSeries', { simpleResolvers: true, description: 'The effect of one variant on one metric over time.' })
export class EffectSeriesObject {
  @Field(() => ID, { description: 'Key of the variant.' })
  readonly variant!: string;

  @Field(() => ID, { description: 'Key of the metric.' })
  readonly metric!: string;

  @Field(() => [EffectPointObject], { description: 'The points, oldest first.' })
  readonly points!: readonly EffectPointObject[];
}

@ObjectType('WeightsPoint', { simpleResolvers: true, description: 'The weights from one time on.' })
export class WeightsPointObject {
  @Field(() => Int, { description: 'Version of the allocation, by which live updates are joined on.' })
  readonly version!: number;

  @Field(() => DateTime, { description: 'When it came into force.' })
  readonly at!: Date;

  @Field(() => AllocationCauseEnum, { description: 'What made it.' })
  readonly cause!: AllocationCause;

  @Field(() => Float, { description: 'Share of eligible units that is included.' })
  readonly trafficAllocation!: number;

  @Field(() => [VariantWeightObject], { description: 'Shares of the variants.' })
  readonly weights!: readonly VariantWeightObject[];
}

const points = { nullable: true, defaultValue: 200 };

@ArgsType()
export class CountsSeriesArgs {
  @Field(() => DateTime, { nullable: true, description: 'Only points at or after it; the start when left out.' })
  readonly from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Only points before it; now when left out.' })
  readonly to?: Date | null;

  @Field(() => Int, { ...points, description: 'Most points, 1 to 1,000.' })
  readonly maxPoints!: number;
}

@ArgsType()
export class WeightsSeriesArgs {
  @Field(() => DateTime, { nullable: true, description: 'Only points at or after it, and the one in force then; the start when left out.' })
  readonly from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Only points before it; now when left out.' })
  readonly to?: Date | null;

  @Field(() => Int, { ...points, description: 'Most points, 1 to 1,000.' })
  readonly maxPoints!: number;
}

@ArgsType()
export class EffectSeriesArgs {
  @Field(() => ID, { nullable: true, description: 'Key of the metric; the primary when left out.' })
  readonly metric?: string | null;

  @Field(() => ID, { nullable: true, description: 'Key of the variant; all but the control when left out.' })
  readonly variant?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Only points at or after it; the start when left out.' })
  readonly from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Only points before it; now when left out.' })
  readonly to?: Date | null;

  @Field(() => Int, { ...points, description: 'Most points a series, 1 to 1,000.' })
  readonly maxPoints!: number;
}
