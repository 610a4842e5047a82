import { type ArmSums, type CarriedState, type EvaluationResult, evaluate } from '../../src/core/evaluation.js';
import type { Definition } from '../../src/core/experiment.js';
import { emptyTotals, type Population, sumsOf, type Totals } from '../../src/core/simulation/populations.js';
import type { Random } from '../../src/core/simulation/random.js';
import { multinomial } from '../../src/core/simulation/samplers.js';

/** An experiment to be run: its plan and what its units do. */
export interface Setting {
  readonly definition: Definition;
  /** By metric, one for each variant in the plan's order. */
  readonly populations: Readonly<Record<string, readonly Population[]>>;
  /** Units of all variants that come between two looks. */
  readonly batch: number;
  readonly looks: number;
  /** Whether arms get exactly their shares, as a planned number of tenants does; else each unit is drawn. */
  readonly isDealt?: boolean;
  /** False: each look is judged as if it were the first, as one does who does not know of looks. */
  readonly remembers?: boolean;
}

export interface LookAt {
  /** From 1. */
  readonly look: number;
  /** Of all variants up to now. */
  readonly units: number;
  readonly result: EvaluationResult;
}

/** One experiment, evaluated at every look by the production rules from the totals so far. Whoever has seen enough stops asking. */
export function* walk(setting: Setting, random: Random): Generator<LookAt> {
  const { definition, populations, batch, looks, isDealt = false, remembers = true } = setting;
  const propensities = definition.variants.map(({ weight }) => weight);
  const units = propensities.map(() => 0);
  const totals = Object.fromEntries(Object.keys(populations).map((key) => [key, propensities.map(emptyTotals)]));
  let previous: CarriedState | null = null;
  let looksUsed = 0;
  for (let look = 1; look <= looks; look++) {
    const counts = isDealt ? propensities.map((share) => Math.round(batch * share)) : multinomial(random, batch, propensities);
    counts.forEach((count, variant) => {
      units[variant] = (units[variant] ?? 0) + count;
      for (const [key, arms] of Object.entries(populations)) {
        const own = totals[key]?.[variant];
        if (own) arms[variant]?.add(random, own, count);
      }
    });
    const result: EvaluationResult = evaluate({
      definition,
      versions: [{ version: 1, propensities, units: [...units] }],
      arms: armsOf(setting, units, totals),
      previous,
      looksUsed,
      final: false,
      confirmatory: true,
    });
    if (remembers) {
      previous = result.carried;
      looksUsed += result.lookUsed ? 1 : 0;
    }
    yield { look, units: look * batch, result };
  }
}

function armsOf(
  { definition, populations }: Setting,
  units: readonly number[],
  totals: Readonly<Record<string, readonly Totals[]>>,
): readonly ArmSums[] {
  return definition.variants.map(({ key }, variant) => ({
    variant: key,
    period: 1,
    units: units[variant] ?? 0,
    metrics: Object.fromEntries(
      Object.entries(totals).map(([metric, arms]) => [
        metric,
        sumsOf(arms[variant] ?? emptyTotals(), populations[metric]?.[variant]?.hasSecond),
      ]),
    ),
  }));
}

/** Whether an evaluation claims an effect in the family: a significant comparison either way, or a decision to ship. */
export function claims({ comparisons, decision }: EvaluationResult): boolean {
  return decision === 'SHIP' || comparisons.some(({ role, significant }) => role !== 'GUARDRAIL' && significant);
}

/** The look at which an effect was first claimed; null when none was. */
export function firstClaim(setting: Setting, random: Random): LookAt | null {
  for (const at of walk(setting, random)) if (claims(at.result)) return at;
  return null;
}
