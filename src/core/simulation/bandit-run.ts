import { nextWeights } from '../bandit.js';
import { primaryMetricOf } from '../experiment.js';
import { effectOf, type SimulatedPlan } from './plan.js';
import type { Traffic } from './traffic.js';

export interface BanditCourse {
  /** Weights at the end, in the plan's order. */
  readonly weights: readonly number[];
  /** What was lost of the primary metric against always serving the best variant. */
  readonly regret: number;
  /** The same, had the shares been equal throughout. */
  readonly equalRegret: number;
}

const daySeconds = 86_400;

/** A bandit that moves weights as time passes, and what it gave up meanwhile. */
export function createBanditRun(plan: SimulatedPlan, traffic: Traffic) {
  const { definition, baselines } = plan;
  const { bandit: settings, variants } = definition;
  if (!settings) throw new Error(`experiment ${definition.key} is no bandit`);
  const metric = primaryMetricOf(definition);
  const sign = metric.direction === 'INCREASE' ? 1 : -1;
  const base = baselines[metric.key]?.mean ?? 0;
  const values = variants.map(({ key }) => sign * base * (1 + effectOf(plan, metric, key)));
  const best = Math.max(...values);
  const lostBy = values.map((value) => best - value);
  const equalLoss = lostBy.reduce((sum, loss) => sum + loss, 0) / variants.length;
  let regret = 0;
  let equalRegret = 0;
  let updates = 0;
  let movedOnDay = 0;

  return {
    served(units: readonly number[]): void {
      units.forEach((count, variant) => {
        regret += count * (lostBy[variant] ?? 0);
        equalRegret += count * equalLoss;
      });
    },

    /** As many ticks at once as the time since the last move had: all of them would have seen about the same. */
    move(day: number): void {
      const ticks = Math.max(1, Math.round(((day - movedOnDay) * daySeconds) / settings.intervalSeconds));
      movedOnDay = day;
      if (day * daySeconds < settings.burnInSeconds) return;
      const next = nextWeights({
        settings: { ...settings, smoothing: settings.smoothing ** ticks },
        metric,
        variants: variants.map(({ key }) => key),
        arms: traffic.arms(),
        previousWeights: traffic.weights(),
        updates: updates + ticks,
      });
      if (next.kind !== 'move') return;
      updates += ticks;
      traffic.reweigh(next.weights);
    },

    course: (): BanditCourse => ({ weights: traffic.weights(), regret, equalRegret }),
  };
}
