import { alwaysValid, fixedLooks, groupLooks, spending, type Way, wald, withHorizon } from '../plain/looks.js';
import type { MetricKey } from './shoppers.js';

/** Plans that go by p-values, each with the formula that it stands for. */

/** Of all variants; the second look passes it. */
export const horizonUnits = 750;

export interface Plan {
  readonly evaluation: object;
  /** @param units of all variants at the first look, and at the second */
  readonly way: (units: readonly [number, number]) => Way;
  readonly alphaSpent: (units: readonly [number, number]) => readonly [number, number];
  /** Whether the second look is the last. */
  readonly ends: boolean;
  readonly maxLooks: number | null;
}

const grouped = (name: keyof typeof spending): Plan => ({
  evaluation: { method: 'GROUP_SEQUENTIAL', maxPeeks: 2, horizonUnits, spending: name },
  way: ([early, late]) => groupLooks(spending[name], early / horizonUnits, early / late),
  alphaSpent: ([early]) => [2 * spending[name](0.05, early / horizonUnits), 0.05],
  ends: true,
  maxLooks: 2,
});
const free = { ends: false, maxLooks: null };

export const plans: Readonly<Record<string, Plan>> = {
  always: { ...free, evaluation: { method: 'ALWAYS_VALID' }, way: () => alwaysValid, alphaSpent: () => [0.05, 0.05] },
  horizon: {
    ...free,
    evaluation: { method: 'ALWAYS_VALID', horizonUnits },
    way: () => withHorizon(horizonUnits / 3),
    alphaSpent: () => [0.01, 0.05],
    ends: true,
  },
  fixed: {
    evaluation: { method: 'FREQUENTIST_T_TEST', maxPeeks: 2 },
    way: () => fixedLooks,
    alphaSpent: () => [0.025, 0.05],
    ends: true,
    maxLooks: 2,
  },
  obrien: grouped('OBRIEN_FLEMING'),
  pocock: grouped('POCOCK'),
  wald: { ...free, evaluation: { method: 'SPRT', minimumEffect: 0.3 }, way: () => wald(0.3, 0.2), alphaSpent: () => [0.05, 0.05] },
};
/** Of BAYESIAN, in the unit of each metric. */
export const lossThreshold: Readonly<Record<MetricKey, number>> = { bought: 0.004, items: 0.02, spend: 0.1, failures: 0.004 };
