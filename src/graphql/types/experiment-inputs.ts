import { Field, Float, ID, InputType, Int } from 'type-graphql';
import type { ExperimentDesign, HashStrategy } from '../../core/experiment.js';
import { BanditSettingsInput } from './bandit.js';
import { ExperimentDesignEnum, HashStrategyEnum } from './experiment-enums.js';
import { MetricsInput } from './metric-inputs.js';
import { EvaluationPlanInput } from './plan.js';
import { RampStepInput, SwitchbackSettingsInput } from './ramp.js';
import { RollbackSettingsInput } from './rollback.js';
import { TargetingInput } from './targeting.js';
import { VariantInput } from './variant.js';

@InputType('CreateExperimentInput', { description: 'A whole experiment; what is left out takes its default.' })
export class CreateExperimentInput {
  @Field(() => ID, {
    description: 'Handle, unique, never changes, by the pattern ^[a-z0-9][a-z0-9_.-]{0,99}$, as those of variants and metrics.',
  })
  readonly key!: string;

  @Field(() => String, { description: 'Name for people, 1 to 200 characters.' })
  readonly name!: string;

  @Field(() => String, { nullable: true, description: 'What is expected and why, up to 10,000 characters.' })
  readonly hypothesis?: string | null;

  @Field(() => String, { nullable: true, description: 'Who answers for it.' })
  readonly owner?: string | null;

  @Field(() => [String], { defaultValue: [], description: 'Words to find it by, at most 20.' })
  readonly tags!: readonly string[];

  @Field(() => ExperimentDesignEnum, { defaultValue: 'AB_TEST', description: 'What kind of comparison it is.' })
  readonly design!: ExperimentDesign;

  @Field(() => String, {
    defaultValue: 'userId',
    description: "Which of the unit's ids is hashed: userId, deviceId, tenantId or the name of an attribute.",
  })
  readonly hashKey!: string;

  @Field(() => HashStrategyEnum, { defaultValue: 'CONSISTENT_HASH', description: 'How that id becomes a number.' })
  readonly hashStrategy!: HashStrategy;

  @Field(() => String, { nullable: true, description: 'Salt of the hash; made at random when left out; never changes.' })
  readonly salt?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Name of an exclusion group, whose members share no units; it exists by being named.',
  })
  readonly exclusionGroup?: string | null;

  @Field(() => Float, { defaultValue: 1, description: 'Share of eligible units that is included, in [0, 1].' })
  readonly trafficAllocation!: number;

  @Field(() => [VariantInput], {
    description: 'At least two, with weights in [0, 1] that sum to 1 within 1e-9 and exactly one control (the first, when none says so).',
  })
  readonly variants!: readonly VariantInput[];

  @Field(() => MetricsInput, { description: 'What is measured.' })
  readonly metrics!: MetricsInput;

  @Field(() => TargetingInput, { nullable: true, description: 'Who is eligible; everybody when left out.' })
  readonly targeting?: TargetingInput | null;

  @Field(() => EvaluationPlanInput, { nullable: true, description: 'How and when it is decided.' })
  readonly evaluation?: EvaluationPlanInput | null;

  @Field(() => BanditSettingsInput, { nullable: true, description: 'How its weights move; only for BANDIT.' })
  readonly bandit?: BanditSettingsInput | null;

  @Field(() => RollbackSettingsInput, { nullable: true, description: 'What happens without a person.' })
  readonly rollback?: RollbackSettingsInput | null;

  @Field(() => SwitchbackSettingsInput, { nullable: true, description: 'Time windows; only for SWITCHBACK.' })
  readonly switchback?: SwitchbackSettingsInput | null;

  @Field(() => [RampStepInput], {
    defaultValue: [],
    description: 'Steps by which the traffic share grows after the start, up to trafficAllocation.',
  })
  readonly ramp!: readonly RampStepInput[];
}

@InputType('UpdateExperimentInput', {
  description: `A change: what is left out stays, null clears what can be absent, and an object or list replaces the whole of what was there, defaults included.
After the start only name, hypothesis, owner, tags, targeting, trafficAllocation, bandit, rollback and ramp can change; the rest is PLAN_LOCKED.`,
})
export class UpdateExperimentInput {
  @Field(() => ID, { description: 'Key of the experiment.' })
  readonly key!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Revision it was made against; REVISION_CONFLICT when that is no longer the present one.',
  })
  readonly expectedRevision?: number | null;

  @Field(() => String, { nullable: true, description: 'Name for people, 1 to 200 characters.' })
  readonly name?: string | null;

  @Field(() => String, { nullable: true, description: 'What is expected and why, up to 10,000 characters.' })
  readonly hypothesis?: string | null;

  @Field(() => String, { nullable: true, description: 'Who answers for it.' })
  readonly owner?: string | null;

  @Field(() => [String], { nullable: true, description: 'Words to find it by, at most 20.' })
  readonly tags?: readonly string[] | null;

  @Field(() => ExperimentDesignEnum, { nullable: true, description: 'What kind of comparison it is.' })
  readonly design?: ExperimentDesign | null;

  @Field(() => String, { nullable: true, description: "Which of the unit's ids is hashed." })
  readonly hashKey?: string | null;

  @Field(() => HashStrategyEnum, { nullable: true, description: 'How that id becomes a number.' })
  readonly hashStrategy?: HashStrategy | null;

  @Field(() => String, { nullable: true, description: 'Name of an exclusion group; null leaves it.' })
  readonly exclusionGroup?: string | null;

  @Field(() => Float, { nullable: true, description: 'Share of eligible units that is included, in [0, 1].' })
  readonly trafficAllocation?: number | null;

  @Field(() => [VariantInput], { nullable: true, description: 'All variants, in place of those there.' })
  readonly variants?: readonly VariantInput[] | null;

  @Field(() => MetricsInput, { nullable: true, description: 'All metrics, in place of those there.' })
  readonly metrics?: MetricsInput | null;

  @Field(() => TargetingInput, { nullable: true, description: 'Who is eligible.' })
  readonly targeting?: TargetingInput | null;

  @Field(() => EvaluationPlanInput, { nullable: true, description: 'How and when it is decided.' })
  readonly evaluation?: EvaluationPlanInput | null;

  @Field(() => BanditSettingsInput, { nullable: true, description: 'How its weights move.' })
  readonly bandit?: BanditSettingsInput | null;

  @Field(() => RollbackSettingsInput, { nullable: true, description: 'What happens without a person.' })
  readonly rollback?: RollbackSettingsInput | null;

  @Field(() => SwitchbackSettingsInput, { nullable: true, description: 'Time windows of a switchback.' })
  readonly switchback?: SwitchbackSettingsInput | null;

  @Field(() => [RampStepInput], { nullable: true, description: 'Steps of the ramp that are still to come.' })
  readonly ramp?: readonly RampStepInput[] | null;
}
