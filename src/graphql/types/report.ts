import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { AlertKind, AlertSeverity } from '../../core/alert.js';
import type { Decision } from '../../core/evaluation.js';
import type { ExperimentStatus, MetricType } from '../../core/experiment.js';
import { DateTime, SafeInt } from '../scalars.js';
import { AlertKindEnum, AlertSeverityEnum } from './alert.js';
import { ComparisonObject } from './comparison.js';
import { DecisionEnum, GuardrailStatusObject, SrmCheckObject } from './evaluation.js';
import { ExperimentStatusEnum } from './experiment-enums.js';
import { MetricTypeEnum } from './metric.js';

/** An experiment as a person should see it once a day. */

@ObjectType('ReportVariant', { simpleResolvers: true, description: 'One variant in a report.' })
export class ReportVariantObject {
  @Field(() => ID, { description: 'Key of the variant.' })
  readonly variant!: string;

  @Field(() => Boolean, { description: 'Whether the others are compared with it.' })
  readonly isControl!: boolean;

  @Field(() => Boolean, { description: 'False while it is switched off.' })
  readonly isEnabled!: boolean;

  @Field(() => Float, { description: 'Share of the included units.' })
  readonly weight!: number;

  @Field(() => Float, { nullable: true, description: 'Share at `since`; null when nobody was assigned yet.' })
  readonly previousWeight!: number | null;

  @Field(() => SafeInt, { description: 'Units exposed, those of a dry run too.' })
  readonly exposures!: number;

  @Field(() => SafeInt, { description: 'Units that have converted on the primary metric.' })
  readonly conversions!: number;

  @Field(() => SafeInt, { description: 'Units exposed after `since`.' })
  readonly newExposures!: number;

  @Field(() => SafeInt, { description: 'Units more that have converted than at `since`.' })
  readonly newConversions!: number;
}

@ObjectType('ReportEffect', { simpleResolvers: true, description: 'A comparison of the latest evaluation in a report.' })
export class ReportEffectObject extends ComparisonObject {
  @Field(() => MetricTypeEnum, { description: 'What the metric measures.' })
  readonly metricType!: MetricType;

  @Field(() => Float, { nullable: true, description: 'The effect in the latest evaluation made by `since`; null when there was none.' })
  readonly previousEffect!: number | null;
}

@ObjectType('ReportAlert', { simpleResolvers: true, description: 'An open alert in a report.' })
export class ReportAlertObject {
  @Field(() => AlertKindEnum, { description: 'What it is about.' })
  readonly kind!: AlertKind;

  @Field(() => AlertSeverityEnum, { description: 'How pressing it is.' })
  readonly severity!: AlertSeverity;

  @Field(() => String, { description: 'What happened, in a sentence.' })
  readonly message!: string;

  @Field(() => DateTime, { description: 'When it was raised.' })
  readonly at!: Date;
}

@ObjectType('ExperimentReport', {
  simpleResolvers: true,
  description: 'What changed in an experiment, how it stands, and what to do.',
})
export class ExperimentReportObject {
  @Field(() => ID, { description: 'Key of the experiment.' })
  readonly experimentKey!: string;

  @Field(() => String, { description: 'Its name.' })
  readonly experimentName!: string;

  @Field(() => ExperimentStatusEnum, { description: 'Where it is in its life.' })
  readonly status!: ExperimentStatus;

  @Field(() => DateTime, { description: 'When this was put together.' })
  readonly at!: Date;

  @Field(() => DateTime, { description: 'What changes are told from, a full hour.' })
  readonly since!: Date;

  @Field(() => Int, { nullable: true, description: 'Whole days since its start; null in a dry run.' })
  readonly days!: number | null;

  @Field(() => DecisionEnum, { nullable: true, description: 'Decision of the latest evaluation; null before the first.' })
  readonly decision!: Decision | null;

  @Field(() => DecisionEnum, {
    nullable: true,
    description: 'Decision of the latest evaluation made by `since`; null when there was none.',
  })
  readonly previousDecision!: Decision | null;

  @Field(() => ID, { nullable: true, description: 'Key of the winner; null unless the decision is SHIP.' })
  readonly winner!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the latest evaluation was made.' })
  readonly evaluatedAt!: Date | null;

  @Field(() => String, { description: 'What that evaluation found, or why there is none, and which critical alerts are open.' })
  readonly summary!: string;

  @Field(() => [ReportVariantObject], { description: "The variants, in the experiment's order." })
  readonly variants!: readonly ReportVariantObject[];

  @Field(() => [ReportEffectObject], { description: 'The comparisons of the latest evaluation.' })
  readonly effects!: readonly ReportEffectObject[];

  @Field(() => SrmCheckObject, { nullable: true, description: 'Whether the units fit the allocation; null before the first evaluation.' })
  readonly sampleRatio!: SrmCheckObject | null;

  @Field(() => [GuardrailStatusObject], { description: 'Each variant against each guardrail, in the latest evaluation.' })
  readonly guardrails!: readonly GuardrailStatusObject[];

  @Field(() => [ReportAlertObject], { description: 'Alerts that are open.' })
  readonly openAlerts!: readonly ReportAlertObject[];

  @Field(() => [String], { description: 'What changed, in sentences.' })
  readonly changes!: readonly string[];

  @Field(() => [String], { description: 'What to do, in sentences, the most pressing first.' })
  readonly advice!: readonly string[];

  @Field(() => String, { description: 'All of it as plain text.' })
  readonly text!: string;
}
