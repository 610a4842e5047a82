import { areBoundsFeasible } from './allocation.js';
import { covariateWarnings } from './covariate-warnings.js';
import { defaultBandit, defaultEvaluation } from './definition.js';
import type { DefinitionInput } from './definition-input.js';
import { checkEvaluation, checkMetrics, type ReadSchedule } from './definition-plan.js';
import type { Problem } from './errors.js';
import { createFindings, type Findings } from './findings.js';
import { utf8Length } from './hash.js';
import { planWarnings } from './health-power.js';
import { isWellFormed, jsonFault } from './json-value.js';
import { lookWarnings } from './look-budget.js';
import { parseTargeting } from './targeting.js';
import { attributeNamePattern } from './unit.js';

/** Most bytes of a variant's payload as JSON. */
export const maxPayloadBytes = 16 * 1024;
/** How far the sum of weights may be from 1. */
export const weightTolerance = 1e-9;

export interface CheckedDefinition {
  /** Why it is refused; empty: it is accepted. */
  readonly problems: readonly Problem[];
  /** What is accepted but unwise. */
  readonly warnings: readonly Problem[];
}

export interface CheckOptions {
  readonly readSchedule: ReadSchedule;
  /** Whether units have been assigned already: the weights are then those of the past and not held to the bandit's bounds. */
  readonly isStarted?: boolean;
  /** Days that the service keeps raw events; left out: not known, and nothing is warned of that hangs on it. */
  readonly retentionDays?: number;
}

/** Finds everything wrong with a definition at once; paths are those of the input. */
export function checkDefinition(input: DefinitionInput, options: CheckOptions): CheckedDefinition {
  const { readSchedule, isStarted = false } = options;
  const findings = createFindings();
  checkLabels(input, findings);
  checkHashing(input, findings);
  checkDesign(input, findings);
  checkVariants(input, findings);
  checkBandit(input, isStarted, findings);
  checkMetrics(input.metrics, input.design, findings);
  if (input.evaluation) checkEvaluation(input.evaluation, readSchedule, findings);
  checkTargeting(input, findings);
  return { problems: findings.problems, warnings: warningsOf(input, options) };
}

function checkLabels({ key, name, hypothesis, owner, tags }: DefinitionInput, findings: Findings): void {
  findings.key(key, ['key']);
  findings.text(name, { min: 1, max: 200 }, ['name']);
  findings.text(hypothesis, { max: 10_000 }, ['hypothesis']);
  findings.text(owner, { max: 200 }, ['owner']);
  findings.size(tags, 20, ['tags']);
  tags.forEach((tag, i) => {
    findings.text(tag, { min: 1, max: 50 }, ['tags', String(i)]);
  });
}

function checkHashing({ hashKey, salt, exclusionGroup, trafficAllocation }: DefinitionInput, findings: Findings): void {
  if (!attributeNamePattern.test(hashKey)) {
    const message = `hashKey must be userId, deviceId, tenantId or the name of an attribute (${attributeNamePattern.source}).`;
    findings.report('BAD_USER_INPUT', message, ['hashKey'], hashKey);
  }
  if (salt !== null && salt !== undefined) {
    const bytes = utf8Length(salt);
    if (bytes < 1 || bytes > 256) findings.report('INVALID_RANGE', `salt must have 1 to 256 bytes; received ${bytes}.`, ['salt'], bytes);
    if (salt.includes('\0') || !isWellFormed(salt)) findings.report('BAD_USER_INPUT', 'salt holds U+0000 or a lone surrogate.', ['salt']);
  }
  findings.text(exclusionGroup, { min: 1, max: 200 }, ['exclusionGroup']);
  findings.number(trafficAllocation, { min: 0, max: 1 }, ['trafficAllocation']);
}

function checkDesign({ design, bandit, switchback, ramp }: DefinitionInput, findings: Findings): void {
  if (design === 'SWITCHBACK' || design === 'CANARY') {
    findings.report('DESIGN_NOT_AVAILABLE', `The design ${design} is not available.`, ['design'], design);
  }
  if (ramp.length > 0) findings.report('DESIGN_NOT_AVAILABLE', 'A ramp is not available; leave it empty.', ['ramp'], ramp);
  if (bandit && design !== 'BANDIT')
    findings.report('BAD_USER_INPUT', `bandit is only for the design BANDIT; received ${design}.`, ['bandit']);
  if (switchback && design !== 'SWITCHBACK') {
    findings.report('BAD_USER_INPUT', `switchback is only for the design SWITCHBACK; received ${design}.`, ['switchback']);
  }
}

