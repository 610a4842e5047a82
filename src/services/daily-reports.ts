import type { Experiment } from '../core/experiment.js';
import { reportId, reportMessage } from '../core/webhook.js';
import type { Outbox } from './outbox.js';
import type { Clock, Sweeps } from './ports.js';
import type { Registry } from './registry.js';
import type { Reports } from './reports.js';

/** Leaves a report on each running experiment in the outbox, once a day. */

export interface DailyReportsParts {
  readonly reports: Reports;
  readonly registry: Pick<Registry, 'all'>;
  readonly outbox: Pick<Outbox, 'tell' | 'told'>;
  readonly sweeps: Pick<Sweeps, 'exclusively'>;
  readonly clock: Clock;
  /** Hour of the day from which reports are made, in UTC, 0 to 23. */
  readonly hour: number;
}

const dayMs = 24 * 3_600_000;

export type DailyReports = ReturnType<typeof createDailyReports>;

export function createDailyReports({ reports, registry, outbox, sweeps, clock, hour }: DailyReportsParts) {
  /** Ids of the day's reports that are there for sure, so that a round that has nothing to do asks nobody. */
  let made = { day: 0, ids: new Set<string>() };

  async function report(due: readonly Experiment[], day: Date): Promise<void> {
    const told = await outbox.told(due.map(({ id }) => reportId(id, day)));
    const faults: unknown[] = [];
    for (const experiment of due) {
      const id = reportId(experiment.id, day);
      // One that cannot be made must not keep the others from being made.
      const isThere = told.has(id) || (await tell(experiment, day).catch((fault) => void faults.push(fault)));
      if (isThere) made.ids.add(id);
    }
    if (faults.length > 0) throw faults[0];
  }

  /** Of two instances that come here at once the first is heard, for the id is the same. */
  async function tell(experiment: Experiment, day: Date): Promise<true> {
    const report = await reports.of(experiment, new Date(day.getTime() - dayMs));
    if (report) await outbox.tell([reportMessage(experiment, report, day)], clock.now());
    return true;
  }

  return {
    /** Makes the reports of today that are due and not there yet; does nothing while another worker does. */
    async sweep(): Promise<void> {
      const now = clock.now();
      const day = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), hour));
      if (now < day) return;
      if (made.day !== day.getTime()) made = { day: day.getTime(), ids: new Set() };
      const due = registry.all().filter((experiment) => isReported(experiment, day) && !made.ids.has(reportId(experiment.id, day)));
      if (due.length > 0) await sweeps.exclusively('reports', () => report(due, day));
    },
  };
}

/** What began after the hour has its first report on the next day. */
function isReported({ status, startedAt, allocation }: Experiment, day: Date): boolean {
  const began = startedAt ?? allocation?.startedAt;
  return (status === 'RUNNING' || status === 'DRY_RUN') && began !== undefined && began < day;
}
