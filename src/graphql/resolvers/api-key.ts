import { Args, ArgsType, Ctx, Field, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { ApiKeyScope } from '../../core/api-key.js';
import { refusal } from '../../core/errors.js';
import type { Command } from '../../services/ports.js';
import { CommandOf } from '../command.js';
import type { Context } from '../context.js';
import { decodeNodeId } from '../node-id.js';
import { presentApiKey } from '../present/results.js';
import { DateTime } from '../scalars.js';
import { ApiKeyObject, ApiKeyScopeEnum, CreateApiKeyPayloadObject, RevokeApiKeyPayloadObject } from '../types/api-key.js';
import { IdempotentArgs } from '../types/change-args.js';

@ArgsType()
class CreateApiKeyArgs {
  @Field(() => String, { description: 'What it is for.' })
  readonly name!: string;

  @Field(() => ApiKeyScopeEnum, { description: 'What it may do.' })
  readonly scope!: ApiKeyScope;

  @Field(() => DateTime, { nullable: true, description: 'When it ends; left out: never.' })
  readonly expiresAt?: Date | null;

  @Field(() => ID, { nullable: true, description: 'Makes a repetition give the first outcome, without the secret.' })
  readonly idempotencyKey?: string | null;
}

@ArgsType()
class RevokeApiKeyArgs extends IdempotentArgs {
  @Field(() => ID, { description: 'Id of the key.' })
  readonly id!: string;
}

/** Keys. */
@Resolver()
export class ApiKeyResolver {
  @Query(() => ApiKeyObject, { nullable: true, description: 'The key that asks, for every scope; null without a valid one.' })
  viewer(@Ctx() { caller }: Context) {
    return caller && presentApiKey(caller);
  }

  @Query(() => [ApiKeyObject], { nullable: true, description: 'All keys, newest first, revoked ones included (ADMIN).' })
  async apiKeys(@Ctx() { services }: Context) {
    return (await services.reads.apiKeys()).map(presentApiKey);
  }

  @Mutation(() => CreateApiKeyPayloadObject, { nullable: true, description: 'Makes a key.' })
  async createApiKey(@Args(() => CreateApiKeyArgs) args: CreateApiKeyArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    const { name, scope, expiresAt = null } = args;
    const { apiKey, secret } = await services.keys.create(command, { name, scope, expiresAt });
    return { apiKey: presentApiKey(apiKey), secret };
  }

  @Mutation(() => RevokeApiKeyPayloadObject, {
    nullable: true,
    description: 'Ends a key; within 5 seconds no server accepts it and its sockets are closed.',
  })
  async revokeApiKey(@Args(() => RevokeApiKeyArgs) { id }: RevokeApiKeyArgs, @CommandOf() command: Command, @Ctx() { services }: Context) {
    const named = decodeNodeId(id);
    const keyId = named?.kind === 'ApiKey' ? named.parts[0] : undefined;
    if (keyId === undefined) throw refusal('NOT_FOUND', 'No key has this id.', ['id'], id);
    return { apiKey: presentApiKey(await services.keys.revoke(command, keyId)) };
  }
}
