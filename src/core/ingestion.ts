import type { CountingState, Judgement, UnitKey } from './acceptance.js';
import { unitKey } from './acceptance.js';
import {
  type CountedEvent,
  type Counter,
  contribute,
  emptyDelta,
  isEmptyDelta,
  type MetricTotals,
  mainCounter,
  nothing,
  type SumsDelta,
  secondCounter,
  type UnitExposure,
  type UnitTotal,
  withEvent,
} from './counting.js';
import type { MetricUse } from './event.js';
import type { MetricDefinition } from './experiment.js';

/**
 * How totals and sums move when a batch is accepted. Before it is counted the store fetches the earlier events of units whose
 * exposure moved: these are counted anew, all others go on from where they were.
 */

/** An earlier event of a unit, as the store kept it. */
export interface StoredEvent extends CountedEvent {
  readonly hashKey: string;
  readonly unitId: string;
  readonly metric: string;
  readonly experimentId: string | null;
}

export interface CountingInput {
  readonly judgement: Judgement;
  /** Before the batch. */
  readonly exposures: ReadonlyMap<UnitKey, UnitExposure>;
  readonly totals: ReadonlyMap<UnitKey, ReadonlyMap<string, UnitTotal>>;
  readonly experiments: ReadonlyMap<string, CountingState>;
  /** Earlier events of the units in `judgement.moved`, those of the batch not among them. */
  readonly history: readonly StoredEvent[];
  /** Experiments that count events of this key, each once. */
  usesOf(eventKey: string): readonly MetricUse[];
  /** `cohortMetric`: key of the metric whose sums are also kept by hour of first exposure; null: none. */
  rulesOf(experimentId: string): {
    readonly hashKey: string;
    readonly metrics: readonly MetricDefinition[];
    readonly cohortMetric: string | null;
  };
}

export interface MetricMove {
  readonly experimentId: string;
  /** As `attribute=value`; empty for all units together. */
  readonly segment: string;
  readonly period: number;
  readonly variant: string;
  readonly metric: string;
  readonly delta: SumsDelta;
}

export interface CohortMove {
  readonly experimentId: string;
  readonly period: number;
  readonly variant: string;
  /** Start of the hour of first exposure. */
  readonly hour: number;
  /** Here `units` counts exposed units. */
  readonly delta: SumsDelta;
}

export interface UnitsMove {
  readonly experimentId: string;
  /** As `attribute=value`; empty for all units together. */
  readonly segment: string;
  readonly allocationVersion: number;
  readonly period: number;
  readonly variant: string;
  readonly units: number;
}

export interface CountingOutcome {
  readonly totals: readonly (UnitTotal & { readonly experimentId: string; readonly unitId: string; readonly metric: string })[];
  readonly metrics: readonly MetricMove[];
  readonly cohorts: readonly CohortMove[];
  readonly units: readonly UnitsMove[];
}

const hourMs = 3_600_000;

/** How totals and sums move; empty moves are left out, and all lists are sorted by key so that writers never wait for one another in a circle. */
export function count(input: CountingInput): CountingOutcome {
  const { judgement } = input;
  const news = groupByUnit(ofEachId(judgement.events), input.usesOf);
  const history = groupByUnit(
    input.history.map((event) => [event, event.hashKey, event.unitId]),
    input.usesOf,
  );
  const sums = new Map<string, MetricMove>();
  const cohorts = new Map<string, CohortMove>();
  const units = new Map<string, Mutable<UnitsMove>>();
  const totals = new Map<string, CountingOutcome['totals'][number]>();

  for (const key of new Set([...judgement.moved.keys(), ...news.keys()])) {
    const before = input.exposures.get(key) ?? null;
    const after = judgement.moved.get(key) ?? before;
    if (after === null) continue; // not exposed: the event waits among the raw ones for the unit's exposure
    const experimentId = key.slice(0, 36);
    const unitId = key.slice(37);
    const { metrics, cohortMetric } = input.rulesOf(experimentId);
    const endedAt = input.experiments.get(experimentId)?.endedAt ?? null;
    const isMoved = after !== before;
    if (isMoved) {
      if (before) moveUnits(units, experimentId, before, -1);
      moveUnits(units, experimentId, after, 1);
    }
    const ledger = input.totals.get(key);
    const fresh = news.get(key);
    const knownOf = (counter: Counter): UnitTotal => ledger?.get(counter.key) ?? nothing;
    const nowOf = (counter: Counter): UnitTotal => {
      const known = knownOf(counter);
      // A unit that moved in time is counted anew from all of its events; the others go on from where they were.
      let total = isMoved ? nothing : known;
      for (const events of isMoved ? [history.get(key), fresh] : [fresh]) {
        for (const event of events?.get(counter.eventKey) ?? [])
          if (counter.isCounted(event, after, endedAt)) total = withEvent(total, event);
      }
      if (!isSame(total, known)) totals.set(`${key} ${counter.key}`, { experimentId, unitId, metric: counter.key, ...total });
      return total;
    };
    for (const metric of metrics) {
      const known = totalsOf(metric, knownOf);
      const total = totalsOf(metric, nowOf);
      if (!isMoved && isSame(known.main, total.main) && isSame(known.second, total.second)) continue;
      for (const { delta } of before ? cellsOf(sums, experimentId, before, metric.key) : []) contribute(delta, metric, known, -1n);
      for (const { delta } of cellsOf(sums, experimentId, after, metric.key)) contribute(delta, metric, total, 1n);
      if (metric.key === cohortMetric) {
        if (before) moveCohort(cohorts, experimentId, before, metric, known, -1n);
        moveCohort(cohorts, experimentId, after, metric, total, 1n);
      }
    }
  }
  return {
    totals: inOrder(totals),
    metrics: inOrder(sums).filter(hasMoved),
    cohorts: inOrder(cohorts).filter(hasMoved),
    units: inOrder(units).filter((move) => move.units !== 0),
  };
}

