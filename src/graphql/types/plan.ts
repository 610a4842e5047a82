import { Field, Float, InputType, Int, ObjectType } from 'type-graphql';
import type { Correction, EvaluationMethod, SpendingFunction } from '../../core/experiment.js';
import { enumType } from '../enum-type.js';
import { SafeInt } from '../scalars.js';

export const EvaluationMethodEnum = enumType<EvaluationMethod>('EvaluationMethod', 'How it is decided that a difference is real.', {
  ALWAYS_VALID: 'Confidence sequences, valid whenever they are read, and one final test at the horizon when one is planned.',
  GROUP_SEQUENTIAL: 'Lan-DeMets spending over maxPeeks planned looks.',
  FREQUENTIST_T_TEST: "Welch's test at alpha / maxPeeks a look.",
  SPRT: "Wald's sequential probability ratio test against minimumEffect.",
  BAYESIAN: 'Posterior and expected loss, ended by lossThreshold.',
});

export const SpendingFunctionEnum = enumType<SpendingFunction>('SpendingFunction', 'How GROUP_SEQUENTIAL spends alpha over its looks.', {
  OBRIEN_FLEMING: 'Little early, nearly all at the end.',
  POCOCK: 'About evenly.',
});

export const CorrectionEnum = enumType<Correction>(
  'Correction',
  "How p-values are adjusted over the family of variants and primary and secondary metrics, after the method's own correction for looks.",
  {
    NONE: 'Not at all.',
    BONFERRONI: 'Family-wise error, one step.',
    HOLM: 'Family-wise error, step down.',
    BENJAMINI_HOCHBERG: 'False discovery rate; exploratory.',
  },
);

@ObjectType('EvaluationPlan', { simpleResolvers: true, description: 'How and when it is decided, fixed at the start.' })
export class EvaluationPlanObject {
  @Field(() => EvaluationMethodEnum, { description: 'How it is decided that a difference is real.' })
  readonly method!: EvaluationMethod;

  @Field(() => Float, { description: 'The chance of a false positive that is promised, over all looks and comparisons.' })
  readonly alpha!: number;

  @Field(() => Float, { description: 'Chance of finding minimumEffect that the plan aims at; SPRT needs it.' })
  readonly power!: number;

  @Field(() => CorrectionEnum, { description: 'How p-values are adjusted over the family.' })
  readonly correction!: Correction;

  @Field(() => Int, { description: 'Most looks, for FREQUENTIST_T_TEST and GROUP_SEQUENTIAL alone.' })
  readonly maxPeeks!: number;

  @Field(() => SpendingFunctionEnum, { description: 'How GROUP_SEQUENTIAL spends alpha.' })
  readonly spending!: SpendingFunction;

  @Field(() => Int, { description: 'Units a variant below which nothing is decided, no p-value is shown and no look is used up.' })
  readonly minSampleSize!: number;

  @Field(() => SafeInt, {
    nullable: true,
    description:
      'Units in all variants together at which the planned final test is made; the looks of GROUP_SEQUENTIAL are fractions of it.',
  })
  readonly horizonUnits!: number | null;

  @Field(() => Float, { nullable: true, description: 'Relative change of the primary metric that matters, e.g. 0.02.' })
  readonly minimumEffect!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "BAYESIAN: expected loss, in the primary metric's unit, below which the best variant is taken.",
  })
  readonly lossThreshold!: number | null;

  @Field(() => String, { description: 'When it is evaluated.' })
  readonly schedule!: string;

  @Field(() => [String], { description: 'Attributes by which results are split.' })
  readonly segments!: readonly string[];

  @Field(() => Int, { description: 'Looks used so far.' })
  readonly looksUsed!: number;
}

@InputType('EvaluationPlanInput', { description: 'How and when it is decided.' })
export class EvaluationPlanInput {
  @Field(() => EvaluationMethodEnum, { defaultValue: 'ALWAYS_VALID', description: 'How it is decided that a difference is real.' })
  readonly method!: EvaluationMethod;

  @Field(() => Float, {
    defaultValue: 0.05,
    description: 'The chance of a false positive that is promised, in (0, 1), over all looks and comparisons.',
  })
  readonly alpha!: number;

  @Field(() => Float, {
    defaultValue: 0.8,
    description: 'Chance of finding minimumEffect that the plan aims at, in (0, 1); SPRT needs it.',
  })
  readonly power!: number;

  @Field(() => CorrectionEnum, { defaultValue: 'HOLM', description: 'How p-values are adjusted over the family.' })
  readonly correction!: Correction;

  @Field(() => Int, { defaultValue: 5, description: 'Most looks, for FREQUENTIST_T_TEST and GROUP_SEQUENTIAL alone.' })
  readonly maxPeeks!: number;

  @Field(() => SpendingFunctionEnum, { defaultValue: 'OBRIEN_FLEMING', description: 'How GROUP_SEQUENTIAL spends alpha.' })
  readonly spending!: SpendingFunction;

  @Field(() => Int, {
    defaultValue: 100,
    description: 'Units a variant below which nothing is decided, no p-value is shown and no look is used up.',
  })
  readonly minSampleSize!: number;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Units in all variants together at which the planned final test is made; GROUP_SEQUENTIAL needs it.',
  })
  readonly horizonUnits?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Relative change of the primary metric that matters, e.g. 0.02; SPRT and power need it.',
  })
  readonly minimumEffect?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "BAYESIAN, which needs it: expected loss, in the primary metric's unit, below which the best variant is taken.",
  })
  readonly lossThreshold?: number | null;

  @Field(() => String, {
    defaultValue: 'every_60s',
    description: 'Cron in UTC, or daily_HHMM_utc, hourly, every_<N>s, from every 5 seconds to daily.',
  })
  readonly schedule!: string;

  @Field(() => [String], { defaultValue: [], description: 'Attributes by which results are split, fixed before the start.' })
  readonly segments!: readonly string[];
}
