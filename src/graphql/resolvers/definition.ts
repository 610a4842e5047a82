import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { DefinitionSetObject } from '../types/definition.js';

/** What clients need to assign in memory. */
@Resolver()
export class DefinitionResolver {
  @Query(() => DefinitionSetObject, { nullable: true, description: 'What an SDK needs to assign in memory (SERVER).' })
  definitions(
    @Arg('after', () => String, {
      nullable: true,
      description: 'Version that the client holds; only changes since then are sent, or the whole set when they are no longer known.',
    })
    after: string | undefined,
    @Ctx() context: Context,
  ) {
    return context.services.definitions.read(after ?? null);
  }
}
