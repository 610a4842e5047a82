import type { EvaluationPlanInput, GuardrailInput, MetricInput, MetricsInput } from './definition-input.js';
import type { EvaluationMethod } from './experiment.js';
import type { Findings } from './findings.js';
import { attributeNamePattern } from './unit.js';

/** Checks of what is measured and how it is decided. */

/** What is wrong with a schedule, in words that follow it; null: nothing. Cron is read outside core. */
export type ScheduleFault = (schedule: string) => string | null;

/** Most secondary metrics, and most guardrails. */
export const maxMetrics = 50;
/** Longest window of a metric: 30 days, as long as raw events are kept at least. */
export const maxWindowHours = 720;

const methodsAvailable: readonly EvaluationMethod[] = ['ALWAYS_VALID', 'FREQUENTIST_T_TEST'];

export function checkMetrics({ primary, secondary, guardrails }: MetricsInput, findings: Findings): void {
  findings.size(secondary, maxMetrics, ['metrics', 'secondary']);
  findings.size(guardrails, maxMetrics, ['metrics', 'guardrails']);
  const listed = [
    { metric: primary, path: ['metrics', 'primary'] },
    ...secondary.map((metric, i) => ({ metric, path: ['metrics', 'secondary', String(i)] })),
    ...guardrails.map((metric, i) => ({ metric, path: ['metrics', 'guardrails', String(i)] })),
  ];
  for (const { metric, path } of listed) checkMetric(metric, path, findings);
  guardrails.forEach(({ threshold }, i) => {
    findings.number(threshold, { min: 0 }, ['metrics', 'guardrails', String(i), 'threshold']);
  });
  findings.distinct(listed.map(({ metric, path }) => ({ key: metric.key, path: [...path, 'key'] })));
}

function checkMetric(metric: MetricInput | GuardrailInput, path: readonly string[], findings: Findings): void {
  findings.key(metric.key, [...path, 'key']);
  findings.text(metric.name, { max: 200 }, [...path, 'name']);
  findings.number(metric.windowHours, { above: 0, max: maxWindowHours }, [...path, 'windowHours']);
  // A conversion is 0 or 1, and a cap below 1 would make it something else.
  findings.number(metric.cap, metric.type === 'CONVERSION' ? { min: 1 } : { above: 0 }, [...path, 'cap']);
  if (metric.type === 'RATIO')
    findings.report('METHOD_NOT_AVAILABLE', 'Metrics of the type RATIO are not available.', [...path, 'type'], 'RATIO');
  else if (metric.denominator !== null && metric.denominator !== undefined) {
    findings.report(
      'BAD_USER_INPUT',
      `denominator is only for the type RATIO; received ${metric.type}.`,
      [...path, 'denominator'],
      metric.denominator,
    );
  }
  if ('cuped' in metric && metric.cuped) findings.report('METHOD_NOT_AVAILABLE', 'cuped is not available.', [...path, 'cuped'], true);
}

export function checkEvaluation(plan: EvaluationPlanInput, scheduleFault: ScheduleFault, findings: Findings): void {
  const at = (member: string) => ['evaluation', member];
  if (!methodsAvailable.includes(plan.method)) {
    const message = `The method ${plan.method} is not available; there are ${methodsAvailable.join(', ')}.`;
    findings.report('METHOD_NOT_AVAILABLE', message, at('method'), plan.method);
  }
  for (const [method, member] of membersNeeded) {
    if (plan.method === method && (plan[member] ?? null) === null)
      findings.report('BAD_USER_INPUT', `${method} needs ${member}.`, at(member));
  }
  findings.number(plan.alpha, { above: 0, below: 1 }, at('alpha'));
  findings.number(plan.power, { above: 0, below: 1 }, at('power'));
  findings.number(plan.maxPeeks, { min: 1, max: 1_000, whole: true }, at('maxPeeks'));
  findings.number(plan.minSampleSize, { min: 1, whole: true }, at('minSampleSize'));
  findings.number(plan.horizonUnits, { min: 1, whole: true }, at('horizonUnits'));
  findings.number(plan.minimumEffect, { above: 0 }, at('minimumEffect'));
  findings.number(plan.lossThreshold, { above: 0 }, at('lossThreshold'));
  const fault = scheduleFault(plan.schedule);
  if (fault !== null) findings.report('INVALID_SCHEDULE', `The schedule "${plan.schedule}" ${fault}.`, at('schedule'), plan.schedule);
  checkSegments(plan.segments, findings);
}

/** What a method cannot do without. */
const membersNeeded = [
  ['GROUP_SEQUENTIAL', 'horizonUnits'],
  ['SPRT', 'minimumEffect'],
  ['BAYESIAN', 'lossThreshold'],
] as const;

function checkSegments(segments: readonly string[], findings: Findings): void {
  if (segments.length > 0) {
    findings.report(
      'METHOD_NOT_AVAILABLE',
      'Results by segment are not available; leave segments empty.',
      ['evaluation', 'segments'],
      segments,
    );
  }
  findings.size(segments, 20, ['evaluation', 'segments']);
  segments.forEach((segment, i) => {
    if (attributeNamePattern.test(segment)) return;
    const message = `"${segment}" cannot name an attribute (${attributeNamePattern.source}).`;
    findings.report('BAD_USER_INPUT', message, ['evaluation', 'segments', String(i)], segment);
  });
}
