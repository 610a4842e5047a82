import { Field, Float, ID, InputType } from 'type-graphql';
import type { GuardrailAction, MetricDirection, MetricType } from '../../core/experiment.js';
import { GuardrailActionEnum, MetricDirectionEnum, MetricTypeEnum } from './metric.js';

@InputType('MetricInput', { description: 'A primary or secondary metric.' })
export class MetricInput {
  @Field(() => ID, { description: 'Handle that metric events name.' })
  readonly key!: string;

  @Field(() => String, { nullable: true, description: 'Name for people.' })
  readonly name?: string | null;

  @Field(() => MetricTypeEnum, { description: "How a unit's events become its value." })
  readonly type!: MetricType;

  @Field(() => MetricDirectionEnum, { defaultValue: 'INCREASE', description: 'Which way is better.' })
  readonly direction!: MetricDirection;

  @Field(() => Float, {
    nullable: true,
    description: 'Hours after first exposure in which events count; left out: as long as the experiment runs.',
  })
  readonly windowHours?: number | null;

  @Field(() => ID, { nullable: true, description: 'RATIO: key of the metric below the line.' })
  readonly denominator?: string | null;

  @Field(() => Float, { nullable: true, description: "A unit's value above it is taken as it (winsorised)." })
  readonly cap?: number | null;

  @Field(() => Boolean, { defaultValue: false, description: "Whether variance is reduced by the unit's values before exposure." })
  readonly cuped!: boolean;
}

@InputType('GuardrailInput', { description: 'A metric that is watched for harm.' })
export class GuardrailInput {
  @Field(() => ID, { description: 'Handle that metric events name.' })
  readonly key!: string;

  @Field(() => String, { nullable: true, description: 'Name for people.' })
  readonly name?: string | null;

  @Field(() => MetricTypeEnum, { defaultValue: 'CONVERSION', description: "How a unit's events become its value." })
  readonly type!: MetricType;

  @Field(() => MetricDirectionEnum, { defaultValue: 'DECREASE', description: 'Which way is better.' })
  readonly direction!: MetricDirection;

  @Field(() => Float, { description: "The most harm that is tolerated against concurrent control, absolute, in the metric's unit." })
  readonly threshold!: number;

  @Field(() => GuardrailActionEnum, { defaultValue: 'ALERT', description: 'What a breach does.' })
  readonly action!: GuardrailAction;

  @Field(() => Float, {
    nullable: true,
    description: 'Hours after first exposure in which events count; left out: as long as the experiment runs.',
  })
  readonly windowHours?: number | null;

  @Field(() => ID, { nullable: true, description: 'RATIO: key of the metric below the line.' })
  readonly denominator?: string | null;

  @Field(() => Float, { nullable: true, description: "A unit's value above it is taken as it (winsorised)." })
  readonly cap?: number | null;
}

@InputType('MetricsInput', { description: 'What is measured.' })
export class MetricsInput {
  @Field(() => MetricInput, { description: 'The one metric that decides.' })
  readonly primary!: MetricInput;

  @Field(() => [MetricInput], { defaultValue: [], description: 'Metrics tested beside it, in the same family.' })
  readonly secondary!: readonly MetricInput[];

  @Field(() => [GuardrailInput], { defaultValue: [], description: 'Metrics watched for harm.' })
  readonly guardrails!: readonly GuardrailInput[];
}
