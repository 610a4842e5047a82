import { type Difference, welch } from './comparisons.js';
import { integral, normalDensity, normalPoint, normalTail, root, studentPoint, studentTail } from './distributions.js';

/** What each way of looking says of a difference at its first and second look, by the formula of the paper. Nothing here comes from the product. */

export interface Read {
  readonly pValue: number;
  /** Of the 95% interval. */
  readonly halfWidth: number;
  /** SPRT: whether both registered changes are ruled out. */
  readonly isAccepted?: boolean;
}

/** The looks of a plan: a difference at the first, and at the second the new one. */
export type Way = (difference: Difference, isSecond: boolean) => Read;

const alpha = 0.05;

/** Welch's test at alpha / 2 each. */
export const fixedLooks: Way = (difference) => ({
  pValue: Math.min(1, 2 * welch(difference)),
  halfWidth: studentPoint(alpha / 4, difference.df) * difference.standardError,
});

/** Waudby-Smith et al. (2024), theorem 2.2, tightest at `target` units. */
function sequence({ effect, standardError, units }: Difference, ownAlpha: number, target: number): Read {
  const log = -2 * Math.log(ownAlpha);
  const m = (units * (log + Math.log(1 + log))) / target;
  const z = effect / standardError;
  return {
    pValue: Math.min(1, Math.sqrt(m + 1) * Math.exp((-z * z * m) / (2 * (m + 1)))),
    halfWidth: standardError * Math.sqrt(((2 * (m + 1)) / m) * Math.log(Math.sqrt(m + 1) / ownAlpha)),
  };
}

/** Without a horizon, tuned for 5,000 units. */
export const alwaysValid: Way = (difference) => sequence(difference, alpha, 5_000);

/** A fifth of alpha for the sequence, the rest for one test at the horizon, which the second look reaches. @param target half of the pair's units then */
export const withHorizon =
  (target: number): Way =>
  (difference, isSecond) => {
    const always = sequence(difference, alpha / 5, target);
    const pValue = Math.min(1, always.pValue / 0.2);
    if (!isSecond) return { ...always, pValue };
    const final = studentPoint((0.8 * alpha) / 2, difference.df) * difference.standardError;
    return { pValue: Math.min(pValue, welch(difference) / 0.8), halfWidth: Math.min(always.halfWidth, final) };
  };

/** Wald's likelihood ratio of a change of `change` times the control either way, their mean. @param miss the chance to miss it */
export const wald =
  (change: number, miss: number): Way =>
  ({ effect, standardError, controlMean }) => {
    const alternative = change * Math.abs(controlMean);
    const drift = alternative / standardError ** 2;
    const ratio = (side: number) => Math.exp(side * drift * effect - (drift * alternative) / 2);
    return {
      pValue: Math.min(1, 2 / (ratio(1) + ratio(-1))),
      halfWidth: Math.acosh(Math.exp((drift * alternative) / 2) / alpha) / drift,
      isAccepted: Math.max(ratio(1), ratio(-1)) <= miss / (1 - alpha / 2),
    };
  };

type Spent = (all: number, fraction: number) => number;

/** Error of one side by a fraction, of a two-sided alpha (Lan and DeMets 1983). */
export const spending: Readonly<Record<'OBRIEN_FLEMING' | 'POCOCK', Spent>> = {
  OBRIEN_FLEMING: (all, fraction) => 2 * normalTail(normalPoint(all / 4) / Math.sqrt(fraction)),
  POCOCK: (all, fraction) => (all / 2) * Math.log(1 + (Math.E - 1) * fraction),
};

/** Above it the product gives 1: nothing hangs on p-values so large. */
const largest = Math.exp(-1 / 8);

/**
 * Two looks, the second with all error spent. The p-value is the alpha whose boundary the look just meets: the chance to stay between the first
 * boundaries and to pass the second one, by one integral over the first statistic.
 *
 * @param fraction  of the plan, at the first look
 * @param share     of the units of the second look, at the first
 */
export const groupLooks =
  (spent: Spent, fraction: number, share: number): Way =>
  ({ effect, standardError, df }, isSecond) => {
    const z = normalPoint(studentTail(Math.abs(effect) / standardError, df));
    const half = (boundary: number) => studentPoint(normalTail(boundary), df) * standardError;
    const first = (all: number) => normalPoint(spent(all, fraction));
    if (!isSecond) {
      const excess = (log: number) => spent(Math.exp(log), fraction) - normalTail(z);
      return { pValue: excess(0) < 0 ? 1 : Math.exp(root(excess, -60, 0)), halfWidth: half(first(alpha)) };
    }
    const passing = (boundary: number, last: number) =>
      integral((x) => normalDensity(x) * normalTail((last - x * Math.sqrt(share)) / Math.sqrt(1 - share)), -boundary, boundary, 200);
    const left = (all: number) => all / 2 - spent(all, fraction);
    const excess = (log: number) => left(Math.exp(log)) - passing(first(Math.exp(log)), z);
    const last = root((each) => left(alpha) - passing(first(alpha), each), 0, 8);
    const pValue = Math.exp(root(excess, -30, 0));
    return { pValue: pValue > largest ? 1 : pValue, halfWidth: half(last) };
  };
