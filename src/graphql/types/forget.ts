import { ArgsType, Field, ID, Int, ObjectType } from 'type-graphql';
import { IdempotentArgs } from './change-args.js';

@ArgsType()
export class ForgetUnitArgs extends IdempotentArgs {
  @Field(() => ID, { description: 'Id of the unit.' })
  readonly unitId!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'What kind of id it is, as experiments name it in hashKey: userId, deviceId, tenantId or an attribute; whatever kind when left out.',
  })
  readonly hashKey?: string | null;
}

@ObjectType('ForgetUnitPayload', { simpleResolvers: true, description: 'What was deleted of a unit.' })
export class ForgetUnitPayloadObject {
  @Field(() => ID, { description: 'What the audit log knows the request by, for the files of whoever asked: it does not name the unit.' })
  readonly reference!: string;

  @Field(() => Int, { description: 'Experiments that had counted the unit; their sums stay as they are.' })
  readonly experiments!: number;

  @Field(() => Int, { description: 'Its totals, one an experiment and metric.' })
  readonly totals!: number;

  @Field(() => Int, { description: 'Its exposures as they came.' })
  readonly exposures!: number;

  @Field(() => Int, { description: 'Its metric events as they came.' })
  readonly events!: number;

  @Field(() => Int, { description: 'Experiments that had noted a claim of a variant that it was not served.' })
  readonly mismatches!: number;

  @Field(() => Int, { description: 'Experiments whose override of the unit was taken away.' })
  readonly overrides!: number;

  @Field(() => Int, { description: 'Entries of the audit log that showed the unit in an override, and show no id any more.' })
  readonly auditEntries!: number;
}
