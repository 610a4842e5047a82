import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { AssignmentReason } from '../../core/assignment.js';
import { enumType } from '../enum-type.js';
import { DateTime, Json } from '../scalars.js';

export const AssignmentReasonEnum = enumType<AssignmentReason>(
  'AssignmentReason',
  'Why an assignment came out as it did, tried in the order unknown, override, bot, not running or shipped, targeting, missing unit, exclusion, inclusion, sticky, split.',
  {
    SPLIT: 'The variant was drawn from the current allocation.',
    STICKY: 'The unit keeps the variant that it was first exposed to.',
    OVERRIDE: 'An override for this unit, for quality assurance; never counted.',
    SHIPPED: 'The experiment ended with a decision and every unit gets the shipped variant; never counted.',
    NOT_RUNNING: 'The experiment is a draft, paused, stopped without shipping, rolled back or archived, and the control is shown.',
    NOT_TARGETED: 'The unit does not meet the targeting.',
    VARIANT_DISABLED: "The unit's variant is switched off and the control is shown; the unit is still analysed under its variant.",
    NOT_INCLUDED: 'The unit lies outside the traffic share.',
    EXCLUDED: "The unit lies outside the experiment's range of its exclusion group.",
    NO_UNIT: 'The id named by hashKey is missing.',
    BOT: 'The unit is a bot.',
    NOT_FOUND: 'No experiment has this key.',
    FALLBACK:
      'The stores are away and nothing is known of the experiment, or not which variant the unit was first exposed to; never counted.',
  },
);

@ObjectType('Assignment', { simpleResolvers: true, description: 'What one unit gets in one experiment.' })
export class AssignmentObject {
  @Field(() => ID, { description: 'Key of the experiment that was asked for.' })
  readonly experimentKey!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Key of the variant to show; null only where nothing can be shown (NOT_FOUND, or FALLBACK without a known experiment).',
  })
  readonly variant!: string | null;

  @Field(() => Json, { nullable: true, description: "The variant's payload, for remote configuration." })
  readonly payload!: unknown;

  @Field(() => Boolean, { description: 'Whether the unit is part of the experiment; only then may an exposure be recorded.' })
  readonly inExperiment!: boolean;

  @Field(() => AssignmentReasonEnum, { description: 'Why it came out so.' })
  readonly reason!: AssignmentReason;

  @Field(() => String, {
    nullable: true,
    description: "Which of the unit's ids the experiment hashes: userId, deviceId, tenantId or the name of an attribute.",
  })
  readonly hashKey!: string | null;

  @Field(() => ID, { nullable: true, description: 'The id that was hashed; to be sent as deviceId from now on when the server made it.' })
  readonly unitId!: string | null;

  @Field(() => Int, { nullable: true, description: 'Version of the allocation that answered; an exposure sent by trackEvents repeats it.' })
  readonly allocationVersion!: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'From assign: whether the exposure is committed, and when false the client sends it by trackEvents; null from queries and where no exposure is due.',
  })
  readonly exposureRecorded!: boolean | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the definition that answered was last known to be current; old while the stores are away.',
  })
  readonly asOf!: Date | null;
}
