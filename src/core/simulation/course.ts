import type { Decision } from '../evaluation-words.js';
import { createAnalyst } from './analyst.js';
import { type BanditCourse, createBanditRun } from './bandit-run.js';
import { momentsOf } from './moments.js';
import type { SimulatedPlan } from './plan.js';
import type { Random } from './random.js';
import { createTraffic } from './traffic.js';

/** What one simulated experiment came to. */
export interface Course {
  /** The last word; of a bandit, which goes on, the first that would have ended another. */
  readonly decision: Decision;
  readonly winner: string | null;
  /** When it was said; null: nothing ended it. */
  readonly decidedOnDay: number | null;
  /** Units of all variants at its end; of a bandit when the decision fell. */
  readonly units: number;
  /** Whether an effect was claimed where there is none, or the wrong way round, in the primary or a secondary metric. */
  readonly claimedFalsely: boolean;
  /** Whether an effect that is there was found in the primary metric. */
  readonly found: boolean;
  /** Guardrails that gave alarm, as `metric/variant`. */
  readonly alarms: readonly string[];
  /** Null unless the design is BANDIT. */
  readonly bandit: BanditCourse | null;
}

const ends: ReadonlySet<Decision> = new Set(['INVALID', 'ROLL_BACK', 'SHIP', 'DO_NOT_SHIP']);

/** Plays one experiment by the rules that judge the real ones: evaluation, guardrails, and a bandit's moves. */
export function simulateCourse(plan: SimulatedPlan, random: Random): Course {
  const { definition } = plan;
  const traffic = createTraffic(plan, random);
  const analyst = createAnalyst(plan, traffic);
  const bandit = definition.bandit ? createBanditRun(plan, traffic) : null;
  let end: { readonly day: number; readonly units: number } | null = null;
  let units = 0;
  for (const moment of momentsOf(plan)) {
    const came = traffic.admitTo(moment.units);
    bandit?.served(came);
    units = moment.units;
    if (!end) {
      analyst.read(moment.isLook);
      if (ends.has(analyst.verdict().decision)) end = moment;
    }
    if (!bandit && (end || analyst.isUsedUp())) break;
    bandit?.move(moment.day);
  }
  return { ...analyst.verdict(), decidedOnDay: end?.day ?? null, units: end?.units ?? units, bandit: bandit?.course() ?? null };
}
