import { enrolledSlots, slotCount, toSlots } from '../core/allocation.js';
import { nextWeights } from '../core/bandit.js';
import type { ArmSums } from '../core/evaluation.js';
import { type Experiment, primaryMetricOf } from '../core/experiment.js';
import { anomalyLookBackHours, checkConversions, isAnomalyVisible } from '../core/health-anomaly.js';
import { rateScores } from '../core/health-score.js';
import { boundsOf } from '../core/reallocation.js';
import { reallocate } from './allocations.js';
import type { Change, Changer } from './change.js';
import { type BanditMeter, unmetered } from './meters.js';
import { ruleCommand } from './ports.js';

/** Moves the weights of bandits towards what works. */

/** What a tick came to. `outdated`: another worker took this turn. */
export type TickOutcome = 'moved' | 'held' | 'halted' | 'idle' | 'outdated';

/** A move of fewer slots than this is not worth a version. */
const leastMove = 50;

export interface BanditParts {
  readonly changer: Changer;
  readonly meter?: BanditMeter;
}

export function createBandit({ changer, meter = unmetered.bandits }: BanditParts) {
  async function halt(change: Change, experiment: Experiment, reason: string, variant: string | null = null): Promise<'halted'> {
    const { definition, disabledVariants } = experiment;
    const enabled = definition.variants.length - disabledVariants.length;
    const weights = definition.variants.map(({ key }) => (disabledVariants.includes(key) ? 0 : 1 / enabled));
    const message = `The bandit of "${definition.name}" was halted: its weights are equal until somebody resumes it. CONVERSION_ANOMALY says why.`;
    await change.raise(experiment, {
      kind: 'CONVERSION_ANOMALY',
      severity: 'CRITICAL',
      message: reason,
      metric: primaryMetricOf(definition).key,
      variant,
    });
    await change.raise(experiment, { kind: 'BANDIT_HALTED', severity: 'CRITICAL', message });
    const equal = await reallocate(change, experiment, { weights, cause: 'REVERT' });
    await change.save(experiment, { ...equal, banditHaltedAt: change.at }, { reason });
    return 'halted';
  }

  /** Rates that left their own history; the primary metric of other types than CONVERSION has none. */
  async function anomaly(change: Change, experiment: Experiment, variants: readonly string[], arms: readonly ArmSums[], startedAt: Date) {
    const { key, type, windowHours } = primaryMetricOf(experiment.definition);
    if (type !== 'CONVERSION' || !isAnomalyVisible(arms, key)) return null;
    const { at: now, transaction } = change;
    // Units of an hour are taken together, when the window of the last of them has passed.
    const matured = windowHours === null ? now : hoursBefore(now, windowHours + 1);
    const cohorts = await transaction.cohorts(experiment, hoursBefore(matured, anomalyLookBackHours), matured);
    meter.scored(experiment, rateScores(cohorts, variants));
    return checkConversions({ cohorts, variants, startedAt, resumedAt: experiment.banditResumedAt, now });
  }

  async function step(change: Change, experiment: Experiment, turns: number): Promise<TickOutcome> {
    const { definition, disabledVariants, allocation, startedAt } = experiment;
    const settings = definition.bandit;
    if (!settings || !allocation || !startedAt) return 'idle';
    if (change.at.getTime() < startedAt.getTime() + settings.burnInSeconds * 1_000) return 'held';
    const isOn = ({ key }: { readonly key: string }) => !disabledVariants.includes(key);
    const variants = definition.variants.filter(isOn).map(({ key }) => key);
    const arms = await change.transaction.maturedArms(experiment, change.at);
    const found = await anomaly(change, experiment, variants, arms, startedAt);
    if (found) return halt(change, experiment, found.reason, found.variant);
    const shareOf = new Map(allocation.weights.map(({ variant, weight }) => [variant, weight]));
    const next = nextWeights({
      settings,
      metric: primaryMetricOf(definition),
      variants,
      arms,
      previousWeights: variants.map((key) => shareOf.get(key) ?? 0),
      updates: turns + 1,
    });
    if (next.kind === 'halt') return halt(change, experiment, next.reason);
    if (next.kind === 'hold') return 'held';
    const weightOf = new Map(variants.map((key, i) => [key, next.weights[i] ?? 0]));
    const weights = definition.variants.map(({ key }) => weightOf.get(key) ?? 0);
    if (slotsMoved(experiment, weights) < leastMove) return 'held';
    const probabilityBest = variants.map((variant, i) => ({ variant, probability: next.probabilityBest[i] ?? 0 }));
    const moved = await reallocate(change, experiment, { weights, cause: 'BANDIT', probabilityBest });
    await Promise.all([change.save(experiment, moved, { revise: false }), change.transaction.countTurn(experiment.id, 'bandit')]);
    return 'moved';
  }

  return {
    /** Moves traffic once. Of two ticks that meet, one takes the turn and the other does nothing. */
    async tick(experimentId: string, requestId?: string): Promise<TickOutcome> {
      const outcome = await changer.run(ruleCommand('bandit', 'reweigh', requestId), async (change) => {
        const experiment = await change.transaction.lockExperimentById(experimentId);
        const settings = experiment?.definition.bandit;
        if (!experiment || !settings || experiment.status !== 'RUNNING' || experiment.banditHaltedAt) return 'idle';
        // The experiment's row is locked: who comes second sees the turn taken, however long either was held up.
        const turn = await change.transaction.claimTick(experimentId, 'bandit', change.at, settings.intervalSeconds * 500);
        return turn ? step(change, experiment, turn.count) : 'outdated';
      });
      meter.ticked(outcome);
      return outcome;
    },
  };
}

function hoursBefore(time: Date, hours: number): Date {
  return new Date(time.getTime() - hours * 3_600_000);
}

function slotsMoved({ definition, allocation }: Experiment, weights: readonly number[]): number {
  const total = allocation ? enrolledSlots(allocation.runs) : 0;
  if (!allocation || total === 0) return 0;
  const slots = toSlots(weights, boundsOf(definition), total);
  const gains = allocation.weights.map(({ weight }, i) => Math.max(0, (slots[i] ?? 0) / total - weight));
  return Math.round(gains.reduce((sum, gain) => sum + gain, 0) * slotCount);
}
