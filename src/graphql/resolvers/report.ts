import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.js';
import type { PresentedExperiment } from '../present/experiment.js';
import { presentReport } from '../present/report.js';
import { DateTime } from '../scalars.js';
import { ExperimentObject } from '../types/experiment.js';
import { ExperimentReportObject } from '../types/report.js';

/** Reports, as they are also sent once a day. */
@Resolver(() => ExperimentObject)
export class ReportResolver {
  @FieldResolver(() => ExperimentReportObject, {
    nullable: true,
    description: 'What changed, how it stands and what to do, as the daily report has it; null before its first allocation.',
  })
  async report(
    @Root() { source }: PresentedExperiment,
    @Arg('since', () => DateTime, {
      nullable: true,
      description: 'What changes are told from, brought back to its full hour, at most 366 days ago; a day ago when left out.',
    })
    since: Date | undefined,
    @Ctx() { services }: Context,
  ) {
    const report = await services.reports.of(source, since ?? null);
    return report && presentReport(report);
  }
}
