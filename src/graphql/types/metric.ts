import { Field, Float, ID, ObjectType } from 'type-graphql';
import type { GuardrailAction, MetricDirection, MetricRole, MetricType } from '../../core/experiment.js';
import { enumType } from '../enum-type.js';
import { Node } from './node.js';

export const MetricDirectionEnum = enumType<MetricDirection>('MetricDirection', 'Which way a metric should go.', {
  INCREASE: 'More is better.',
  DECREASE: 'Less is better.',
});

export const MetricTypeEnum = enumType<MetricType>('MetricType', "How a unit's events become its value.", {
  CONVERSION: 'Whether the unit did it at least once: 0 or 1 a unit.',
  COUNT: 'Number of events a unit.',
  CONTINUOUS: "Sum of the events' values a unit.",
  RATIO: 'Sum of the numerator over sum of the denominator, variance by the delta method.',
});

export const MetricRoleEnum = enumType<MetricRole>('MetricRole', 'What a metric is for.', {
  PRIMARY: 'The one that decides.',
  SECONDARY: 'Tested beside it, in the same family.',
  GUARDRAIL: 'Watched for harm, outside the family.',
});

export const GuardrailActionEnum = enumType<GuardrailAction>('GuardrailAction', 'What a breach of a guardrail does.', {
  ROLLBACK: 'Roll the experiment back.',
  PAUSE: 'Pause the experiment.',
  ALERT: 'Raise an alert only.',
});

@ObjectType('Metric', { implements: Node, simpleResolvers: true, description: 'What is measured a unit.' })
export class MetricObject implements Node {
  readonly id!: string;

  @Field(() => ID, { description: 'Handle that metric events name; the same in every experiment that uses the metric.' })
  readonly key!: string;

  @Field(() => String, { nullable: true, description: 'Name for people.' })
  readonly name!: string | null;

  @Field(() => MetricTypeEnum, { description: "How a unit's events become its value." })
  readonly type!: MetricType;

  @Field(() => MetricDirectionEnum, { description: 'Which way is better.' })
  readonly direction!: MetricDirection;

  @Field(() => MetricRoleEnum, { description: 'What it is for here.' })
  readonly role!: MetricRole;

  @Field(() => Float, { nullable: true, description: "Guardrails: the most harm that is tolerated, absolute, in the metric's unit." })
  readonly threshold!: number | null;

  @Field(() => GuardrailActionEnum, { nullable: true, description: 'Guardrails: what a breach does.' })
  readonly action!: GuardrailAction | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Hours after first exposure in which events count; null: as long as the experiment runs.',
  })
  readonly windowHours!: number | null;

  @Field(() => ID, { nullable: true, description: 'RATIO: key of the metric below the line.' })
  readonly denominator!: string | null;

  @Field(() => Float, { nullable: true, description: "A unit's value above it is taken as it (winsorised)." })
  readonly cap!: number | null;

  @Field(() => Boolean, { description: "Whether variance is reduced by the unit's values before exposure." })
  readonly cuped!: boolean;
}
