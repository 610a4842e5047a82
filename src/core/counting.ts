import { toNano } from './decimal.js';
import type { MetricDefinition } from './experiment.js';

/**
 * What counts, and how the sums move when it does.
 *
 * Analysis is per unit: a unit's events in a metric give one value x. When that moves, the sums of its cell move by the
 * difference, so that they equal at any time what one query over all accepted exposures and events gives (the oracle in the tests).
 * Times are milliseconds since the epoch; values and totals whole numbers of 1e-9, squares of 1e-18.
 */

/** Where a unit is analysed and since when. */
export interface UnitExposure {
  readonly variant: string;
  /** Of the earliest exposure; the least of them when several are as early. */
  readonly allocationVersion: number;
  readonly period: number;
  readonly firstExposedAt: number;
  /** Registered segments that the unit belonged to then, as `attribute=value`. */
  readonly segments: readonly string[];
  /** From then on an override keeps the unit's events out. */
  readonly excludedAt: number | null;
}

/** What a unit did in one metric, of that which counts. */
export interface UnitTotal {
  readonly events: number;
  readonly total: bigint;
}

/** A metric event as far as counting goes. */
export interface CountedEvent {
  readonly value: bigint;
  readonly occurredAt: number;
  readonly receivedAt: number;
}

export const nothing: UnitTotal = { events: 0, total: 0n };

const hourMs = 3_600_000;

/** Days before the first exposure whose events are a CUPED metric's covariate. */
export const covariateDays = 14;
const covariateMs = covariateDays * 24 * hourMs;

/** A total that is kept of each unit for a metric; the metric's values are computed from one or two of them. */
export interface Counter {
  /** Names the total; of the metric's own events it is the metric's key. */
  readonly key: string;
  /** Key that the counted events name. */
  readonly eventKey: string;
  /** Whether an event counts for an exposed unit. @param endedAt when the experiment ended; null: it goes on */
  isCounted(event: CountedEvent, exposure: UnitExposure, endedAt: number | null): boolean;
}

/** The total behind a metric's x: of its own events from the first exposure on. */
export function mainCounter(metric: MetricDefinition): Counter {
  return { key: metric.key, eventKey: metric.key, isCounted: (event, exposure, endedAt) => isCounted(event, exposure, metric, endedAt) };
}

/**
 * The total behind a metric's y, if it has one: what is below the line of a RATIO, in the same time as the numerator,
 * or a CUPED metric's own events in the days before the first exposure, which no variant can have touched.
 */
export function secondCounter(metric: MetricDefinition): Counter | null {
  if (metric.type === 'RATIO' && metric.denominator !== null) {
    const counts: Counter['isCounted'] = (event, exposure, endedAt) => isCounted(event, exposure, metric, endedAt);
    return { key: `${metric.key}/denominator`, eventKey: metric.denominator, isCounted: counts };
  }
  if (!metric.cuped) return null;
  const isBefore = ({ occurredAt }: CountedEvent, { firstExposedAt }: UnitExposure): boolean =>
    occurredAt < firstExposedAt && occurredAt >= firstExposedAt - covariateMs;
  return { key: `${metric.key}/before`, eventKey: metric.key, isCounted: isBefore };
}

/** All totals that are kept of each unit for a metric. */
export function countersOf(metric: MetricDefinition): readonly Counter[] {
  const second = secondCounter(metric);
  return second ? [mainCounter(metric), second] : [mainCounter(metric)];
}

/** How far before a unit's first exposure its events matter for any of these metrics, in milliseconds. */
export function lookBackOf(metrics: readonly MetricDefinition[]): number {
  return metrics.some((metric) => metric.cuped) ? covariateMs : 0;
}

/**
 * Whether an event counts for an exposed unit: at or after the first exposure, inside the metric's window, before an override and before the end.
 * An event is held against ends by the sender's clock or by ours, whichever is earlier, so that one that counted when it came counts for ever.
 */