function isSame(a: UnitTotal | null, b: UnitTotal | null): boolean {
  return a === b || (a?.events === b?.events && a?.total === b?.total);
}

function totalsOf(metric: MetricDefinition, totalOf: (counter: Counter) => UnitTotal): MetricTotals {
  const second = secondCounter(metric);
  return { main: totalOf(mainCounter(metric)), second: second && totalOf(second) };
}

type UnitEvent = CountedEvent & {
  readonly metric: string;
  readonly experimentId: string | null;
};

/** An event as that of one of its unit's ids. */
type EventOfUnit = readonly [event: UnitEvent, hashKey: string, unitId: string];

function* ofEachId(events: Judgement['events']): Iterable<EventOfUnit> {
  for (const event of events) for (const [hashKey, unitId] of event.ids) yield [event, hashKey, unitId];
}

function groupByUnit(events: Iterable<EventOfUnit>, usesOf: CountingInput['usesOf']): Map<UnitKey, Map<string, UnitEvent[]>> {
  const groups = new Map<UnitKey, Map<string, UnitEvent[]>>();
  for (const [event, hashKey, unitId] of events) {
    for (const use of usesOf(event.metric)) {
      if (use.hashKey !== hashKey || (event.experimentId !== null && event.experimentId !== use.experimentId)) continue;
      const key = unitKey(use.experimentId, unitId);
      const byMetric = groups.get(key) ?? new Map<string, UnitEvent[]>();
      groups.set(key, byMetric);
      const list = byMetric.get(event.metric);
      if (list) list.push(event);
      else byMetric.set(event.metric, [event]);
    }
  }
  return groups;
}

/** The cells that a unit is part of: that of all units, and one for each of its segments. */
function cellsOf(sums: Map<string, MetricMove>, experimentId: string, at: UnitExposure, metric: string): MetricMove[] {
  const { period, variant } = at;
  return ['', ...at.segments].map((segment) => {
    const key = `${experimentId} ${period} ${variant} ${metric} ${segment}`;
    const move = sums.get(key) ?? { experimentId, segment, period, variant, metric, delta: emptyDelta() };
    sums.set(key, move);
    return move;
  });
}

function moveUnits(units: Map<string, Mutable<UnitsMove>>, experimentId: string, at: UnitExposure, by: 1 | -1): void {
  const { allocationVersion, period, variant } = at;
  for (const segment of ['', ...at.segments]) {
    const key = `${experimentId} ${allocationVersion} ${variant} ${segment}`;
    const move = units.get(key) ?? { experimentId, segment, allocationVersion, period, variant, units: 0 };
    move.units += by;
    units.set(key, move);
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function moveCohort(
  cohorts: Map<string, CohortMove>,
  experimentId: string,
  { period, variant, firstExposedAt }: UnitExposure,
  metric: MetricDefinition,
  totals: MetricTotals,
  sign: 1n | -1n,
): void {
  const hour = Math.floor(firstExposedAt / hourMs) * hourMs;
  const key = `${experimentId} ${period} ${variant} ${hour}`;
  const move = cohorts.get(key) ?? { experimentId, period, variant, hour, delta: emptyDelta() };
  const { units } = move.delta;
  contribute(move.delta, metric, totals, sign);
  move.delta.units = units + sign;
  cohorts.set(key, move);
}

const hasMoved = ({ delta }: { readonly delta: SumsDelta }): boolean => !isEmptyDelta(delta);

/** By key, which gives all writers one order; that numbers in it are ordered as text does no harm. */
function inOrder<T>(moves: ReadonlyMap<string, T>): T[] {
  return [...moves].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, move]) => move);
}
