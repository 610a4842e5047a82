import type { EvaluationMethod, MetricType } from '../../src/core/experiment.js';
import { planPower } from '../../src/core/power.js';
import { bernoulli, normalValues } from '../../src/core/simulation/populations.js';
import { metric, plan } from '../core/totals.js';
import { atLeast, near } from './judgements.js';
import { alpha } from './methods.js';
import { createTally, type Row, type Study, sumIn } from './study.js';
import { type Setting, walk } from './walk.js';

const target = 0.8;

interface Question {
  readonly method: EvaluationMethod;
  readonly looks: number;
  readonly type: MetricType;
  readonly variants: number;
}

/** What the API's `power` says it takes, tried. */
export const planning: Study = {
  name: 'planning',
  title: 'Sizes that planPower() gives for a power of 0.80',
  note: 'Share of experiments of that size in which the first variant, better by the planned 10%, is called significant. A plan of several looks finds no less than its last.',
  columns: ['method', 'looks', 'metric', 'variants', 'units'],
  rows: [
    planRow({ method: 'FREQUENTIST_T_TEST', looks: 1, type: 'CONVERSION', variants: 2 }),
    planRow({ method: 'FREQUENTIST_T_TEST', looks: 1, type: 'CONTINUOUS', variants: 2 }),
    planRow({ method: 'FREQUENTIST_T_TEST', looks: 5, type: 'CONVERSION', variants: 2 }),
    planRow({ method: 'ALWAYS_VALID', looks: 14, type: 'CONVERSION', variants: 2 }),
    planRow({ method: 'ALWAYS_VALID', looks: 14, type: 'CONTINUOUS', variants: 2 }),
    planRow({ method: 'ALWAYS_VALID', looks: 14, type: 'CONVERSION', variants: 4 }),
    planRow({ method: 'GROUP_SEQUENTIAL', looks: 5, type: 'CONVERSION', variants: 2 }),
    planRow({ method: 'SPRT', looks: 28, type: 'CONVERSION', variants: 2 }),
  ],
};

function planRow({ method, looks, type, variants }: Question): Row {
  const effect = 0.1;
  const [baseline, deviation] = type === 'CONVERSION' ? [0.05, null] : [10, 20];
  const populations = Array.from({ length: variants }, (_, variant) => {
    const mean = baseline * (variant === 1 ? 1 + effect : 1);
    return deviation === null ? bernoulli(mean) : normalValues(mean, deviation);
  });
  const { totalUnits } = planPower({
    metricType: type,
    baseline,
    standardDeviation: deviation,
    minimumEffect: effect,
    unitsPerVariant: null,
    alpha,
    power: target,
    variants,
    method,
    maxPeeks: looks,
    spending: 'OBRIEN_FLEMING',
    unitsPerDay: null,
  });
  const batch = Math.ceil(totalUnits / looks);
  const labels = [method, `${looks}`, type, `${variants}`, `${batch * looks}`];
  const definition = plan(
    { method, maxPeeks: looks, horizonUnits: batch * looks, minimumEffect: effect, correction: 'BONFERRONI' },
    [metric({ type })],
    ['control', ...Array.from({ length: variants - 1 }, (_, i) => `variant-${i + 1}`)],
  );
  const setting: Setting = { definition, populations: { purchase: populations }, batch, looks };
  return {
    key: [method, looks, type, variants].join('/'),
    runs: [3000, looks > 5 ? 300 : 1500],
    effort: looks * (variants - 1),
    simulate(random, runs) {
      const tally = createTally();
      for (let run = 0; run < runs; run++) tally.add('found', isFound(setting, random));
      return tally.result();
    },
    judge(tally, runs) {
      const found = sumIn(tally, 'found');
      // What is tested at each of several looks is planned for one of them.
      return [
        looks > 1 && method === 'FREQUENTIST_T_TEST' ? atLeast(labels, found, runs, target) : near(labels, found, runs, target, 0.02),
      ];
    },
  };
}

function isFound(setting: Setting, random: Parameters<typeof walk>[1]): boolean {
  for (const { result } of walk(setting, random)) if (result.comparisons[0]?.significant) return true;
  return false;
}
