import { Field, Float, InputType, Int, ObjectType } from 'type-graphql';
import type { EvaluationMethod, MetricType, SpendingFunction } from '../../core/experiment.js';
import { SafeInt } from '../scalars.js';
import { MetricTypeEnum } from './metric.js';
import { EvaluationMethodEnum, SpendingFunctionEnum } from './plan.js';

@InputType('PowerInput', {
  description: 'A question about sample size: give exactly one of minimumEffect and unitsPerVariant, and get the other.',
})
export class PowerInput {
  @Field(() => MetricTypeEnum, { description: "How a unit's events become its value." })
  readonly metricType!: MetricType;

  @Field(() => Float, { description: "The control's mean, or its rate for CONVERSION." })
  readonly baseline!: number;

  @Field(() => Float, { nullable: true, description: 'Standard deviation a unit; needed except for CONVERSION.' })
  readonly standardDeviation?: number | null;

  @Field(() => Float, { nullable: true, description: 'Relative change to be found, e.g. 0.02.' })
  readonly minimumEffect?: number | null;

  @Field(() => SafeInt, { nullable: true, description: 'Units a variant that can be had.' })
  readonly unitsPerVariant?: number | null;

  @Field(() => Float, { defaultValue: 0.05, description: 'The chance of a false positive that is promised, in (0, 1).' })
  readonly alpha!: number;

  @Field(() => Float, { defaultValue: 0.8, description: 'The chance of finding the effect, in (0, 1).' })
  readonly power!: number;

  @Field(() => Int, { defaultValue: 2, description: 'Number of variants, the control included, 2 to 20.' })
  readonly variants!: number;

  @Field(() => EvaluationMethodEnum, { defaultValue: 'ALWAYS_VALID', description: 'How it will be decided.' })
  readonly method!: EvaluationMethod;

  @Field(() => Int, { defaultValue: 5, description: 'Looks, for FREQUENTIST_T_TEST and GROUP_SEQUENTIAL alone.' })
  readonly maxPeeks!: number;

  @Field(() => SpendingFunctionEnum, { defaultValue: 'OBRIEN_FLEMING', description: 'How GROUP_SEQUENTIAL spends alpha.' })
  readonly spending!: SpendingFunction;

  @Field(() => Float, { nullable: true, description: 'Units that become part of the experiment a day, all variants together.' })
  readonly unitsPerDay?: number | null;
}

@ObjectType('PowerPlan', { simpleResolvers: true, description: 'The size of an experiment.' })
export class PowerPlanObject {
  @Field(() => SafeInt, { description: 'Units a variant.' })
  readonly unitsPerVariant!: number;

  @Field(() => SafeInt, { description: 'Units of all variants together, to be registered as horizonUnits.' })
  readonly totalUnits!: number;

  @Field(() => Float, { nullable: true, description: 'Days it takes; null when unitsPerDay was not given.' })
  readonly days!: number | null;

  @Field(() => Float, { description: 'Relative change that this size finds.' })
  readonly minimumEffect!: number;

  @Field(() => Float, { description: 'The chance of finding it.' })
  readonly power!: number;
}
