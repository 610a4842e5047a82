import { refusal } from '../core/errors.js';
import type { Experiment } from '../core/experiment.js';
import { type Report, reportOf } from '../core/report.js';
import { hourSteps } from '../core/series.js';
import type { Clock } from './ports.js';
import type { AlertFilter, Reads, SeriesReads } from './reads.js';
import type { AlertRecord, EvaluationRecord } from './records.js';

/** Puts together what a report is made of: how an experiment stands now, and how it stood. */

export interface ReportsParts {
  readonly reads: Pick<Reads, 'latestEvaluation' | 'evaluation' | 'alerts'>;
  readonly series: SeriesReads;
  readonly clock: Clock;
}

export type Reports = ReturnType<typeof createReports>;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const alertsAtOnce = 100;
/** Alerts since then are read through: a year of one experiment has few enough. */
const mostDays = 366;

export function createReports({ reads, series, clock }: ReportsParts) {
  async function judgedBy(experiment: Experiment, time: Date): Promise<EvaluationRecord | null> {
    const span = await series.evaluationSpan(experiment.id, { from: experiment.createdAt, to: time });
    return span && reads.evaluation(experiment, span.last);
  }

  async function weightsAt(experimentId: string, time: Date) {
    const span = await series.allocationSpan(experimentId, { from: time, to: null });
    const [point] = span ? await series.weights(experimentId, [span.first]) : [];
    return point && point.at <= time ? point.weights : null;
  }

  /** Counts are kept by the hour of receipt, so of a full hour it is known exactly what came before it. */
  async function countsAround(experimentId: string, time: Date, now: Date) {
    const steps = await series.hourCounts(experimentId, hourSteps({ from: time, to: now, most: 2 }), null);
    return { countsBefore: steps.filter(({ point }) => point === 0), countsSince: steps.filter(({ point }) => point === 1) };
  }

  /** Newest move first, being raised or resolved; those that moved before `since` are left out. */
  async function alertsOf(filter: AlertFilter, since: Date | null): Promise<AlertRecord[]> {
    const alerts: AlertRecord[] = [];
    for (let after: Parameters<typeof reads.alerts>[0]['after'] = null; ; ) {
      const { items, hasNextPage } = await reads.alerts({ limit: alertsAtOnce, backward: false, after, before: null }, filter);
      const wanted = items.filter(({ node: { at, resolvedAt } }) => since === null || (resolvedAt ?? at) >= since);
      alerts.push(...wanted.map(({ node }) => node));
      after = items.at(-1)?.cursor ?? null;
      if (!hasNextPage || wanted.length < items.length) return alerts;
    }
  }

  return {
    /**
     * The report on an experiment; null before its first allocation.
     *
     * @param from begins with the full hour in which it lies; null: a day ago
     * @throws INVALID_RANGE for a time that is not past, or more than a year ago
     */
    async of(experiment: Experiment, from: Date | null): Promise<Report | null> {
      if (!experiment.allocation) return null;
      const at = clock.now();
      const asked = from?.getTime() ?? at.getTime() - dayMs;
      if (asked >= at.getTime() || asked < at.getTime() - mostDays * dayMs) {
        throw refusal('INVALID_RANGE', `since must be in the past, at most ${mostDays} days ago.`, ['since'], from?.toISOString());
      }
      const since = new Date(Math.floor(asked / hourMs) * hourMs);
      const keys = { experimentKeys: [experiment.definition.key] };
      const [evaluation, previous, previousWeights, counts, openAlerts, moved] = await Promise.all([
        reads.latestEvaluation(experiment),
        judgedBy(experiment, since),
        weightsAt(experiment.id, since),
        countsAround(experiment.id, since, at),
        alertsOf({ ...keys, open: true }, null),
        alertsOf(keys, since),
      ]);
      const raisedAlerts = moved.filter((alert) => alert.at >= since);
      const resolvedAlerts = moved.filter(({ resolvedAt }) => resolvedAt !== null && resolvedAt >= since);
      return reportOf({
        experiment,
        at,
        since,
        evaluation,
        previous,
        previousWeights,
        ...counts,
        openAlerts,
        raisedAlerts,
        resolvedAlerts,
      });
    },
  };
}
