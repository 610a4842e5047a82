import type { Correction, EvaluationPlan } from '../../src/core/experiment.js';
import { bernoulli, type Population } from '../../src/core/simulation/populations.js';
import { metric, plan } from '../core/totals.js';
import { atMost, inRange, type Line } from './judgements.js';
import { alpha } from './methods.js';
import { createTally, type Row, type Study, sumIn } from './study.js';
import { type Setting, walk } from './walk.js';

const looks = 14;
const batchPerArm = 1000;

/** Any false claim in a family of variants x metrics. */
export const families: Study = {
  name: 'families',
  title: 'Family-wise error',
  note: 'Control and variants x metrics, 14 looks, 1,000 units an arm between them; share of experiments with any comparison called significant that is null.',
  columns: ['method', 'correction', 'family', 'null'],
  rows: [
    familyRow('ALWAYS_VALID', 'HOLM', 3, 4),
    familyRow('ALWAYS_VALID', 'HOLM', 4, 5),
    familyRow('ALWAYS_VALID', 'BONFERRONI', 4, 5),
    familyRow('ALWAYS_VALID', 'BENJAMINI_HOCHBERG', 4, 5),
    familyRow('FREQUENTIST_T_TEST', 'HOLM', 4, 5),
    familyRow('ALWAYS_VALID, horizon', 'HOLM', 4, 5),
    familyRow('ALWAYS_VALID, horizon', 'HOLM', 4, 5, true),
    familyRow('ALWAYS_VALID, horizon', 'NONE', 4, 5),
  ],
};

/** @param variants the control not among them. @param isMixed whether the first variant has an effect on every metric, so that Holm has steps to take */
function familyRow(method: string, correction: Correction, variants: number, metrics: number, isMixed = false): Row {
  const arms = variants + 1;
  const units = looks * batchPerArm * arms;
  const changes: Partial<EvaluationPlan> =
    method === 'FREQUENTIST_T_TEST' ? { method, maxPeeks: looks } : { horizonUnits: method.endsWith('horizon') ? units : null };
  const keys = Array.from({ length: metrics }, (_, i) => `metric-${i + 1}`);
  const definition = plan(
    { ...changes, correction },
    keys.map((key, i) => metric({ key, role: i === 0 ? 'PRIMARY' : 'SECONDARY' })),
    ['control', ...Array.from({ length: variants }, (_, i) => `variant-${i + 1}`)],
  );
  const population = (variant: number): Population => bernoulli(isMixed && variant === 1 ? 0.13 : 0.1);
  const setting: Setting = {
    definition,
    populations: Object.fromEntries(keys.map((key) => [key, definition.variants.map((_, variant) => population(variant))])),
    batch: batchPerArm * arms,
    looks,
  };
  const labels = [method, correction, `${variants} x ${metrics}`, isMixed ? `${(variants - 1) * metrics} of ${variants * metrics}` : 'all'];
  return {
    key: labels.join('/'),
    runs: [variants === 3 ? 10_000 : 1000, correction === 'NONE' ? 60 : 100],
    effort: (looks * variants * metrics) / 2,
    simulate(random, runs) {
      const tally = createTally();
      for (let run = 0; run < runs; run++) tally.add('false', hasFalseClaim(setting, isMixed, random));
      return tally.result();
    },
    judge(tally, runs): readonly Line[] {
      const hits = sumIn(tally, 'false');
      if (correction === 'NONE') return [inRange(labels, hits, runs, [0.19, 1], 10_000)];
      return [atMost(labels, hits, runs, alpha)];
    },
  };
}

function hasFalseClaim(setting: Setting, isMixed: boolean, random: Parameters<typeof walk>[1]): boolean {
  for (const { result } of walk(setting, random)) {
    if (result.comparisons.some(({ significant, variant }) => significant && !(isMixed && variant === 'variant-1'))) return true;
  }
  return false;
}
