import { claimRow } from './claims.js';
import { atMost } from './judgements.js';
import { alpha, methodNamed } from './methods.js';
import { bernoulli, normalValues, type Population, revenue } from './populations.js';
import { type Row, type Study, sumIn } from './study.js';

interface Hardship {
  readonly name: string;
  readonly population: Population;
  /** Share of the control; half when left out. */
  readonly controlShare?: number;
}

/** What strains a normal approximation that is read early and often. */
const hardships: readonly Hardship[] = [
  { name: 'normal values', population: normalValues(10, 3) },
  { name: 'revenue, 5% pay', population: revenue(0.05, 1, 2) },
  { name: 'revenue, 5% pay, sigma 2', population: revenue(0.05, 2, 2) },
  { name: 'conversion 0.5%', population: bernoulli(0.005) },
  { name: 'conversion 5%, split 90 : 10', population: bernoulli(0.05), controlShare: 0.9 },
  { name: 'revenue, 5% pay, split 90 : 10', population: revenue(0.05, 1, 2), controlShare: 0.9 },
];

/** The same promise where it is hard to keep. */
export const hardFalsePositives: Study = {
  name: 'hard-false-positives',
  title: 'False positives under A/A, where they are hard to avoid',
  note: '90 looks, the first at 500 units of both arms: skewed and rare values, and arms of unequal size.',
  columns: ['method', 'values'],
  rows: hardRows(),
};

function hardRows(): readonly Row[] {
  return ['ALWAYS_VALID', 'ALWAYS_VALID, horizon'].flatMap((name) =>
    hardships.map(({ name: kind, population, controlShare = 0.5 }) => {
      const base = methodNamed(name).plan({ looks: 90, units: 45_000, minimumEffect: 0.1 });
      const definition = {
        ...base,
        metrics: base.metrics.map((metric) => ({ ...metric, type: population.type })),
        variants: base.variants.map((variant) => ({ ...variant, weight: variant.isControl ? controlShare : 1 - controlShare })),
      };
      const setting = { definition, populations: { purchase: [population, population] }, batch: 500, looks: 90 };
      return {
        ...claimRow(`${name}/${kind}`, setting, [2500, 120]),
        judge: (tally, count) => [atMost([name, kind], sumIn(tally, 'claims'), count, alpha)],
      };
    }),
  );
}
