import { bernoulli } from '../../src/core/simulation/populations.js';
import { groupLooks } from '../../src/core/stats/group-sequential.js';
import { plan } from '../core/totals.js';
import { claimRow } from './claims.js';
import { atMost, inRange, shownShare } from './judgements.js';
import { affordable, alpha, type MethodCase, methods } from './methods.js';
import { createTally, type Row, type Study, sumIn } from './study.js';
import { type Setting, walk } from './walk.js';

/** Looks, units of both arms between them, and runs. Early looks come at few units, where a normal approximation is weakest. */
const readings = [
  { looks: 1, batch: 20_000, runs: [20_000, 4000] },
  { looks: 5, batch: 4000, runs: [5000, 2000] },
  { looks: 14, batch: 2000, runs: [5000, 1000] },
  { looks: 28, batch: 1000, runs: [20_000, 400] },
  { looks: 90, batch: 500, runs: [1000, 100] },
  { looks: 1000, batch: 100, runs: [300, 20] },
] as const;

/** No effect anywhere: how often each method claims one at some look. */
export const falsePositives: Study = {
  name: 'false-positives',
  title: 'False positives under A/A',
  note: 'Two arms that convert at 5%; share of experiments in which some look claims an effect. Each look is one evaluate() of the totals so far.',
  columns: ['method', 'looks', 'units'],
  rows: [
    ...methods.flatMap((method) => readings.filter(({ looks }) => looks <= method.mostLooks).map((reading) => lookRow(method, reading))),
    ...manyLooksRows(),
    ...naiveRows(),
  ],
};

function lookRow(method: MethodCase, { looks, batch, runs }: (typeof readings)[number]): Row {
  const units = looks * batch;
  const definition = method.plan({ looks, units, minimumEffect: 0.1 });
  const labels = [method.name, `${looks}`, `${units}`];
  return {
    ...claimRow(
      `${method.name}/${looks}`,
      { definition, populations: { purchase: [bernoulli(0.05), bernoulli(0.05)] }, batch, looks },
      affordable(method, looks, runs),
      method.effort,
    ),
    judge(tally, count) {
      const hits = sumIn(tally, 'claims');
      if (method.promisedAlpha === null) return [shownShare(labels, hits, count)];
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

/**
 * GROUP_SEQUENTIAL with more looks than its p-values can be had for in every run, or than a plan may have: what evaluate() estimates at each look is
 * held against the boundaries of groupLooks(), from which it derives them.
 */
function manyLooksRows(): readonly Row[] {
  const spendings = [
    ['OBRIEN_FLEMING', "O'Brien-Fleming"],
    ['POCOCK', 'Pocock'],
  ] as const;
  return spendings.flatMap(([spending, name]) =>
    readings
      .filter(({ looks }) => looks > 28)
      .map(({ looks, batch, runs }) => {
        const boundaries = boundariesOf(spending, looks);
        const definition = plan({ method: 'FREQUENTIST_T_TEST', maxPeeks: looks });
        const setting: Setting = { definition, populations: { purchase: [bernoulli(0.05), bernoulli(0.05)] }, batch, looks };
        const labels = [`groupLooks(), ${name}`, `${looks}`, `${looks * batch}`];
        return {
          key: `${name}, many/${looks}`,
          runs: [runs[0], runs[1]],
          effort: looks,
          simulate(random, count) {
            const tally = createTally();
            for (let run = 0; run < count; run++) tally.add('claims', everCrosses(setting, boundaries(), random));
            return tally.result();
          },
          judge: (tally, count) => [atMost(labels, sumIn(tally, 'claims'), count, alpha)],
        } satisfies Row;
      }),
  );
}

/** Critical z of each look; infinite where so little may be spent that no double holds it. Computed when first asked for. */
function boundariesOf(spending: 'OBRIEN_FLEMING' | 'POCOCK', looks: number): () => readonly number[] {
  let known: readonly number[] | null = null;
  return () => {
    const all = Array.from({ length: looks }, (_, k) => (k + 1) / looks);
    const information = all.filter((fraction) => spending === 'POCOCK' || fraction > 0.004);
    known ??= [
      ...Array.from({ length: all.length - information.length }, () => Number.POSITIVE_INFINITY),
      ...groupLooks({ spending, alpha, sides: 2, information }).map(({ boundary }) => boundary),
    ];
    return known;
  };
}

function everCrosses(setting: Setting, boundaries: readonly number[], random: Parameters<typeof walk>[1]): boolean {
  for (const { look, result } of walk(setting, random)) {
    const { effect = null, standardError = null } = result.comparisons[0] ?? {};
    const boundary = boundaries[look - 1] ?? Number.POSITIVE_INFINITY;
    if (effect !== null && standardError !== null && Math.abs(effect) >= boundary * standardError) return true;
  }
  return false;
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