function checkVariants({ variants }: DefinitionInput, findings: Findings): void {
  if (variants.length < 2) {
    findings.report('TOO_FEW_VARIANTS', `At least two variants are needed; received ${variants.length}.`, ['variants'], variants.length);
  }
  findings.size(variants, 20, ['variants']);
  variants.forEach((variant, i) => {
    const path = ['variants', String(i)];
    findings.key(variant.key, [...path, 'key']);
    findings.text(variant.name, { max: 200 }, [...path, 'name']);
    findings.number(variant.weight, { min: 0, max: 1 }, [...path, 'weight'], 'WEIGHT_OUT_OF_RANGE');
    checkPayload(variant.payload, [...path, 'payload'], findings);
  });
  findings.distinct(variants.map(({ key }, i) => ({ key, path: ['variants', String(i), 'key'] })));
  const sum = variants.reduce((total, { weight }) => total + weight, 0);
  if (variants.length > 0 && !(Math.abs(sum - 1) <= weightTolerance)) {
    findings.report('WEIGHTS_DO_NOT_SUM_TO_ONE', `Weights must sum to 1; received ${sum}.`, ['variants'], sum);
  }
  const controls = variants.filter(({ isControl }) => isControl).length;
  if (controls > 1) findings.report('NO_SINGLE_CONTROL', `One variant may be the control; received ${controls}.`, ['variants'], controls);
}

function checkPayload(payload: unknown, path: readonly string[], findings: Findings): void {
  const fault = jsonFault(payload, maxPayloadBytes);
  if (fault) findings.report(fault.code, `The payload ${fault.message}.`, path, fault.received);
}

function checkBandit({ design, bandit, variants }: DefinitionInput, isStarted: boolean, findings: Findings): void {
  if (bandit) {
    findings.number(bandit.intervalSeconds, { min: 5, max: 86_400, whole: true }, ['bandit', 'intervalSeconds']);
    findings.number(bandit.minWeight, { min: 0, max: 1 }, ['bandit', 'minWeight']);
    findings.number(bandit.maxWeight, { min: 0, max: 1 }, ['bandit', 'maxWeight']);
    findings.number(bandit.smoothing, { min: 0, below: 1 }, ['bandit', 'smoothing']);
    findings.number(bandit.minUnitsPerArm, { min: 1, whole: true }, ['bandit', 'minUnitsPerArm']);
    findings.number(bandit.burnInSeconds, { min: 0, whole: true }, ['bandit', 'burnInSeconds']);
    findings.number(bandit.explorationDecay, { min: 0, max: 1 }, ['bandit', 'explorationDecay']);
  }
  if (design !== 'BANDIT' || variants.length < 2) return;
  const { minWeight: min, maxWeight: max } = bandit ?? defaultBandit;
  if (!areBoundsFeasible({ min, max }, variants.length)) {
    const message = `${variants.length} weights within [${min}, ${max}], in steps of 1/10,000, cannot sum to 1.`;
    findings.report('INFEASIBLE_BOUNDS', message, ['bandit'], `[${min}, ${max}]`);
  } else if (!isStarted) {
    variants.forEach(({ weight }, i) => {
      if (weight < 0 || weight > 1 || (weight >= min - weightTolerance && weight <= max + weightTolerance)) return;
      const message = `The weight must be within the bandit's bounds [${min}, ${max}]; received ${weight}.`;
      findings.report('WEIGHT_OUT_OF_RANGE', message, ['variants', String(i), 'weight'], weight);
    });
  }
}

function checkTargeting({ targeting }: DefinitionInput, findings: Findings): void {
  if (!targeting) return;
  for (const member of ['include', 'exclude'] as const) {
    targeting[member].forEach((text, i) => {
      const path = ['targeting', member, String(i)];
      if (text.includes('\0') || !isWellFormed(text))
        findings.report('BAD_USER_INPUT', 'The predicate holds U+0000 or a lone surrogate.', path);
    });
  }
  const parsed = parseTargeting(targeting);
  if (parsed.ok) return;
  for (const { code, message, path, received } of parsed.problems) findings.report(code, message, path, received);
}

function warningsOf({ variants, design, metrics, evaluation }: DefinitionInput, { readSchedule, retentionDays }: CheckOptions): Problem[] {
  const plan = { ...defaultEvaluation, ...evaluation };
  const { horizonUnits, minimumEffect } = plan;
  const outline = { ...plan, horizonUnits: horizonUnits ?? null, minimumEffect: minimumEffect ?? null };
  const schedule = readSchedule(plan.schedule);
  const underpowered = [
    ...planWarnings({ variants: variants.length, primary: metrics.primary, evaluation: outline }),
    ...(typeof schedule === 'string' ? [] : lookWarnings({ variants, evaluation: outline }, schedule.periodMs)),
    ...(retentionDays === undefined ? [] : covariateWarnings(metrics, retentionDays)),
  ];
  if (variants.length < 4 || design === 'BANDIT') return underpowered;
  const message = `${variants.length} variants in a hypothesis test dilute its power; two or three decide sooner, and a bandit explores many.`;
  return [{ code: 'MANY_VARIANTS', message, path: ['variants'], received: variants.length }, ...underpowered];
}
