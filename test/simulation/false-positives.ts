import { plan } from '../core/totals.js';
import { atMost, inRange, notBuilt, shown } from './judgements.js';
import { alpha, isBuilt, type MethodCase, methodNamed, methods } from './methods.js';
import { bernoulli, normalValues, type Population, revenue } from './populations.js';
import { createTally, type Row, type Study, sumIn } from './study.js';
import { firstClaim, type Setting } from './walk.js';

/** Looks, units of both arms between them, and runs. Early looks come at few units, where a normal approximation is weakest. */
const readings = [
  { looks: 1, batch: 20_000, runs: [20_000, 20_000] },
  { looks: 5, batch: 4000, runs: [20_000, 4000] },
  { looks: 14, batch: 2000, runs: [20_000, 2000] },
  { looks: 28, batch: 1000, runs: [20_000, 1000] },
  { looks: 90, batch: 500, runs: [10_000, 300] },
  { looks: 1000, batch: 100, runs: [2000, 30] },
] as const;

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

/** No effect anywhere: how often each method claims one at some look. */
export const falsePositives: Study = {
  name: 'false-positives',
  title: 'False positives under A/A',
  note: 'Two arms that convert at 5%; share of experiments in which some look claims an effect. Each look is one evaluate() of the totals so far.',
  columns: ['method', 'looks', 'units'],
  rows: [...methods.flatMap((method) => readings.map((reading) => lookRow(method, reading))), ...naiveRows(), ...hardRows()],
};

function lookRow(method: MethodCase, { looks, batch, runs }: (typeof readings)[number]): Row {
  const units = looks * batch;
  const definition = method.plan({ looks, units, minimumEffect: 0.1 });
  const labels = [method.name, `${looks}`, `${units}`];
  const isPossible = looks <= method.mostLooks;
  return {
    ...claimRow(
      `${method.name}/${looks}`,
      { definition, populations: { purchase: [bernoulli(0.05), bernoulli(0.05)] }, batch, looks },
      runs,
    ),
    missing: isPossible ? (isBuilt(definition) ? undefined : [notBuilt(labels)]) : [],
    judge(tally, count) {
      const hits = sumIn(tally, 'claims');
      if (method.promisedAlpha === null) return [shown(labels, `${(hits / count).toFixed(4)}`, count)];
      const lines = [atMost(labels, hits, count, method.promisedAlpha)];
      // What is promised at any number of looks must still be of use: bounds of the acceptance table.
      if (looks !== 28) return lines;
      if (method.name === 'ALWAYS_VALID') return [inRange(labels, hits, count, [0.005, 0.0551], 20_000)];
      if (method.name === 'ALWAYS_VALID, horizon') return [inRange(labels, hits, count, [0.035, 0.0551], 20_000)];
      if (method.name.startsWith('GROUP_SEQUENTIAL')) return [inRange(labels, hits, count, [0.0449, 0.0551], 20_000)];
      return lines;
    },
  };
}

function naiveRows(): readonly Row[] {
  const definition = plan({ method: 'FREQUENTIST_T_TEST', maxPeeks: 1 });
  const setting = { definition, populations: { purchase: [bernoulli(0.05), bernoulli(0.05)] }, batch: 2000, looks: 14, remembers: false };
  const labels = ['(naive: p < 0.05 at any look)', '14', '28000'];
  return [
    {
      ...claimRow('naive/14', setting, [5000, 1000]),
      judge: (tally, count) => [inRange(labels, sumIn(tally, 'claims'), count, [0.19, 1], 5000)],
    },
  ];
}

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
        ...claimRow(`${name}/${kind}`, setting, [5000, 100]),
        judge: (tally, count) => [atMost([`${name}: ${kind}`, '90', '45000'], sumIn(tally, 'claims'), count, alpha)],
      };
    }),
  );
}

/** Counts the experiments that ever claim an effect. */
export function claimRow(key: string, setting: Setting, runs: readonly [number, number]): Omit<Row, 'judge'> {
  return {
    key,
    runs,
    effort: setting.looks,
    simulate(random, count) {
      const tally = createTally();
      for (let run = 0; run < count; run++) tally.add('claims', firstClaim(setting, random) !== null);
      return tally.result();
    },
  };
}
