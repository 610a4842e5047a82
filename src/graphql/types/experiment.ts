import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { ExperimentDesign, ExperimentStatus, HashStrategy } from '../../core/experiment.js';
import type { ExperimentAction } from '../../core/lifecycle.js';
import { DateTime } from '../scalars.js';
import { AllocationObject, ExclusionObject, OverrideObject } from './allocation.js';
import { BanditSettingsObject } from './bandit.js';
import { ExperimentActionEnum, ExperimentDesignEnum, ExperimentStatusEnum, HashStrategyEnum } from './experiment-enums.js';
import { MetricObject } from './metric.js';
import { Node } from './node.js';
import { connectionType } from './page.js';
import { EvaluationPlanObject } from './plan.js';
import { RampStepObject, SwitchbackSettingsObject } from './ramp.js';
import { RollbackSettingsObject } from './rollback.js';
import { TargetingObject } from './targeting.js';
import { VariantObject } from './variant.js';

@ObjectType('Experiment', {
  implements: Node,
  simpleResolvers: true,
  description: 'An experiment: what is compared, for whom, how it is decided, and what came of it.',
})
export class ExperimentObject implements Node {
  readonly id!: string;

  @Field(() => ID, { description: 'Handle, unique, never changes.' })
  readonly key!: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly name!: string;

  @Field(() => String, { nullable: true, description: 'What is expected and why.' })
  readonly hypothesis!: string | null;

  @Field(() => String, { nullable: true, description: 'Who answers for it.' })
  readonly owner!: string | null;

  @Field(() => [String], { description: 'Words to find it by.' })
  readonly tags!: readonly string[];

  @Field(() => ExperimentStatusEnum, { description: 'Where it is in its life.' })
  readonly status!: ExperimentStatus;

  @Field(() => [ExperimentActionEnum], { description: 'What its status allows now, to be crossed with the scope of the key.' })
  readonly actions!: readonly ExperimentAction[];

  @Field(() => ExperimentDesignEnum, { description: 'What kind of comparison it is.' })
  readonly design!: ExperimentDesign;

  @Field(() => String, { description: "Which of the unit's ids is hashed: userId, deviceId, tenantId or the name of an attribute." })
  readonly hashKey!: string;

  @Field(() => HashStrategyEnum, { description: 'How that id becomes a number.' })
  readonly hashStrategy!: HashStrategy;

  @Field(() => String, { description: 'Salt of the hash.' })
  readonly salt!: string;

  @Field(() => String, { nullable: true, description: 'Name of the exclusion group, whose members share no units.' })
  readonly exclusionGroup!: string | null;

  @Field(() => ExclusionObject, { nullable: true, description: 'Its range of that group; null before the start.' })
  readonly exclusion!: ExclusionObject | null;

  @Field(() => Float, { description: 'Share of eligible units that is included, as defined; the one in force is in allocation.' })
  readonly trafficAllocation!: number;

  @Field(() => [VariantObject], { description: 'What is compared, the control among them.' })
  readonly variants!: readonly VariantObject[];

  @Field(() => VariantObject, { description: 'What the others are compared with.' })
  readonly control!: VariantObject;

  @Field(() => TargetingObject, { description: 'Who is eligible.' })
  readonly targeting!: TargetingObject;

  @Field(() => [MetricObject], { description: 'What is measured: the primary first, then secondary, then guardrails.' })
  readonly metrics!: readonly MetricObject[];

  @Field(() => EvaluationPlanObject, { description: 'How and when it is decided.' })
  readonly evaluationPlan!: EvaluationPlanObject;

  @Field(() => BanditSettingsObject, { nullable: true, description: 'How its weights move; null unless the design is BANDIT.' })
  readonly bandit!: BanditSettingsObject | null;

  @Field(() => DateTime, { nullable: true, description: 'When an anomaly halted the bandit; null while it moves, see resumeBandit.' })
  readonly banditHaltedAt!: Date | null;

  @Field(() => RollbackSettingsObject, { description: 'What happens without a person.' })
  readonly rollback!: RollbackSettingsObject;

  @Field(() => SwitchbackSettingsObject, { nullable: true, description: 'Time windows; null unless the design is SWITCHBACK.' })
  readonly switchback!: SwitchbackSettingsObject | null;

  @Field(() => [RampStepObject], { description: 'Steps by which the traffic share grows after the start; empty: at once.' })
  readonly ramp!: readonly RampStepObject[];

  @Field(() => AllocationObject, { nullable: true, description: 'Who gets what now; null before the start.' })
  readonly allocation!: AllocationObject | null;

  @Field(() => [OverrideObject], { description: 'Units whose variant is forced, at most 1,000.' })
  readonly overrides!: readonly OverrideObject[];

  @Field(() => Int, {
    description:
      'Grows with each change that a person or a rule makes to definition, status, weights, toggles or overrides, not with the moves of a bandit or a ramp, nor with results.',
  })
  readonly revision!: number;

  @Field(() => String, { nullable: true, description: 'SHA-256 of the registered plan, fixed at the start; null before.' })
  readonly planHash!: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Key of the variant that every unit gets since it was stopped; null when none was shipped.',
  })
  readonly shippedVariant!: string | null;

  @Field(() => DateTime, { description: 'When it was created.' })
  readonly createdAt!: Date;

  @Field(() => DateTime, { description: 'When its revision last grew.' })
  readonly updatedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it first ran; null before, and for a dry run.' })
  readonly startedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was stopped or rolled back.' })
  readonly endedAt!: Date | null;
}

export const ExperimentConnection = connectionType('Experiment', ExperimentObject, {
  edge: 'An experiment',
  node: 'The experiment',
  many: 'experiments',
});
