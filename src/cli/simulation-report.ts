import { type Definition, primaryMetricOf } from '../core/experiment.js';
import type { SimulatedPlan } from '../core/simulation/plan.js';
import type { BanditSummary, CourseSummary, RunShare } from '../core/simulation/summary.js';
import type { Output } from './output.js';

/** What a simulation found, for people. */

export interface SimulationReport {
  readonly plan: SimulatedPlan;
  readonly runs: number;
  readonly seed: number;
  /** Both worlds: one in which nothing has an effect, and the one that was described. */
  readonly none: CourseSummary;
  readonly effect: CourseSummary;
}

export function showSimulation(out: Output, { plan, runs, seed, none, effect }: SimulationReport): void {
  const { definition } = plan;
  const { method, alpha, power, correction } = definition.evaluation;
  out.print(
    `${out.paint('bold', definition.key)}: ${method}, alpha ${alpha}, power ${power}, ${definition.variants.length} variants, ${correction}`,
  );
  out.print(`${whole(plan.unitsPerDay)} units a day for up to ${days(plan.days)} days; ${whole(runs)} runs of each world, seed ${seed}`);
  out.print(`${worldText(plan)}\n`);
  out.table(
    ['', 'NO EFFECT', 'WITH THE EFFECT'],
    [
      ...decisionRows(none, effect),
      ...(method === 'BAYESIAN' ? [] : [['claims that are false', shareText(none.falseClaims), shareText(effect.falseClaims)]]),
      ['effect found (power)', null, shareText(effect.found)],
      ['days until it ended, half of the runs', dayText(none.days.median), dayText(effect.days.median)],
      ['days until it ended, 90%', dayText(none.days.ninetieth), dayText(effect.days.ninetieth)],
      ['units until then, on average', whole(none.units), whole(effect.units)],
      ...guardrailRows(none, effect),
      ...banditRows(definition, none.bandit, effect.bandit),
    ],
  );
  out.print(`\n${promise(definition)} In brackets: where the share lies, 95% sure.`);
}

function worldText({ definition, baselines, effects }: SimulatedPlan): string {
  const primary = primaryMetricOf(definition);
  const values = definition.metrics.map(({ key, type }) => {
    const { mean = 0, deviation = 0 } = baselines[key] ?? {};
    return type === 'CONVERSION' ? `${key} ${percent(mean)}` : `${key} ${mean} ± ${deviation}`;
  });
  const changes = Object.entries(effects).map(([variant, effect]) => `${variant} ${effect > 0 ? '+' : ''}${percent(effect)}`);
  return `Control: ${values.join(', ')}. Effect on ${primary.key}: ${changes.join(', ')}`;
}

type Rows = readonly (readonly (string | null)[])[];

/** Of the decisions that were taken at all; how often a variant was shipped stands below SHIP. */
function decisionRows(none: CourseSummary, effect: CourseSummary): Rows {
  return effect.decisions.flatMap((share, i) => {
    const without = none.decisions[i];
    if (share.runs + (without?.runs ?? 0) === 0) return [];
    const winners = share.decision === 'SHIP' && effect.shipped.length > 1 ? effect.shipped : [];
    return [
      [share.decision, shareText(without), shareText(share)],
      ...winners.map((winner, place) => [`  ${winner.variant}`, shareText(none.shipped[place]), shareText(winner)]),
    ];
  });
}

function guardrailRows(none: CourseSummary, effect: CourseSummary): Rows {
  return none.guardrails.map((share, i) => [
    `${share.metric}, ${share.variant}: false alarm`,
    shareText(share),
    shareText(effect.guardrails[i]),
  ]);
}

function banditRows({ variants }: Definition, none: BanditSummary | null, effect: BanditSummary | null): Rows {
  if (!none || !effect) return [];
  const saved = effect.equalRegret === 0 ? null : percent(effect.regret / effect.equalRegret);
  return [
    ['lost against the best variant', null, rounded(effect.regret)],
    ['  with equal shares', null, rounded(effect.equalRegret)],
    ['  the one as a part of the other', null, saved],
    ...variants.map(({ key }, i) => [
      `share of ${key} at the end`,
      percent(none.variants[i]?.weight ?? 0),
      percent(effect.variants[i]?.weight ?? 0),
    ]),
  ];
}

function promise({ evaluation: { method, alpha, correction } }: Definition): string {
  if (method === 'BAYESIAN')
    return 'A Bayesian plan bounds the expected loss of a decision, and promises nothing of how many claims are false.';
  if (correction === 'NONE')
    return `The plan allows ${percent(alpha)} of false claims for each comparison by itself: nothing corrects for their number.`;
  return `The plan allows ${percent(alpha)} of runs without an effect to claim one.`;
}

function shareText(share: RunShare | undefined): string | null {
  return share ? `${percent(share.share)} (${percent(share.lower)} to ${percent(share.upper)})` : null;
}

function dayText(day: number | null): string {
  return day === null ? 'not reached' : days(day);
}

function days(day: number): string {
  return day >= 1 ? day.toFixed(1) : String(Number(day.toPrecision(2)));
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))}%`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function rounded(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US');
}
