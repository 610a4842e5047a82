import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { Decision } from '../../core/evaluation.js';
import type { EvaluationMethod, GuardrailAction } from '../../core/experiment.js';
import { enumType } from '../enum-type.js';
import { DateTime, SafeInt } from '../scalars.js';
import { IntervalObject } from './comparison.js';
import { GuardrailActionEnum } from './metric.js';
import { Node } from './node.js';
import { connectionType } from './page.js';
import { EvaluationMethodEnum } from './plan.js';

export const DecisionEnum = enumType<Decision>(
  'Decision',
  'What to do, by the registered plan: the first that holds of INVALID, ROLL_BACK, INSUFFICIENT_DATA, SHIP, DO_NOT_SHIP, KEEP_RUNNING.',
  {
    KEEP_RUNNING: 'Nothing is settled yet.',
    SHIP: 'A variant is significantly better on the primary metric; the winner has the largest such effect.',
    DO_NOT_SHIP: 'Every variant is significantly worse, or the plan is used up without a winner.',
    ROLL_BACK: 'A guardrail is breached.',
    INVALID: 'The sample ratio check failed and no effect is reported.',
    INSUFFICIENT_DATA: 'A variant has fewer units than minSampleSize.',
  },
);

@ObjectType('SrmVariant', { simpleResolvers: true, description: 'Units of one variant against what the allocation promised.' })
export class SrmVariantObject {
  @Field(() => ID, { description: 'Key of the variant.' })
  readonly variant!: string;

  @Field(() => SafeInt, { description: 'Units exposed.' })
  readonly observed!: number;

  @Field(() => Float, { description: 'Units expected, from the propensities of each allocation version.' })
  readonly expected!: number;
}

@ObjectType('SrmCheck', { simpleResolvers: true, description: 'Sample ratio check: whether the units fit the allocation.' })
export class SrmCheckObject {
  @Field(() => Boolean, { description: 'False once the check has failed; true also while there is too little to tell.' })
  readonly passed!: boolean;

  @Field(() => Float, {
    nullable: true,
    description: 'Sequential p-value, which decides: below 0.01 fails; null while there is too little to tell.',
  })
  readonly pValue!: number | null;

  @Field(() => Float, { nullable: true, description: 'Chi-square p-value, for comparison with other tools.' })
  readonly chiSquarePValue!: number | null;

  @Field(() => Float, { nullable: true, description: 'Chi-square statistic, summed over allocation versions.' })
  readonly statistic!: number | null;

  @Field(() => [SrmVariantObject], { description: "Units of each variant, in the experiment's order." })
  readonly variants!: readonly SrmVariantObject[];
}

@ObjectType('GuardrailStatus', { simpleResolvers: true, description: 'Whether one variant harms one guardrail.' })
export class GuardrailStatusObject {
  @Field(() => ID, { description: 'Key of the metric.' })
  readonly metric!: string;

  @Field(() => ID, { description: 'Key of the variant.' })
  readonly variant!: string;

  @Field(() => Boolean, { description: 'Whether the harm is proven to exceed the threshold.' })
  readonly breached!: boolean;

  @Field(() => Float, { nullable: true, description: 'Variant minus control; null while unknown.' })
  readonly effect!: number | null;

  @Field(() => IntervalObject, { nullable: true, description: 'One-sided interval of the effect, valid at the moment it is read.' })
  readonly interval!: IntervalObject | null;

  @Field(() => Float, { description: 'The most harm that is tolerated.' })
  readonly threshold!: number;

  @Field(() => GuardrailActionEnum, { description: 'What a breach does.' })
  readonly action!: GuardrailAction;
}

@ObjectType('EvaluationProvenance', {
  simpleResolvers: true,
  description: 'What it takes to compute an evaluation again, to the same bits.',
})
export class EvaluationProvenanceObject {
  @Field(() => String, { nullable: true, description: 'SHA-256 of the registered plan it was made under; null in a dry run.' })
  readonly planHash!: string | null;

  @Field(() => [Int], { description: 'Versions of the allocations whose units entered it.' })
  readonly allocationVersions!: readonly number[];

  @Field(() => DateTime, { description: 'Events committed up to then entered it.' })
  readonly watermark!: Date;

  @Field(() => String, { description: 'Version of the engine that computed it.' })
  readonly engineVersion!: string;
}

@ObjectType('Evaluation', {
  implements: Node,
  simpleResolvers: true,
  description: 'One judgement of an experiment, stored as it was made.',
})
export class EvaluationObject implements Node {
  readonly id!: string;

  @Field(() => ID, { description: 'Key of the experiment.' })
  readonly experimentKey!: string;

  @Field(() => Int, { description: 'Its number within the experiment: 1, 2, 3 and so on without a gap, the `after` of resultsUpdated.' })
  readonly sequence!: number;

  @Field(() => DateTime, { description: 'When it was made.' })
  readonly at!: Date;

  @Field(() => EvaluationMethodEnum, { description: 'How it was decided.' })
  readonly method!: EvaluationMethod;

  @Field(() => Int, { description: 'Looks used, with this one; 0 before the first that has minSampleSize.' })
  readonly look!: number;

  @Field(() => Int, { nullable: true, description: 'Most looks; null where they are not metered.' })
  readonly maxLooks!: number | null;

  @Field(() => Float, { nullable: true, description: 'Alpha spent so far; null for BAYESIAN.' })
  readonly alphaSpent!: number | null;

  @Field(() => Float, { nullable: true, description: 'Share of horizonUnits reached, may pass 1; null without a horizon.' })
  readonly informationFraction!: number | null;

  @Field(() => SrmCheckObject, { description: 'Whether the units fit the allocation; nothing else is judged when they do not.' })
  readonly srm!: SrmCheckObject;

  @Field(() => [GuardrailStatusObject], { description: 'Each variant against each guardrail.' })
  readonly guardrails!: readonly GuardrailStatusObject[];

  @Field(() => DecisionEnum, { description: 'What to do.' })
  readonly decision!: Decision;

  @Field(() => ID, { nullable: true, description: 'Key of the winner; null unless the decision is SHIP.' })
  readonly winner!: string | null;

  @Field(() => String, { description: 'One or two sentences for a person.' })
  readonly summary!: string;

  @Field(() => Boolean, { description: 'False in a dry run.' })
  readonly confirmatory!: boolean;

  @Field(() => Boolean, {
    description:
      'True for the last one, made when the experiment ended, on the last look where none is left; resultsUpdated completes after it.',
  })
  readonly final!: boolean;

  @Field(() => EvaluationProvenanceObject, { description: 'What it takes to compute it again.' })
  readonly provenance!: EvaluationProvenanceObject;
}

export const EvaluationConnection = connectionType('Evaluation', EvaluationObject, {
  edge: 'An evaluation',
  node: 'The evaluation',
  many: 'evaluations',
});
