import { type CarriedState, type Comparison, type EvaluationResult, evaluate } from '../evaluation.js';
import { isMetered } from '../evaluation-look.js';
import { checkGuardrails } from '../guardrail.js';
import { effectOf, type SimulatedPlan } from './plan.js';
import type { Traffic } from './traffic.js';

/** Looks at an experiment as the schedule and the watch of guardrails do. */
export function createAnalyst(plan: SimulatedPlan, traffic: Traffic) {
  const { definition } = plan;
  const { method, maxPeeks, minSampleSize } = definition.evaluation;
  const hasGuardrails = definition.metrics.some(({ role }) => role === 'GUARDRAIL');
  const alarms = new Set<string>();
  let previous: CarriedState | null = null;
  let looksUsed = 0;
  let result: Pick<EvaluationResult, 'decision' | 'winner'> = { decision: 'INSUFFICIENT_DATA', winner: null };
  let claimedFalsely = false;
  let found = false;

  function watch(): void {
    for (const { breached, metric, variant } of checkGuardrails(definition, traffic.arms())) {
      if (breached) alarms.add(`${metric}/${variant}`);
    }
    // The next scheduled look says so whatever else it sees, and units wait for neither.
    if (alarms.size > 0) result = { decision: 'ROLL_BACK', winner: null };
  }

  function look(): void {
    const evaluation = evaluate({
      definition,
      versions: traffic.versions(),
      arms: traffic.arms(),
      previous,
      looksUsed,
      final: false,
      confirmatory: true,
    });
    previous = evaluation.carried;
    looksUsed = evaluation.look;
    result = evaluation;
    for (const { breached, metric, variant } of evaluation.guardrails) if (breached) alarms.add(`${metric}/${variant}`);
    for (const comparison of evaluation.comparisons) judgeClaim(comparison);
  }

  function judgeClaim({ metric, variant, outcome }: Comparison): void {
    const own = definition.metrics.find(({ key }) => key === metric);
    // Guardrails stand outside the family: what they claim is an alarm.
    if (!own || own.role === 'GUARDRAIL' || outcome === 'INCONCLUSIVE') return;
    const gain = effectOf(plan, own, variant) * (plan.baselines[metric]?.mean ?? 0) * (own.direction === 'INCREASE' ? 1 : -1);
    if (gain === 0 || gain > 0 !== (outcome === 'BETTER')) claimedFalsely = true;
    else if (own.role === 'PRIMARY') found = true;
  }

  return {
    read(isLook: boolean): void {
      // Before every arm has minSampleSize a look judges nothing and uses nothing up.
      if (isLook && traffic.holdsInEach(minSampleSize)) look();
      else if (hasGuardrails) watch();
    },
    isUsedUp: () => isMetered(method) && looksUsed >= maxPeeks,
    verdict: () => ({ decision: result.decision, winner: result.winner, claimedFalsely, found, alarms: [...alarms] }),
  };
}
