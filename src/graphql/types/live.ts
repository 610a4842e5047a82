import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { AllocationCause } from '../../core/allocation.js';
import type { ExperimentUpdateKind } from '../../core/live.js';
import { enumType } from '../enum-type.js';
import { DateTime } from '../scalars.js';
import { AllocationCauseEnum, VariantWeightObject } from './allocation.js';

@ObjectType('VariantProbability', { simpleResolvers: true, description: "A variant's probability of being best." })
export class VariantProbabilityObject {
  @Field(() => ID, { description: 'Key of the variant.' })
  readonly variant!: string;

  @Field(() => Float, { description: 'The probability, in [0, 1].' })
  readonly probability!: number;
}

@ObjectType('WeightUpdate', { simpleResolvers: true, description: 'A new allocation.' })
export class WeightUpdateObject {
  @Field(() => ID, { description: 'Key of the experiment.' })
  readonly experimentKey!: string;

  @Field(() => Int, { description: 'Its number within the experiment: 1, 2, 3 and so on without a gap, the `after` of weightsUpdated.' })
  readonly sequence!: number;

  @Field(() => DateTime, { description: 'When it came into force.' })
  readonly at!: Date;

  @Field(() => Int, { description: 'Version of the allocation.' })
  readonly version!: number;

  @Field(() => AllocationCauseEnum, { description: 'What made it.' })
  readonly cause!: AllocationCause;

  @Field(() => Float, { description: 'Share of eligible units that is included.' })
  readonly trafficAllocation!: number;

  @Field(() => [VariantWeightObject], { description: 'Shares of the variants, which sum to 1.' })
  readonly weights!: readonly VariantWeightObject[];

  @Field(() => [VariantWeightObject], { description: 'Shares before; empty for the first.' })
  readonly previousWeights!: readonly VariantWeightObject[];

  @Field(() => [VariantProbabilityObject], { description: 'What moved a bandit; empty for other causes.' })
  readonly probabilityBest!: readonly VariantProbabilityObject[];
}

export const ExperimentUpdateKindEnum = enumType<ExperimentUpdateKind>(
  'ExperimentUpdateKind',
  'A change that a list or a page should show.',
  {
    CREATED: 'It is new.',
    CHANGED: 'Its definition, status, allocation or alerts changed.',
    EVALUATED: 'It has a new evaluation.',
    DELETED: 'It is gone.',
  },
);

@ObjectType('ExperimentUpdate', { simpleResolvers: true, description: 'An experiment has changed.' })
export class ExperimentUpdateObject {
  @Field(() => ID, { description: 'Key of the experiment.' })
  readonly experimentKey!: string;

  @Field(() => ExperimentUpdateKindEnum, { description: 'What happened, the last of several within a second.' })
  readonly kind!: ExperimentUpdateKind;

  @Field(() => DateTime, { description: 'When.' })
  readonly at!: Date;

  @Field(() => ID, { nullable: true, description: 'Id of the experiment that is gone, for client caches.' })
  readonly deletedId!: string | null;
}
