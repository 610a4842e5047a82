import { Field, Float, ID, ObjectType } from 'type-graphql';
import type { ComparisonOutcome, UnknownReason } from '../../core/evaluation.js';
import type { MetricRole } from '../../core/experiment.js';
import { enumType } from '../enum-type.js';
import { SafeInt } from '../scalars.js';
import { MetricRoleEnum } from './metric.js';

export const UnknownReasonEnum = enumType<UnknownReason>('UnknownReason', 'Why numbers are null.', {
  INSUFFICIENT_SAMPLE: 'Too few units or conversions.',
  ZERO_VARIANCE: 'Nothing varies, so nothing can be compared.',
  ZERO_BASELINE: "The control's mean is zero, so that no relative change exists.",
  SRM_DETECTED: 'The sample ratio test failed, and effects are withheld.',
  INVALID_DATA: 'The totals contradict one another.',
});

export const ComparisonOutcomeEnum = enumType<ComparisonOutcome>(
  'ComparisonOutcome',
  "Which way a comparison has come out, by the plan and the metric's direction.",
  {
    BETTER: 'Significantly better than the control.',
    WORSE: 'Significantly worse than the control.',
    INCONCLUSIVE: 'Not settled.',
  },
);

@ObjectType('Interval', {
  simpleResolvers: true,
  description: 'A confidence or credible interval; a bound that is null does not exist on that side.',
})
export class IntervalObject {
  @Field(() => Float, { nullable: true, description: 'Lower bound; null: unbounded.' })
  readonly lower!: number | null;

  @Field(() => Float, { nullable: true, description: 'Upper bound; null: unbounded.' })
  readonly upper!: number | null;

  @Field(() => Float, { description: 'Coverage, e.g. 0.95.' })
  readonly level!: number;
}

@ObjectType('Comparison', {
  simpleResolvers: true,
  description: 'One variant against the control on one metric; unknown numbers are null, never NaN.',
})
export class ComparisonObject {
  @Field(() => ID, { description: 'Key of the variant.' })
  readonly variant!: string;

  @Field(() => ID, { description: 'Key of the metric.' })
  readonly metric!: string;

  @Field(() => MetricRoleEnum, { description: 'What the metric is for.' })
  readonly role!: MetricRole;

  @Field(() => SafeInt, { description: 'Units of the control that are compared.' })
  readonly controlUnits!: number;

  @Field(() => SafeInt, { description: 'Units of the variant that are compared.' })
  readonly variantUnits!: number;

  @Field(() => Float, { nullable: true, description: 'Mean a unit of the control.' })
  readonly controlMean!: number | null;

  @Field(() => Float, { nullable: true, description: 'Mean a unit of the variant.' })
  readonly variantMean!: number | null;

  @Field(() => Float, { nullable: true, description: 'Variant minus control.' })
  readonly effect!: number | null;

  @Field(() => Float, { nullable: true, description: 'Effect over control, e.g. 0.05 for 5% more.' })
  readonly lift!: number | null;

  @Field(() => Float, { nullable: true, description: 'Standard error of the effect.' })
  readonly standardError!: number | null;

  @Field(() => IntervalObject, {
    nullable: true,
    description: "Interval of the effect at the plan's coverage, corrected for looks: valid at the moment it is read.",
  })
  readonly interval!: IntervalObject | null;

  @Field(() => IntervalObject, { nullable: true, description: 'The same for the lift.' })
  readonly liftInterval!: IntervalObject | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Two-sided p-value, corrected for looks: valid at the moment it is read; null where the method gives none.',
  })
  readonly pValue!: number | null;

  @Field(() => Float, { nullable: true, description: 'The same, adjusted over the family.' })
  readonly adjustedPValue!: number | null;

  @Field(() => Float, { nullable: true, description: 'BAYESIAN: probability that the variant is better than the control.' })
  readonly probabilityToBeatControl!: number | null;

  @Field(() => Float, { nullable: true, description: "BAYESIAN: expected loss, in the metric's unit, if the variant is chosen." })
  readonly expectedLoss!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "Smallest lift, either way, that the present sample could find with the plan's power.",
  })
  readonly minimumDetectableEffect!: number | null;

  @Field(() => Boolean, {
    description: "Whether the difference is real in either direction: adjustedPValue is at most alpha, or the method's own rule holds.",
  })
  readonly significant!: boolean;

  @Field(() => ComparisonOutcomeEnum, { description: 'Which way it has come out.' })
  readonly outcome!: ComparisonOutcome;

  @Field(() => Boolean, { description: 'Whether it was registered before the start.' })
  readonly confirmatory!: boolean;

  @Field(() => UnknownReasonEnum, {
    nullable: true,
    description: 'Why numbers above are null that the method should give; null when none is.',
  })
  readonly unknownReason!: UnknownReason | null;
}

@ObjectType('SegmentResult', { simpleResolvers: true, description: 'The comparisons within one segment.' })
export class SegmentResultObject {
  @Field(() => String, { description: 'The attribute, e.g. region.' })
  readonly attribute!: string;

  @Field(() => String, { description: 'Its value, e.g. US.' })
  readonly value!: string;

  @Field(() => [ComparisonObject], { description: 'The comparisons, in the order of Evaluation.comparisons.' })
  readonly comparisons!: readonly ComparisonObject[];
}
