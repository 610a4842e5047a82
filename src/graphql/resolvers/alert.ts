import { Args, ArgsType, Ctx, Field, Query, Resolver } from 'type-graphql';
import { connectionOf, pageRequest } from '../connection.js';
import type { Context } from '../context.js';
import { checkFilterSize } from '../filter-size.js';
import { presentAlert } from '../present/results.js';
import { AlertConnection, AlertFilter } from '../types/alert.js';
import { PageArgs } from '../types/page.js';

@ArgsType()
class AlertsArgs extends PageArgs {
  @Field(() => AlertFilter, { nullable: true, description: 'Which ones; all when left out.' })
  readonly filter?: AlertFilter | null;
}

/** Alerts of all experiments. */
@Resolver()
export class AlertResolver {
  @Query(() => AlertConnection, { nullable: true, description: 'Alerts of all experiments, newest first.' })
  async alerts(@Args(() => AlertsArgs) args: AlertsArgs, @Ctx() { services }: Context) {
    checkFilterSize(args.filter);
    return connectionOf('alerts', await services.reads.alerts(pageRequest('alerts', args), args.filter ?? {}), presentAlert);
  }
}
