import type { Judgement } from './acceptance.js';
import type { MetricDefinition } from './experiment.js';
import type { CountingOutcome } from './ingestion.js';

/** How the counts that are kept by the hour move, so that a chart of 28 days reads a few hundred rows and not every unit. */

/** Units of a variant that are counted since a batch was taken in; negative when an earlier exposure has made conversions too late. */
export interface HourCountMove {
  readonly experimentId: string;
  readonly variant: string;
  readonly exposures: number;
  /** Units that have converted on the primary metric. */
  readonly conversions: number;
}

export interface HourCounts {
  /** Start of the hour in which the batch was received, in milliseconds since the epoch. */
  readonly hour: number;
  /** Sorted by experiment and variant; empty moves are left out. */
  readonly moves: readonly HourCountMove[];
}

interface BatchOutcome {
  readonly judgement: Pick<Judgement, 'exposures' | 'events'>;
  readonly outcome: Pick<CountingOutcome, 'units' | 'metrics'>;
  rulesOf(experimentId: string): { readonly metrics: readonly MetricDefinition[] };
}

const hourMs = 3_600_000;

/**
 * The counts by the hour of receipt: what a reader of live counts saw then, which never changes afterwards. By the time of the events
 * themselves a point would move as long as late ones come.
 */
export function hourCountsOf({ judgement, outcome, rulesOf }: BatchOutcome): HourCounts {
  const moves = new Map<string, { -readonly [K in keyof HourCountMove]: HourCountMove[K] }>();
  const moveOf = (experimentId: string, variant: string) => {
    const key = `${experimentId} ${variant}`;
    const move = moves.get(key) ?? { experimentId, variant, exposures: 0, conversions: 0 };
    moves.set(key, move);
    return move;
  };
  for (const { experimentId, variant, segment, units } of outcome.units) {
    if (segment === '') moveOf(experimentId, variant).exposures += units;
  }
  for (const { experimentId, variant, segment, metric, delta } of outcome.metrics) {
    const isPrimary = rulesOf(experimentId).metrics.some(({ key, role }) => key === metric && role === 'PRIMARY');
    if (segment === '' && isPrimary) moveOf(experimentId, variant).conversions += Number(delta.units);
  }
  const receivedAt = [...judgement.exposures, ...judgement.events].reduce((latest, item) => Math.max(latest, item.receivedAt), 0);
  return {
    hour: Math.floor(receivedAt / hourMs) * hourMs,
    moves: [...moves.entries()]
      .filter(([, { exposures, conversions }]) => exposures !== 0 || conversions !== 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, move]) => move),
  };
}
