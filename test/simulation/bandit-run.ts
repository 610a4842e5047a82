import { toSlots } from '../../src/core/allocation.js';
import { nextWeights } from '../../src/core/bandit.js';
import type { ArmSums, VersionUnits } from '../../src/core/evaluation.js';
import type { BanditSettings } from '../../src/core/experiment.js';
import type { Random } from '../../src/core/simulation/random.js';
import { beta, binomial, multinomial } from '../../src/core/simulation/samplers.js';
import { smoothedWeights } from '../../src/core/stats/simplex.js';
import { converted, metric } from '../core/totals.js';

/** `pooled`: the production rules on totals over all periods, as if the base rate stood still. */
export type Weigher = 'production' | 'pooled' | 'one draw' | 'uniform';

/** A bandit on conversions. */
export interface BanditSetting {
  readonly variants: readonly string[];
  readonly settings: BanditSettings;
  readonly weigher: Weigher;
  /** Rates of the arms in a batch, from 0. */
  readonly rates: (batch: number) => readonly number[];
  /** Units of all arms between two ticks. */
  readonly batch: number;
  readonly batches: number;
}

/** All that is known after a batch. */
export interface BanditAt {
  /** From 0. */
  readonly batch: number;
  /** Weights under which it came. */
  readonly weights: readonly number[];
  /** Units of each arm in it. */
  readonly units: readonly number[];
  readonly arms: readonly ArmSums[];
  readonly versions: readonly VersionUnits[];
}

export const defaultSettings: BanditSettings = {
  intervalSeconds: 60,
  minWeight: 0.05,
  maxWeight: 0.9,
  smoothing: 0.3,
  minUnitsPerArm: 100,
  burnInSeconds: 0,
  explorationDecay: 0.5,
};

/** Units an arm at which an analysis period ends with the next move, as allocations are saved. */
const unitsPerPeriod = 100;
const primary = metric();

/** A bandit from batch to batch: weights by nextWeights() (or by a rival), stored in whole slots, a period and a version for each move. */
export function* runBandit(setting: BanditSetting, random: Random): Generator<BanditAt> {
  const { variants, settings, rates, batch: size, batches } = setting;
  const cells: { units: number[]; conversions: number[] }[] = [];
  const versions: { version: number; propensities: readonly number[]; units: number[] }[] = [];
  let weights: readonly number[] = stored(
    variants.map(() => 1 / variants.length),
    settings,
  );
  let period = 0;
  let updates = 0;
  let isNewVersion = true;
  for (let batch = 0; batch < batches; batch++) {
    if (isNewVersion) versions.push({ version: versions.length + 1, propensities: weights, units: variants.map(() => 0) });
    const units = multinomial(random, size, weights);
    const cell = cells[period] ?? { units: variants.map(() => 0), conversions: variants.map(() => 0) };
    cells[period] = cell;
    units.forEach((count, arm) => {
      cell.units[arm] = (cell.units[arm] ?? 0) + count;
      cell.conversions[arm] = (cell.conversions[arm] ?? 0) + binomial(random, count, rates(batch)[arm] ?? 0);
    });
    const version = versions.at(-1);
    if (version) version.units = version.units.map((count, arm) => count + (units[arm] ?? 0));
    const arms = cells.flatMap((own, index) =>
      variants.map((variant, arm) => ({
        variant,
        period: index + 1,
        units: own.units[arm] ?? 0,
        metrics: { [primary.key]: converted(own.conversions[arm] ?? 0) },
      })),
    );
    yield { batch, weights, units, arms, versions };
    const next = weigh(setting, arms, weights, updates + 1, random);
    isNewVersion = next !== null;
    if (!next) continue;
    updates += 1;
    weights = next;
    if (cell.units.every((count) => count >= unitsPerPeriod)) period += 1;
  }
}

/** Null: they stay. @throws when the production bandit halts */
function weigh(setting: BanditSetting, arms: readonly ArmSums[], previousWeights: readonly number[], updates: number, random: Random) {
  const { weigher, settings, variants } = setting;
  if (weigher === 'uniform') return null;
  if (weigher === 'production' || weigher === 'pooled') {
    const known = weigher === 'pooled' ? inOnePeriod(arms) : arms;
    const step = nextWeights({ settings, metric: primary, variants, arms: known, previousWeights, updates });
    if (step.kind === 'halt') throw new Error(`the bandit halted: ${step.reason}`);
    return step.kind === 'move' ? stored(step.weights, settings) : null;
  }
  const drawn = variants.map((variant) => {
    const own = arms.filter((arm) => arm.variant === variant);
    const units = own.reduce((sum, arm) => sum + arm.units, 0);
    const conversions = own.reduce((sum, arm) => sum + (arm.metrics[primary.key]?.units ?? 0), 0);
    return beta(random, 1 + conversions, 1 + units - conversions);
  });
  const sum = drawn.reduce((total, rate) => total + rate, 0);
  const bounds = [settings.minWeight, settings.maxWeight].map((bound) => variants.map(() => bound));
  const [lower = [], upper = []] = bounds;
  return stored(
    smoothedWeights(
      previousWeights,
      drawn.map((rate) => rate / sum),
      1 - settings.smoothing,
      lower,
      upper,
    ),
    settings,
  );
}

function stored(weights: readonly number[], { minWeight, maxWeight }: BanditSettings): readonly number[] {
  return toSlots(weights, { min: minWeight, max: maxWeight }).map((slots) => slots / 10_000);
}

/** The same cells as if no weights had ever moved. */
export function inOnePeriod(arms: readonly ArmSums[]): readonly ArmSums[] {
  return arms.map((arm) => ({ ...arm, period: 1 }));
}
