import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { ExperimentStatus, HashStrategy } from '../../core/experiment.js';
import { DateTime, Json } from '../scalars.js';
import { ExclusionObject, OverrideObject } from './allocation.js';
import { ExperimentStatusEnum, HashStrategyEnum } from './experiment-enums.js';
import { SwitchbackSettingsObject } from './ramp.js';
import { TargetingObject } from './targeting.js';

@ObjectType('SlotRange', { simpleResolvers: true, description: 'A run of the 10,000 slots of an allocation.' })
export class SlotRangeObject {
  @Field(() => Int, { description: 'First slot, from 0.' })
  readonly start!: number;

  @Field(() => Int, { description: 'The slot after the last, up to 10,000.' })
  readonly end!: number;

  @Field(() => ID, { nullable: true, description: 'Key of the variant that is served there; null where nobody is enrolled.' })
  readonly variant!: string | null;

  @Field(() => Boolean, {
    description:
      'Whether these slots have changed hands since the start, so that units in them may be bound to another variant and only the server can tell.',
  })
  readonly moved!: boolean;
}

@ObjectType('CompiledVariant', { simpleResolvers: true, description: 'A variant as an SDK needs it.' })
export class CompiledVariantObject {
  @Field(() => ID, { description: 'Key of the variant.' })
  readonly key!: string;

  @Field(() => Json, { nullable: true, description: 'Its payload, for remote configuration.' })
  readonly payload!: unknown;

  @Field(() => Boolean, { description: 'Whether it is served; its units get the control with VARIANT_DISABLED when it is not.' })
  readonly enabled!: boolean;
}

@ObjectType('CompiledExperiment', {
  simpleResolvers: true,
  description: 'All that an SDK needs to assign in memory exactly as the server does.',
})
export class CompiledExperimentObject {
  @Field(() => ID, { description: 'Key of the experiment.' })
  readonly key!: string;

  @Field(() => ExperimentStatusEnum, { description: 'Its status.' })
  readonly status!: ExperimentStatus;

  @Field(() => Int, { description: 'Version of the allocation, to be named in exposures.' })
  readonly allocationVersion!: number;

  @Field(() => HashStrategyEnum, { description: 'How a unit id becomes a number.' })
  readonly hashStrategy!: HashStrategy;

  @Field(() => String, { description: "Which of the unit's ids is hashed." })
  readonly hashKey!: string;

  @Field(() => String, { description: 'Salt of the hash.' })
  readonly salt!: string;

  @Field(() => Float, { description: 'Share of eligible units that is included now, after dry run and ramp.' })
  readonly trafficAllocation!: number;

  @Field(() => Float, {
    description: 'The greatest share so far: a unit between the present share and this one may be bound, and only the server can tell.',
  })
  readonly maxTrafficAllocation!: number;

  @Field(() => ExclusionObject, {
    nullable: true,
    description: 'Its range of an exclusion group, which takes the place of the inclusion draw.',
  })
  readonly exclusion!: ExclusionObject | null;

  @Field(() => TargetingObject, { description: 'Who is eligible.' })
  readonly targeting!: TargetingObject;

  @Field(() => [SlotRangeObject], { description: 'The slots, in order and without a gap.' })
  readonly slots!: readonly SlotRangeObject[];

  @Field(() => ID, { description: 'Key of the control, shown to all who are not in the experiment.' })
  readonly control!: string;

  @Field(() => [CompiledVariantObject], { description: 'The variants.' })
  readonly variants!: readonly CompiledVariantObject[];

  @Field(() => [OverrideObject], { description: 'Units whose variant is forced.' })
  readonly overrides!: readonly OverrideObject[];

  @Field(() => SwitchbackSettingsObject, { nullable: true, description: 'Time windows of a switchback, which enter the hash.' })
  readonly switchback!: SwitchbackSettingsObject | null;

  @Field(() => ID, { nullable: true, description: 'Key of the variant that every unit gets, once shipped.' })
  readonly shippedVariant!: string | null;
}

@ObjectType('DefinitionSet', {
  simpleResolvers: true,
  description: 'Compiled definitions of all experiments that are neither drafts nor archived, or what changed in them.',
})
export class DefinitionSetObject {
  @Field(() => String, { description: 'Opaque version of the whole set; give it as `after` to get only what changed since.' })
  readonly version!: string;

  @Field(() => DateTime, { description: 'When it was compiled.' })
  readonly at!: Date;

  @Field(() => Boolean, {
    description: 'Whether this is the whole set, which replaces what the client holds, or only changes to it.',
  })
  readonly complete!: boolean;

  @Field(() => [CompiledExperimentObject], { description: 'Definitions that are new or changed.' })
  readonly experiments!: readonly CompiledExperimentObject[];

  @Field(() => [ID], { description: 'Keys of experiments that no longer belong to the set; empty when complete.' })
  readonly removed!: readonly string[];
}
