import { Field, ID, InputType } from 'type-graphql';
import { JsonObject } from '../scalars.js';

@InputType('UnitInput', {
  description: 'Who or what is randomised; an experiment names, in hashKey, the one of these ids that decides its variant.',
})
export class UnitInput {
  @Field(() => ID, {
    nullable: true,
    description: 'Id of a signed-in person, up to 256 bytes, compared exactly as sent; absent or null gives NO_UNIT where it is hashed.',
  })
  readonly userId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'Stable id of the browser or device; when an experiment needs it and it is missing, the server makes one, returns it as Assignment.unitId and sets it as a Secure, HttpOnly cookie for 90 days.',
  })
  readonly deviceId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the account, organisation or other cluster.' })
  readonly tenantId?: string | null;

  @Field(() => JsonObject, {
    nullable: true,
    description:
      'Further ids to hash by, and facts for targeting and segments, at most 4 KB, e.g. {region: "US", accountType: "free", userAgent: "..."}.',
  })
  readonly attributes?: Record<string, unknown> | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Set by an edge that knows; a bot gets the control, is never enrolled and never counted.',
  })
  readonly isBot!: boolean;
}
