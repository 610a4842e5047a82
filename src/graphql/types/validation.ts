import { Field, Float, ID, ObjectType } from 'type-graphql';
import type { ValidationStatus } from '../../core/validation.js';
import type { ValidationCheckName, ValidationCheckStatus } from '../../core/validation-checks.js';
import { enumType } from '../enum-type.js';
import { DateTime, SafeInt } from '../scalars.js';

export const ValidationStatusEnum = enumType<ValidationStatus>('ValidationStatus', 'What a dry run came to.', {
  MISSING: 'There was no dry run.',
  RUNNING: 'It is under way, nothing is wrong, and not all is known yet.',
  PASSED: 'All is known and nothing is wrong.',
  FAILED: 'Something is wrong for certain.',
  INCOMPLETE: 'It ended before all was known.',
});

export const ValidationCheckNameEnum = enumType<ValidationCheckName>('ValidationCheckName', 'What a dry run is looked at for.', {
  DURATION: 'It has run for a whole day; received and expected in hours.',
  EXPOSURES: 'Each variant has units enough to see anything; the fewest of a variant.',
  SAMPLE_RATIO: 'The units fit the allocation; the sequential p-value, which fails below what is expected.',
  VARIANTS: 'Exposures carry the variant that was served; the share of units that claimed another, which may reach what is expected.',
  EVENTS: 'Events of the metric arrive from every variant; the fewest units of a variant that sent one.',
  GUARDRAIL: 'The guardrail is not breached; the most harmful effect, which may reach the threshold.',
});

export const ValidationCheckStatusEnum = enumType<ValidationCheckStatus>('ValidationCheckStatus', 'What one check came to.', {
  PASSED: 'Nothing is wrong.',
  FAILED: 'Something is wrong for certain.',
  PENDING: 'Nothing is wrong, and there is too little to say more.',
});

@ObjectType('ValidationCheck', { simpleResolvers: true, description: 'One thing that a dry run is looked at for.' })
export class ValidationCheckObject {
  @Field(() => ValidationCheckNameEnum, { description: 'Which.' })
  readonly name!: ValidationCheckName;

  @Field(() => ValidationCheckStatusEnum, { description: 'What it came to.' })
  readonly status!: ValidationCheckStatus;

  @Field(() => ID, { nullable: true, description: 'Key of the metric; null unless it is EVENTS or GUARDRAIL.' })
  readonly metric!: string | null;

  @Field(() => Float, { nullable: true, description: 'What was found, in the measure that the name tells; null while unknown.' })
  readonly received!: number | null;

  @Field(() => Float, { nullable: true, description: 'The bound that it is held against.' })
  readonly expected!: number | null;

  @Field(() => String, { description: 'What was found and what is expected, for people.' })
  readonly message!: string;

  @Field(() => String, { nullable: true, description: 'What to do about it; null when there is nothing to do.' })
  readonly advice!: string | null;
}

@ObjectType('Validation', {
  simpleResolvers: true,
  description:
    'The verdict on a dry run: whether the experiment can be trusted with more visitors. It judges plumbing and harm, never the effect.',
})
export class ValidationObject {
  @Field(() => ValidationStatusEnum, { description: 'What it came to.' })
  readonly status!: ValidationStatus;

  @Field(() => String, { description: 'The verdict in a few sentences.' })
  readonly summary!: string;

  @Field(() => DateTime, { nullable: true, description: 'When the dry run began; null without one.' })
  readonly since!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ended, of which moment the verdict is; null before.' })
  readonly until!: Date | null;

  @Field(() => SafeInt, { description: 'Units that the dry run exposed.' })
  readonly units!: number;

  @Field(() => [ValidationCheckObject], { description: 'What it was looked at for; empty without a dry run.' })
  readonly checks!: readonly ValidationCheckObject[];
}
