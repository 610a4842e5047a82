import { Field, InputType, ObjectType } from 'type-graphql';
import type { RollbackCondition } from '../../core/experiment.js';
import { enumType } from '../enum-type.js';

export const RollbackConditionEnum = enumType<RollbackCondition>('RollbackCondition', 'What rolls an experiment back by itself.', {
  GUARDRAIL_BREACH: 'A guardrail with the action ROLLBACK is breached.',
  SRM_DETECTED: 'The sample ratio does not fit the allocation.',
});

@ObjectType('RollbackSettings', { simpleResolvers: true, description: 'What happens without a person.' })
export class RollbackSettingsObject {
  @Field(() => Boolean, { description: 'Whether the conditions roll the experiment back by themselves.' })
  readonly enabled!: boolean;

  @Field(() => [RollbackConditionEnum], { description: 'What rolls it back.' })
  readonly conditions!: readonly RollbackCondition[];

  @Field(() => Boolean, { description: 'Whether the winner is shipped without a person when the plan says so.' })
  readonly autoDeploy!: boolean;
}

@InputType('RollbackSettingsInput', { description: 'What happens without a person.' })
export class RollbackSettingsInput {
  @Field(() => Boolean, { defaultValue: true, description: 'Whether the conditions roll the experiment back by themselves.' })
  readonly enabled!: boolean;

  @Field(() => [RollbackConditionEnum], { defaultValue: ['GUARDRAIL_BREACH', 'SRM_DETECTED'], description: 'What rolls it back.' })
  readonly conditions!: readonly RollbackCondition[];

  @Field(() => Boolean, { defaultValue: false, description: 'Whether the winner is shipped without a person when the plan says so.' })
  readonly autoDeploy!: boolean;
}
