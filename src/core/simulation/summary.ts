import { type Decision, decisions } from '../evaluation-words.js';
import type { Definition } from '../experiment.js';
import { wilsonInterval } from '../stats/wilson.js';
import type { Course } from './course.js';

/** A share of runs with its 95% Wilson interval: what other runs of the same world would give. */
export interface RunShare {
  readonly runs: number;
  readonly share: number;
  readonly lower: number;
  readonly upper: number;
}

/** What many runs of one world came to. */
export interface CourseSummary {
  readonly runs: number;
  /** In the order in which the first that holds is taken. */
  readonly decisions: readonly ({ readonly decision: Decision } & RunShare)[];
  /** SHIP of each variant beside the control. */
  readonly shipped: readonly ({ readonly variant: string } & RunShare)[];
  /** Effects that are not there, claimed; in the primary or a secondary metric of any variant. */
  readonly falseClaims: RunShare;
  /** Effects that are there, found in the primary metric of any variant. */
  readonly found: RunShare;
  /** Days by which half and nine tenths of the runs had ended; null: by fewer. */
  readonly days: { readonly median: number | null; readonly ninetieth: number | null };
  /** Mean of all variants at the end. */
  readonly units: number;
  readonly guardrails: readonly ({ readonly metric: string; readonly variant: string } & RunShare)[];
  readonly bandit: BanditSummary | null;
}

/** Means over runs. */
export interface BanditSummary {
  /** What was lost of the primary metric against always serving the best variant, and with equal shares. */
  readonly regret: number;
  readonly equalRegret: number;
  /** Mean share at the end, and how often it was the largest. */
  readonly variants: readonly { readonly variant: string; readonly weight: number; readonly heaviest: RunShare }[];
}

/** @param courses one or more */
export function summariseCourses({ variants, metrics }: Definition, courses: readonly Course[]): CourseSummary {
  const share = (holds: (course: Course) => boolean): RunShare => shareOf(courses.filter(holds).length, courses.length);
  const others = variants.filter(({ isControl }) => !isControl).map(({ key }) => key);
  const guardrails = metrics.filter(({ role }) => role === 'GUARDRAIL');
  const days = courses.flatMap(({ decidedOnDay }) => decidedOnDay ?? []).toSorted((a, b) => a - b);
  return {
    runs: courses.length,
    decisions: decisions.map((decision) => ({ decision, ...share((course) => course.decision === decision) })),
    shipped: others.map((variant) => ({ variant, ...share(({ winner }) => winner === variant) })),
    falseClaims: share(({ claimedFalsely }) => claimedFalsely),
    found: share(({ found }) => found),
    days: {
      median: days[Math.ceil(courses.length * 0.5) - 1] ?? null,
      ninetieth: days[Math.ceil(courses.length * 0.9) - 1] ?? null,
    },
    units: mean(courses.map(({ units }) => units)),
    guardrails: guardrails.flatMap(({ key: metric }) =>
      others.map((variant) => ({ metric, variant, ...share(({ alarms }) => alarms.includes(`${metric}/${variant}`)) })),
    ),
    bandit: banditSummary(
      variants.map(({ key }) => key),
      courses,
    ),
  };
}

function banditSummary(variants: readonly string[], courses: readonly Course[]): BanditSummary | null {
  const runs = courses.flatMap(({ bandit }) => bandit ?? []);
  if (runs.length === 0) return null;
  return {
    regret: mean(runs.map(({ regret }) => regret)),
    equalRegret: mean(runs.map(({ equalRegret }) => equalRegret)),
    variants: variants.map((variant, place) => {
      const isHeaviest = (weights: readonly number[]) => weights.every((weight, i) => i === place || weight < (weights[place] ?? 0));
      return {
        variant,
        weight: mean(runs.map(({ weights }) => weights[place] ?? 0)),
        heaviest: shareOf(runs.filter(({ weights }) => isHeaviest(weights)).length, runs.length),
      };
    }),
  };
}

function shareOf(runs: number, of: number): RunShare {
  return { runs, share: runs / of, ...wilsonInterval({ successes: runs, trials: of }, 0.95) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
