import { Field, ID, InputType } from 'type-graphql';
import type { ExperimentDesign, ExperimentStatus } from '../../core/experiment.js';
import type { ExperimentOrderField, OrderDirection } from '../../core/experiment-list.js';
import { enumType } from '../enum-type.js';
import { ExperimentDesignEnum, ExperimentStatusEnum } from './experiment-enums.js';

@InputType('ExperimentFilter', { description: 'Which experiments are wanted: those that meet every member that is given.' })
export class ExperimentFilter {
  @Field(() => [ID], { nullable: true, description: 'Those with one of these keys, at most 100.' })
  readonly keys?: readonly string[] | null;

  @Field(() => [ExperimentStatusEnum], { nullable: true, description: 'Those with one of these statuses; all but ARCHIVED when left out.' })
  readonly status?: readonly ExperimentStatus[] | null;

  @Field(() => [ExperimentDesignEnum], { nullable: true, description: 'Those of one of these designs.' })
  readonly design?: readonly ExperimentDesign[] | null;

  @Field(() => [String], { nullable: true, description: 'Those that carry all these tags.' })
  readonly tags?: readonly string[] | null;

  @Field(() => String, { nullable: true, description: 'Those whose key, name or hypothesis contains this text, whatever the case.' })
  readonly search?: string | null;
}

export const ExperimentOrderFieldEnum = enumType<ExperimentOrderField>(
  'ExperimentOrderField',
  'By what experiments are sorted; ties by key.',
  {
    CREATED_AT: 'When they were created.',
    UPDATED_AT: 'When they were last changed.',
    STARTED_AT: 'When they started; those that have not come last.',
    NAME: 'By name.',
  },
);

export const OrderDirectionEnum = enumType<OrderDirection>('OrderDirection', 'Which way a list runs.', {
  ASC: 'Smallest, oldest or A first.',
  DESC: 'Greatest, newest or Z first.',
});

@InputType('ExperimentOrder', { description: 'How experiments are sorted.' })
export class ExperimentOrder {
  @Field(() => ExperimentOrderFieldEnum, { defaultValue: 'CREATED_AT', description: 'By what.' })
  readonly field!: ExperimentOrderField;

  @Field(() => OrderDirectionEnum, { defaultValue: 'DESC', description: 'Which way.' })
  readonly direction!: OrderDirection;
}
