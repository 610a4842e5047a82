import { Args, ArgsType, Ctx, Field, Query, Resolver } from 'type-graphql';
import { connectionOf, pageRequest } from '../connection.js';
import type { Context } from '../context.js';
import { presentAuditEntry } from '../present/results.js';
import { AuditConnection, AuditFilter } from '../types/audit.js';
import { PageArgs } from '../types/page.js';

@ArgsType()
class AuditArgs extends PageArgs {
  @Field(() => AuditFilter, { nullable: true, description: 'Which ones; all when left out.' })
  readonly filter?: AuditFilter | null;
}

/** Who changed what. */
@Resolver()
export class AuditResolver {
  @Query(() => AuditConnection, { nullable: true, description: 'Who changed what, newest first.' })
  async auditLog(@Args(() => AuditArgs) args: AuditArgs, @Ctx() { services }: Context) {
    return connectionOf('audit', await services.reads.auditLog(pageRequest('audit', args), args.filter ?? {}), presentAuditEntry);
  }
}
