import type { EvaluationPlanInput, GuardrailInput, MetricInput, MetricsInput } from './definition-input.js';
import type { ExperimentDesign } from './experiment.js';
import { type Findings, keyPattern } from './findings.js';
import { attributeNamePattern } from './unit.js';

/** Checks of what is measured and how it is decided. */

/** The longest time from one run of a schedule to the next; a string says what is wrong with it, in words that follow it. Cron is read outside core. */
export type ReadSchedule = (schedule: string) => { readonly periodMs: number } | string;

/** Most secondary metrics, and most guardrails. */
export const maxMetrics = 50;
/** Longest window of a metric: 30 days, for which a bandit's cohorts are kept. Raw events need not be: what is in the window is counted as it comes. */
export const maxWindowHours = 720;

/** Sizes that values are compared with: the least that nine decimals can tell from 0, and a thousand events of a unit, each of the greatest value. */
const [leastSize, greatestSize] = [1e-9, 1e15];

/** Most attributes by which results are split. */
export const maxSegments = 5;
/** Most looks of GROUP_SEQUENTIAL: each takes quadrature over all before it, and more than these gain nothing over ALWAYS_VALID. */
export const maxGroupLooks = 100;

export function checkMetrics({ primary, secondary, guardrails }: MetricsInput, design: ExperimentDesign, findings: Findings): void {
  findings.size(secondary, maxMetrics, ['metrics', 'secondary']);
  findings.size(guardrails, maxMetrics, ['metrics', 'guardrails']);
  const listed = [
    { metric: primary, path: ['metrics', 'primary'] },
    ...secondary.map((metric, i) => ({ metric, path: ['metrics', 'secondary', String(i)] })),
    ...guardrails.map((metric, i) => ({ metric, path: ['metrics', 'guardrails', String(i)] })),
  ];
  for (const { metric, path } of listed) checkMetric(metric, path, findings);
  if (design === 'BANDIT' && primary.type === 'RATIO') {
    const message = 'A bandit is moved by a value a unit: its primary metric cannot be a RATIO.';
    findings.report('METHOD_NOT_AVAILABLE', message, ['metrics', 'primary', 'type'], 'RATIO');
  }
  guardrails.forEach(({ threshold }, i) => {
    findings.number(threshold, { min: 0, max: greatestSize }, ['metrics', 'guardrails', String(i), 'threshold']);
  });
  findings.distinct(listed.map(({ metric, path }) => ({ key: metric.key, path: [...path, 'key'] })));
}

function checkMetric(metric: MetricInput | GuardrailInput, path: readonly string[], findings: Findings): void {
  findings.key(metric.key, [...path, 'key']);
  findings.text(metric.name, { max: 200 }, [...path, 'name']);
  findings.number(metric.windowHours, { above: 0, max: maxWindowHours }, [...path, 'windowHours']);
  // A conversion is 0 or 1, and a cap below 1 would make it something else.
  findings.number(metric.cap, { min: metric.type === 'CONVERSION' ? 1 : leastSize, max: greatestSize }, [...path, 'cap']);
  checkDenominator(metric, path, findings);
  if (metric.type === 'RATIO' && 'cuped' in metric && metric.cuped) {
    findings.report('METHOD_NOT_AVAILABLE', 'cuped is not available for metrics of the type RATIO.', [...path, 'cuped'], true);
  }
}

function checkDenominator({ key, type, denominator }: MetricInput | GuardrailInput, path: readonly string[], findings: Findings): void {
  const isGiven = denominator !== null && denominator !== undefined;
  const fault = (message: string) => findings.report('BAD_USER_INPUT', message, [...path, 'denominator'], denominator ?? undefined);
  if (type !== 'RATIO') {
    if (isGiven) fault(`denominator is only for the type RATIO; received ${type}.`);
  } else if (!isGiven) fault('RATIO needs denominator, the key of the metric below the line.');
  else if (!keyPattern.test(denominator)) fault(`denominator must be the key of a metric (${keyPattern.source}).`);
  else if (denominator === key) fault('denominator must be another metric than the one above the line.');
}

export function checkEvaluation(plan: EvaluationPlanInput, readSchedule: ReadSchedule, findings: Findings): void {
  const at = (member: string) => ['evaluation', member];
  for (const [method, member] of membersNeeded) {
    if (plan.method === method && (plan[member] ?? null) === null)
      findings.report('BAD_USER_INPUT', `${method} needs ${member}.`, at(member));
  }
  findings.number(plan.alpha, { above: 0, below: 1 }, at('alpha'));
  findings.number(plan.power, { above: 0, below: 1 }, at('power'));
  if (plan.method === 'SPRT' && plan.power > 0 && plan.power < 1 && plan.alpha > 0 && plan.alpha < 1 && plan.power <= plan.alpha) {
    findings.report('INVALID_RANGE', `SPRT needs a power above alpha; received ${plan.power}.`, at('power'), plan.power);
  }
  const mostLooks = plan.method === 'GROUP_SEQUENTIAL' ? maxGroupLooks : 1_000;
  findings.number(plan.maxPeeks, { min: 1, max: mostLooks, whole: true }, at('maxPeeks'));
  findings.number(plan.minSampleSize, { min: 1, whole: true }, at('minSampleSize'));
  findings.number(plan.horizonUnits, { min: 1, whole: true }, at('horizonUnits'));
  findings.number(plan.minimumEffect, { min: leastSize, max: greatestSize }, at('minimumEffect'));
  findings.number(plan.lossThreshold, { min: leastSize, max: greatestSize }, at('lossThreshold'));
  const read = readSchedule(plan.schedule);
  if (typeof read === 'string')
    findings.report('INVALID_SCHEDULE', `The schedule "${plan.schedule}" ${read}.`, at('schedule'), plan.schedule);
  checkSegments(plan.segments, findings);
}

/** What a method cannot do without. */
const membersNeeded = [
  ['GROUP_SEQUENTIAL', 'horizonUnits'],
  ['SPRT', 'minimumEffect'],
  ['BAYESIAN', 'lossThreshold'],
] as const;

function checkSegments(segments: readonly string[], findings: Findings): void {
  const path = ['evaluation', 'segments'];
  findings.size(segments, maxSegments, path);
  segments.forEach((segment, i) => {
    if (attributeNamePattern.test(segment)) return;
    const message = `"${segment}" cannot name an attribute (${attributeNamePattern.source}).`;
    findings.report('BAD_USER_INPUT', message, [...path, String(i)], segment);
  });
  findings.distinct(segments.map((segment, i) => ({ key: segment, path: [...path, String(i)] })));
}
