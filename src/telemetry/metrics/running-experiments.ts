import type { Registry } from 'prom-client';
import type { AlertKind, AlertSeverity } from '../../core/alert.js';
import type { Experiment } from '../../core/experiment.js';
import type { RateScore } from '../../core/health-score.js';
import type { ScheduledTurn } from '../../services/scheduled-turns.js';
import { type ExperimentLabels, isUnderWay, otherExperiments } from './experiment-labels.js';
import { createGauge } from './gauge.js';
import { movementOf, varianceOf } from './movement.js';
import { createReading } from './reading.js';
import type { Labels } from './register.js';

export interface RunningExperimentsParts {
  readonly labels: ExperimentLabels;
  /** Every experiment known to the instance. */
  readonly all: () => readonly Experiment[];
  /** Alerts that are open, from the store. */
  readonly openAlerts: () => Promise<
    readonly { readonly experimentKey: string; readonly kind: AlertKind; readonly severity: AlertSeverity }[]
  >;
  /** Sample ratio p of the last evaluation of these experiments, by id, from the store; of those that have one. */
  readonly srmPValues: (experimentIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  readonly turns: () => Promise<readonly ScheduledTurn[]>;
}

type Rows = Iterable<readonly [Labels, number]>;
type Worst = (a: number, b: number) => number;

/** One series for each set of labels: where several experiments share `other`, the worst of them. */
function collected(rows: Rows, worst: Worst): (readonly [Labels, number])[] {
  const byLabels = new Map<string, readonly [Labels, number]>();
  for (const [labels, value] of rows) {
    const name = JSON.stringify(labels);
    const known = byLabels.get(name);
    byLabels.set(name, [labels, known ? worst(known[1], value) : value]);
  }
  return [...byLabels.values()];
}

const sum: Worst = (a, b) => a + b;

/** Experiments that have begun and not ended, as gauges; for instances that run jobs. @returns takes what only jobs come to know */
export function watchRunningExperiments(registry: Registry, { labels, all, openAlerts, srmPValues, turns }: RunningExperimentsParts) {
  const keyOf = ({ definition }: Experiment) => definition.key;
  const labelled = () => all().filter((experiment) => labels.has(keyOf(experiment)));
  const gauge = (name: string, help: string, rows: () => Rows | Promise<Rows | undefined>, worst: Worst = Math.max) =>
    createGauge(registry, {
      name,
      help,
      over: 'max',
      async read() {
        const found = await rows();
        return found ? collected(found, worst) : null;
      },
    });
  const ofEach = (pick: (experiment: Experiment) => number | null) => () =>
    labelled().flatMap((experiment) => {
      const value = pick(experiment);
      return value === null ? [] : [[{ experiment: keyOf(experiment) }, value] as const];
    });

  gauge('bellwether_allocation_weight', "Each variant's share of included units.", () =>
    labelled().flatMap(({ definition, allocation }) =>
      (allocation?.weights ?? []).map(({ variant, weight }) => [{ experiment: definition.key, variant }, weight] as const),
    ),
  );
  gauge(
    'bellwether_allocation_weight_variance',
    'Population variance of the weights.',
    ofEach(({ allocation }) => allocation && varianceOf(allocation.weights)),
  );
  gauge(
    'bellwether_allocation_traffic_ratio',
    'Share of eligible units that is included.',
    ofEach(({ allocation }) => allocation?.trafficAllocation ?? null),
  );
  const lastMovements = new Map<string, number>();
  gauge(
    'bellwether_allocation_last_movement_ratio',
    'Share of traffic that changed variant at the last update of weights.',
    ofEach(({ id }) => lastMovements.get(id) ?? null),
  );
  gauge('bellwether_bandit_halted', '1 while the bandit is halted.', () =>
    all()
      .filter((experiment) => isUnderWay(experiment) && experiment.definition.design === 'BANDIT')
      .map(({ definition, banditHaltedAt }) => [{ experiment: labels.of(definition.key) }, banditHaltedAt ? 1 : 0] as const),
  );

  const underWay = () => all().filter(isUnderWay);
  const srm = createReading(() => srmPValues(underWay().map(({ id }) => id)));
  gauge(
    'bellwether_srm_p_value',
    'Sample ratio p of the last evaluation.',
    async () => {
      const known = await srm();
      if (!known) return undefined;
      return underWay().flatMap((experiment) => {
        const p = known.get(experiment.id);
        return p === undefined ? [] : [[{ experiment: labels.of(keyOf(experiment)) }, p] as const];
      });
    },
    Math.min,
  );
  const alerts = createReading(openAlerts);
  gauge(
    'bellwether_alerts_open',
    'Alerts open now.',
    async () => {
      const open = await alerts();
      return open?.map(({ experimentKey, kind, severity }) => [{ experiment: labels.of(experimentKey), kind, severity }, 1] as const);
    },
    sum,
  );
  watchTurns(gauge, labels, turns);
  const scores = watchScores(gauge, labels);

  return {
    /** What an instance serves has changed. */
    changed(before: Experiment | null, after: Experiment | null): void {
      if (after === null || !isUnderWay(after)) {
        const gone = after ?? before;
        if (gone) lastMovements.delete(gone.id);
      } else if (before?.allocation && after.allocation && before.allocation.version < after.allocation.version) {
        lastMovements.set(after.id, movementOf(before.allocation.weights, after.allocation.weights));
      }
    },
    scored: scores.note,
  };
}

type MakeGauge = (name: string, help: string, rows: () => Rows | Promise<Rows | undefined>, worst?: Worst) => void;

function watchTurns(gauge: MakeGauge, labels: ExperimentLabels, turns: RunningExperimentsParts['turns']): void {
  const read = createReading(turns);
  const rows = (pick: (turn: ScheduledTurn) => number) => async () => {
    const known = await read();
    return known?.map((turn) => [{ experiment: labels.of(turn.experiment.definition.key), task: turn.job }, pick(turn)] as const);
  };
  gauge(
    'bellwether_experiment_tick_age_seconds',
    'Time since the job last took its turn.',
    rows(({ lastAt }) => (Date.now() - lastAt.getTime()) / 1_000),
  );
  gauge(
    'bellwether_experiment_tick_period_seconds',
    'The longest that there should be between two turns.',
    rows(({ periodMs }) => periodMs / 1_000),
  );
}

/** A tick is made by one of several instances: what the others remember of an earlier one is of no use for long. */
function watchScores(gauge: MakeGauge, labels: ExperimentLabels) {
  const known = new Map<string, { readonly scores: readonly RateScore[]; readonly until: number }>();
  gauge(
    'bellwether_metric_zscore',
    'How far the conversion rate of the last 24 hours stands from that of the week before, in standard errors.',
    () => {
      const now = Date.now();
      for (const [key, { until }] of known) if (until < now) known.delete(key);
      return [...known].flatMap(([key, { scores }]) =>
        scores.map(({ variant, z }) => [{ experiment: labels.of(key), variant: labels.has(key) ? variant : otherExperiments }, z] as const),
      );
    },
    (a, b) => (Math.abs(a) >= Math.abs(b) ? a : b),
  );
  return {
    note({ definition }: Experiment, scores: readonly RateScore[]): void {
      known.set(definition.key, { scores, until: Date.now() + 2_000 * (definition.bandit?.intervalSeconds ?? 0) });
    },
  };
}