function isCounted(event: CountedEvent, exposure: UnitExposure, metric: MetricDefinition, endedAt: number | null): boolean {
  const sinceExposure = event.occurredAt - exposure.firstExposedAt;
  if (sinceExposure < 0) return false;
  if (metric.windowHours !== null && sinceExposure >= metric.windowHours * hourMs) return false;
  const happened = Math.min(event.occurredAt, event.receivedAt);
  if (endedAt !== null && happened > endedAt) return false;
  return exposure.excludedAt === null || happened < exposure.excludedAt;
}

/** A unit's total with one more event. */
export function withEvent(total: UnitTotal, event: CountedEvent): UnitTotal {
  return { events: total.events + 1, total: total.total + event.value };
}

/** The value x of a unit in a metric, in 1e-9: 0 or 1 for CONVERSION, events for COUNT, else the sum of their values; winsorised at the cap. */
export function analysisValue(metric: MetricDefinition, total: UnitTotal): bigint {
  const one = toNano(1);
  if (metric.type === 'CONVERSION') return total.events > 0 ? one : 0n;
  const value = metric.type === 'COUNT' ? BigInt(total.events) * one : total.total;
  if (metric.cap === null) return value;
  const cap = toNano(metric.cap);
  return value > cap ? cap : value;
}

/** What a unit's totals are in one metric. */
export interface MetricTotals {
  readonly main: UnitTotal;
  /** Null for a metric without a y. */
  readonly second: UnitTotal | null;
}

/** The value y of a unit: the denominator's sum, or the covariate, measured as x is. */
function secondValue(metric: MetricDefinition, { second }: MetricTotals): bigint {
  if (second === null) return 0n;
  return metric.type === 'RATIO' ? second.total : analysisValue(metric, second);
}

/** How the sums of one cell (period, variant, metric) move; products in 1e-18. */
export interface SumsDelta {
  units: bigint;
  events: bigint;
  total: bigint;
  sumX: bigint;
  sumX2: bigint;
  sumY: bigint;
  sumY2: bigint;
  sumXY: bigint;
}

export function emptyDelta(): SumsDelta {
  return { units: 0n, events: 0n, total: 0n, sumX: 0n, sumX2: 0n, sumY: 0n, sumY2: 0n, sumXY: 0n };
}

export function isEmptyDelta(delta: SumsDelta): boolean {
  return Object.values(delta).every((value) => value === 0n);
}

/** Adds (sign 1n) or takes away (sign -1n) what one unit contributes to its cell. */
export function contribute(delta: SumsDelta, metric: MetricDefinition, totals: MetricTotals, sign: 1n | -1n): void {
  const { main } = totals;
  const x = analysisValue(metric, main);
  const y = secondValue(metric, totals);
  if (main.events > 0) delta.units += sign;
  delta.events += sign * BigInt(main.events);
  delta.total += sign * main.total;
  delta.sumX += sign * x;
  delta.sumX2 += sign * x * x;
  delta.sumY += sign * y;
  delta.sumY2 += sign * y * y;
  delta.sumXY += sign * x * y;
}

/** An accepted exposure as far as counting goes. */
export interface CountedExposure {
  readonly variant: string;
  readonly allocationVersion: number;
  readonly period: number;
  readonly occurredAt: number;
  readonly segments: readonly string[];
}

/**
 * The unit's exposure after one more was accepted. Its variant never changes; its place in time, and the allocation that it is analysed under,
 * are those of its earliest exposure, whatever the order in which they came.
 */
export function withExposure(known: UnitExposure | null, exposure: CountedExposure): UnitExposure {
  if (known === null) {
    const { variant, allocationVersion, period, occurredAt, segments } = exposure;
    return { variant, allocationVersion, period, firstExposedAt: occurredAt, segments, excludedAt: null };
  }
  const earlier = exposure.occurredAt - known.firstExposedAt || exposure.allocationVersion - known.allocationVersion;
  const isEarlier = earlier < 0 || (earlier === 0 && exposure.segments.join() < known.segments.join());
  if (!isEarlier) return known;
  const { allocationVersion, period, occurredAt, segments } = exposure;
  return { ...known, allocationVersion, period, firstExposedAt: occurredAt, segments };
}
