import { Field, ObjectType } from 'type-graphql';
import type { ApiKeyScope } from '../../core/api-key.js';
import { enumType } from '../enum-type.js';
import { DateTime } from '../scalars.js';
import { Node } from './node.js';

export const ApiKeyScopeEnum = enumType<ApiKeyScope>('ApiKeyScope', 'What a key may do.', {
  CLIENT: 'assignment, assignments, assign, trackEvents, assignmentsUpdated and viewer: may be shipped in a browser.',
  SERVER: 'CLIENT, and definitions: for servers that assign in memory.',
  READ: 'SERVER, and all other queries and subscriptions but apiKeys.',
  ADMIN: 'Everything.',
});

@ObjectType('ApiKey', { implements: Node, simpleResolvers: true, description: 'A key, without its secret.' })
export class ApiKeyObject implements Node {
  readonly id!: string;

  @Field(() => String, { description: 'What it is for.' })
  readonly name!: string;

  @Field(() => ApiKeyScopeEnum, { description: 'What it may do.' })
  readonly scope!: ApiKeyScope;

  @Field(() => String, { description: 'How its secret begins, to tell keys apart.' })
  readonly prefix!: string;

  @Field(() => DateTime, { description: 'When it was created.' })
  readonly createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was last used, to the minute; null: never.' })
  readonly lastUsedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ends; null: never.' })
  readonly expiresAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was revoked.' })
  readonly revokedAt!: Date | null;
}

@ObjectType('CreateApiKeyPayload', { simpleResolvers: true, description: 'A new key.' })
export class CreateApiKeyPayloadObject {
  @Field(() => ApiKeyObject, { description: 'The key.' })
  readonly apiKey!: ApiKeyObject;

  @Field(() => String, {
    nullable: true,
    description: 'Its secret, shown this once, for only its hash is kept; null when the answer is replayed.',
  })
  readonly secret!: string | null;
}

@ObjectType('RevokeApiKeyPayload', { simpleResolvers: true, description: 'A key that is no longer accepted.' })
export class RevokeApiKeyPayloadObject {
  @Field(() => ApiKeyObject, { description: 'The key.' })
  readonly apiKey!: ApiKeyObject;
}
