import { bernoulli, normalValues, type Population } from '../../src/core/simulation/populations.js';
import { claimRow } from './claims.js';
import { atMost } from './judgements.js';
import { alpha, methodNamed } from './methods.js';
import { revenue } from './revenue.js';
import { type Row, type Study, sumIn } from './study.js';
import { clicksOverSessions, correlatedValues } from './unit-populations.js';

interface Hardship {
  readonly name: string;
  readonly population: Population;
  /** Share of the control; half when left out. */
  readonly controlShare?: number;
  /** Whether the second value is one before exposure, to be adjusted for. */
  readonly isAdjusted?: boolean;
  /** Cost of a look, in those of conversions. */
  readonly effort?: number;
}

/** What strains a normal approximation that is read early and often. */
const hardships: readonly Hardship[] = [
  { name: 'normal values', population: normalValues(10, 3) },
  { name: 'normal values, CUPED', population: correlatedValues(10, 0.7), isAdjusted: true, effort: 1.5 },
  { name: 'clicks a session (RATIO)', population: clicksOverSessions(0.2, 4), effort: 4 },
  { name: 'conversion 0.5%', population: bernoulli(0.005) },
  { name: 'conversion 5%, split 90 : 10', population: bernoulli(0.05), controlShare: 0.9 },
  { name: 'revenue, 5% pay', population: revenue(0.05, 1, 2), effort: 1.5 },
  { name: 'revenue, 5% pay, sigma 2', population: revenue(0.05, 2, 2), effort: 1.5 },
  { name: 'revenue, 5% pay, split 90 : 10', population: revenue(0.05, 1, 2), controlShare: 0.9, effort: 1.5 },
];

/** The other methods meet the two that nearly broke the first one, read as often as their plans go. */
const hardest = hardships.filter(({ name }) => name.startsWith('revenue, 5% pay, s'));

/** The same promise where it is hard to keep. */
export const hardFalsePositives: Study = {
  name: 'hard-false-positives',
  title: 'False positives under A/A, where they are hard to avoid',
  note: 'A look after every 500 units of both arms: skewed and rare values, arms of unequal size, adjusted values and ratios.',
  columns: ['method', 'looks', 'values'],
  rows: [
    ...hardships.map((hardship) => hardRow('ALWAYS_VALID', 90, hardship)),
    ...hardships.map((hardship) => hardRow('ALWAYS_VALID, horizon', 90, hardship)),
    ...hardest.map((hardship) => hardRow('SPRT', 90, hardship)),
    ...hardest.map((hardship) => hardRow('FREQUENTIST_T_TEST', 14, hardship)),
    ...hardest.map((hardship) => hardRow("GROUP_SEQUENTIAL, O'Brien-Fleming", 14, hardship)),
    ...hardest.map((hardship) => hardRow('GROUP_SEQUENTIAL, Pocock', 14, hardship)),
  ],
};

function hardRow(method: string, looks: number, { name, population, controlShare = 0.5, isAdjusted = false, effort = 1 }: Hardship): Row {
  const batch = 500;
  const base = methodNamed(method).plan({ looks, units: looks * batch, minimumEffect: 0.1 });
  const definition = {
    ...base,
    metrics: base.metrics.map((metric) => ({ ...metric, type: population.type, cuped: isAdjusted })),
    variants: base.variants.map((variant) => ({ ...variant, weight: variant.isControl ? controlShare : 1 - controlShare })),
  };
  const setting = { definition, populations: { purchase: [population, population] }, batch, looks };
  return {
    ...claimRow(`${method}/${name}`, setting, [1000, looks > 14 ? 60 : 150], effort),
    judge: (tally, count) => [atMost([method, `${looks}`, name], sumIn(tally, 'claims'), count, alpha)],
  };
}
