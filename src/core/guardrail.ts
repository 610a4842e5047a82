import type { ArmSums, GuardrailStatus, Interval } from './evaluation-types.js';
import { controlOf, type Definition, type MetricDefinition } from './experiment.js';
import { estimatePair, type PairEstimate, sequenceFloor } from './pair-estimate.js';
import { mixtureRho, oneSidedConfidenceSequence } from './stats/confidence-sequence.js';
import { StatisticsError } from './stats/statistics-error.js';

/** Units of a pair for which the sequence is tuned: harm is to be seen early, whatever the plan's horizon. */
const targetUnits = 1000;

/**
 * Each variant against each guardrail from live totals; ordered by metric and then by variant. A breach is proven harm beyond the threshold: the
 * one-sided confidence sequence of the harm against concurrent control, at the plan's alpha for each, excludes the threshold. It may be looked at
 * as often as one likes and does not wait for minSampleSize. Never throws on bad totals: an unknown effect is no breach.
 */
export function checkGuardrails(definition: Definition, arms: readonly ArmSums[]): readonly GuardrailStatus[] {
  return overGuardrails(definition, (metric, variant) => {
    const pair = pairOrNull(definition, arms, metric, variant);
    const interval = pair && harmInterval(pair, metric, definition.evaluation.alpha);
    return { effect: pair?.effect ?? null, interval, breached: interval !== null && isBeyond(interval, metric) };
  });
}

/** The same list when nothing may be judged. */
export function unjudgedGuardrails(definition: Definition): readonly GuardrailStatus[] {
  return overGuardrails(definition, () => ({ effect: null, interval: null, breached: false }));
}

function overGuardrails(
  definition: Definition,
  status: (metric: MetricDefinition, variant: string) => Pick<GuardrailStatus, 'effect' | 'interval' | 'breached'>,
): readonly GuardrailStatus[] {
  const variants = definition.variants.filter(({ isControl }) => !isControl);
  return definition.metrics
    .filter(({ role }) => role === 'GUARDRAIL')
    .flatMap((metric) =>
      variants.map(({ key }) => ({
        metric: metric.key,
        variant: key,
        ...status(metric, key),
        threshold: thresholdOf(metric),
        action: metric.action ?? 'ALERT',
      })),
    );
}

function thresholdOf({ threshold }: MetricDefinition): number {
  return threshold ?? 0;
}

function pairOrNull(definition: Definition, arms: readonly ArmSums[], metric: MetricDefinition, variant: string): PairEstimate | null {
  try {
    const isAdaptive = definition.design === 'BANDIT';
    // An error of every unit is the harm that most wants to be seen, and varies in no arm; harm is not proven by an arm too small to vary.
    return estimatePair(arms, { metric, control: controlOf(definition).key, variant, isAdaptive, isCautious: true });
  } catch (error) {
    if (error instanceof StatisticsError) return null;
    throw error;
  }
}

/** Bounded on the side of harm: from below where less is better, from above where more is. */
function harmInterval(pair: PairEstimate, { direction }: MetricDefinition, alpha: number): Interval | null {
  const { spread, controlUnits, variantUnits, effect } = pair;
  if (!spread || pair.isTooFew || Math.min(controlUnits, variantUnits) < sequenceFloor) return null;
  const reading = { estimate: effect, standardError: spread.testError, n: controlUnits + variantUnits };
  const { halfWidth } = oneSidedConfidenceSequence(reading, alpha, mixtureRho(Math.min(2 * alpha, 0.999), targetUnits));
  return direction === 'DECREASE'
    ? { lower: effect - halfWidth, upper: null, level: 1 - alpha }
    : { lower: null, upper: effect + halfWidth, level: 1 - alpha };
}

function isBeyond({ lower, upper }: Interval, metric: MetricDefinition): boolean {
  return (lower !== null && lower > thresholdOf(metric)) || (upper !== null && upper < -thresholdOf(metric));
}
