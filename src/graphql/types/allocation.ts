import { Field, Float, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { AllocationCause } from '../../core/allocation.js';
import { enumType } from '../enum-type.js';
import { DateTime } from '../scalars.js';
import { Node } from './node.js';
import { connectionType } from './page.js';

@ObjectType('Exclusion', {
  simpleResolvers: true,
  description: 'The range of an exclusion group that an experiment took at its start, as wide as its traffic share.',
})
export class ExclusionObject {
  @Field(() => String, { description: 'Name of the group, whose members share no units.' })
  readonly group!: string;

  @Field(() => Float, { description: 'Where the range begins, in [0, 1).' })
  readonly start!: number;

  @Field(() => Float, { description: 'Where the range ends, in (0, 1].' })
  readonly end!: number;
}

@ObjectType('Override', { simpleResolvers: true, description: 'A unit whose variant is forced, for quality assurance; never counted.' })
export class OverrideObject {
  @Field(() => ID, { description: "The unit's id, as named by hashKey." })
  readonly unitId!: string;

  @Field(() => ID, { description: 'Key of the variant it gets.' })
  readonly variant!: string;
}

export const AllocationCauseEnum = enumType<AllocationCause>('AllocationCause', 'What made an allocation.', {
  START: 'The experiment started, or went from dry run to run.',
  MANUAL: 'A person set weights or the traffic share.',
  BANDIT: 'The bandit moved.',
  RAMP: 'A step of the ramp.',
  TOGGLE: 'A variant was switched off or on.',
  ROLLBACK: 'The experiment was rolled back.',
  SHIP: 'A variant was shipped.',
  REVERT: 'An anomaly halted the bandit, and the weights are equal again.',
});

@ObjectType('VariantWeight', { simpleResolvers: true, description: "A variant's share." })
export class VariantWeightObject {
  @Field(() => ID, { description: 'Key of the variant.' })
  readonly variant!: string;

  @Field(() => Float, { description: 'Its share, in [0, 1].' })
  readonly weight!: number;
}

@InputType('VariantWeightInput', { description: 'A share for a variant.' })
export class VariantWeightInput {
  @Field(() => ID, { description: 'Key of the variant.' })
  readonly variant!: string;

  @Field(() => Float, { description: 'Its share, in [0, 1].' })
  readonly weight!: number;
}

@ObjectType('Allocation', {
  implements: Node,
  simpleResolvers: true,
  description: 'One version of who gets what; versions only grow, and every exposure names the one that served it.',
})
export class AllocationObject implements Node {
  readonly id!: string;

  @Field(() => Int, { description: 'Its number within the experiment, from 1.' })
  readonly version!: number;

  @Field(() => Float, { description: 'Share of eligible units that is included.' })
  readonly trafficAllocation!: number;

  @Field(() => [VariantWeightObject], { description: 'Shares of the variants, which sum to 1.' })
  readonly weights!: readonly VariantWeightObject[];

  @Field(() => AllocationCauseEnum, { description: 'What made it.' })
  readonly cause!: AllocationCause;

  @Field(() => DateTime, { description: 'When it came into force.' })
  readonly startedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the next one replaced it; null for the present one.' })
  readonly endedAt!: Date | null;
}

export const AllocationConnection = connectionType('Allocation', AllocationObject, {
  edge: 'An allocation',
  node: 'The allocation',
  many: 'allocations',
});
