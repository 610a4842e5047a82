import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { AlertKind, AlertSeverity } from '../../core/alert.js';
import { enumType } from '../enum-type.js';
import { DateTime } from '../scalars.js';
import { Node } from './node.js';
import { connectionType } from './page.js';

export const AlertKindEnum = enumType<AlertKind>('AlertKind', 'What an alert is about.', {
  GUARDRAIL_BREACH: 'A guardrail is breached.',
  SRM_DETECTED: 'The sample ratio does not fit the allocation.',
  CONVERSION_ANOMALY: 'A conversion rate is impossible or far from its own history.',
  BANDIT_HALTED: 'The bandit was stopped and its weights made equal.',
  ROLLED_BACK: 'The experiment was rolled back.',
  MULTIPLE_EXPOSURE: 'More units than errors explain met several variants.',
  STALE_POLICY: 'A bandit or an evaluation is overdue.',
  UNDERPOWERED: 'The plan cannot reach its size in the time it has.',
});

export const AlertSeverityEnum = enumType<AlertSeverity>('AlertSeverity', 'How pressing an alert is, the least first.', {
  INFO: 'Good to know.',
  WARNING: 'Look at it soon.',
  CRITICAL: 'Look at it now.',
});

@ObjectType('Alert', { implements: Node, simpleResolvers: true, description: 'Something a person should know.' })
export class AlertObject implements Node {
  readonly id!: string;

  @Field(() => ID, { description: 'Key of the experiment.' })
  readonly experimentKey!: string;

  @Field(() => Int, {
    description: 'Its place among the alerts of all experiments, the `after` of alertRaised; it moves on when the alert is resolved.',
  })
  readonly sequence!: number;

  @Field(() => DateTime, { description: 'When it was raised.' })
  readonly at!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When its cause was gone or dealt with; null while it is open.' })
  readonly resolvedAt!: Date | null;

  @Field(() => AlertKindEnum, { description: 'What it is about.' })
  readonly kind!: AlertKind;

  @Field(() => AlertSeverityEnum, { description: 'How pressing it is.' })
  readonly severity!: AlertSeverity;

  @Field(() => String, { description: 'What happened, in a sentence.' })
  readonly message!: string;

  @Field(() => ID, { nullable: true, description: 'Key of the metric it is about.' })
  readonly metric!: string | null;

  @Field(() => ID, { nullable: true, description: 'Key of the variant it is about.' })
  readonly variant!: string | null;
}

@InputType('AlertFilter', { description: 'Which alerts are wanted: those that meet every member that is given.' })
export class AlertFilter {
  @Field(() => [ID], { nullable: true, description: 'Those of these experiments.' })
  readonly experimentKeys?: readonly string[] | null;

  @Field(() => [AlertKindEnum], { nullable: true, description: 'Those of these kinds.' })
  readonly kinds?: readonly AlertKind[] | null;

  @Field(() => AlertSeverityEnum, { nullable: true, description: 'Those at least so pressing.' })
  readonly minSeverity?: AlertSeverity | null;

  @Field(() => Boolean, { nullable: true, description: 'Only those that are open, or only those that are resolved.' })
  readonly open?: boolean | null;
}

export const AlertConnection = connectionType('Alert', AlertObject, { edge: 'An alert', node: 'The alert', many: 'alerts' });
