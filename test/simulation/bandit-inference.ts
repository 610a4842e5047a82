import { type ArmSums, type CarriedState, evaluate, type VersionUnits } from '../../src/core/evaluation.js';
import type { Definition } from '../../src/core/experiment.js';
import type { Random } from '../../src/core/simulation/random.js';
import { look, plan } from '../core/totals.js';
import { type BanditSetting, defaultSettings, inOnePeriod, runBandit, type Weigher } from './bandit-run.js';
import { atLeast, atMost, inRange, type Line, meanNear, meanOf, shown, shownShare } from './judgements.js';
import { alpha } from './methods.js';
import { createTally, type Row, type Study, sumIn, type Tally } from './study.js';

const batches = 20;
const batch = 1000;

interface World {
  readonly weigher: Weigher;
  readonly floor: number;
  readonly isDrifting: boolean;
  /** Of the second arm, absolute. */
  readonly effect: number;
}

/** What is found in the data of a bandit. */
export const banditInference: Study = {
  name: 'bandit-inference',
  title: 'Bandit: claims from what it served',
  note: 'Two arms, 20 moves of 1,000 units, equal rates of 5%, or drifting from 3% to 9%. Estimates stratified by period; "pooled" is a z over all units as if weights had not moved.',
  columns: ['weights', 'rates', 'figure'],
  rows: [
    worldRow({ weigher: 'production', floor: 0.05, isDrifting: true, effect: 0 }),
    worldRow({ weigher: 'production', floor: 0.05, isDrifting: false, effect: 0 }),
    worldRow({ weigher: 'production', floor: 0.2, isDrifting: true, effect: 0 }),
    worldRow({ weigher: 'production', floor: 0.2, isDrifting: false, effect: 0 }),
    worldRow({ weigher: 'pooled', floor: 0.05, isDrifting: true, effect: 0 }),
    worldRow({ weigher: 'one draw', floor: 0.05, isDrifting: true, effect: 0 }),
    worldRow({ weigher: 'one draw', floor: 0.05, isDrifting: false, effect: 0 }),
    worldRow({ weigher: 'uniform', floor: 0.05, isDrifting: true, effect: 0 }),
    worldRow({ weigher: 'uniform', floor: 0.05, isDrifting: false, effect: 0 }),
    worldRow({ weigher: 'production', floor: 0.05, isDrifting: true, effect: 0.008 }),
    worldRow({ weigher: 'uniform', floor: 0.05, isDrifting: true, effect: 0.008 }),
  ],
};

const anytime: Definition = { ...plan(), design: 'BANDIT' };
const fixed: Definition = { ...plan({ method: 'FREQUENTIST_T_TEST', maxPeeks: 1 }), design: 'BANDIT' };
const unaware: Definition = plan({ method: 'FREQUENTIST_T_TEST', maxPeeks: 1 });

function worldRow(world: World): Row {
  const { weigher, floor, isDrifting, effect } = world;
  const isCostly = weigher === 'production' || weigher === 'pooled';
  // The row of the acceptance table.
  const isMain = weigher === 'production' && floor === 0.05 && isDrifting && effect === 0;
  const name = {
    production: `nextWeights, floor ${floor}`,
    pooled: '(naive: nextWeights, pooled)',
    'one draw': 'one draw',
    uniform: 'uniform',
  }[weigher];
  const rates = isDrifting ? '3% to 9%' : '5%';
  const labels = (figure: string) => [name, effect > 0 ? `${rates}, +${effect * 100} points` : rates, figure];
  return {
    key: `${name}/${rates}/${effect}`,
    runs: isMain ? [5000, 100] : isCostly ? [500, 40] : [1000, 80],
    effort: isCostly ? 500 : 100,
    simulate(random, runs) {
      const tally = createTally();
      for (let run = 0; run < runs; run++) runWorld(world, random, tally);
      return tally.result();
    },
    judge: (tally, runs) => (effect === 0 ? nullLines(world, labels, tally, runs) : effectLines(world, labels, tally, runs)),
  };
}

type Labels = (figure: string) => readonly string[];

function nullLines({ weigher, floor, isDrifting }: World, labels: Labels, tally: Tally, runs: number): readonly Line[] {
  const pooled = sumIn(tally, 'pooled');
  // The harness must see the fault that pooling is: where weights move under drift, and the more so where pooled totals move them.
  const least = isDrifting && floor === 0.05 ? { production: 0.5, pooled: 0.9, 'one draw': null, uniform: null }[weigher] : null;
  return [
    atMost(labels('ALWAYS_VALID, 20 looks'), sumIn(tally, 'anytime'), runs, alpha),
    atMost(labels('one stratified z at the end'), sumIn(tally, 'stratified'), runs, 0.075),
    least === null
      ? shownShare(labels('(naive: pooled z)'), pooled, runs)
      : inRange(labels('(naive: pooled z)'), pooled, runs, [least, 1], 5000),
    atMost(labels('sample ratio, false alarms'), sumIn(tally, 'mismatch'), runs, 0.01),
  ];
}

function effectLines({ effect }: World, labels: Labels, tally: Tally, runs: number): readonly Line[] {
  const estimate = meanOf(runs, sumIn(tally, 'estimate'), sumIn(tally, 'estimateSquares'));
  return [
    atLeast(labels('ALWAYS_VALID covers at all looks'), sumIn(tally, 'covered'), runs, 1 - alpha),
    meanNear(labels('mean estimate'), estimate, runs, effect, 0.001),
    shownShare(labels('power of ALWAYS_VALID'), sumIn(tally, 'anytime'), runs),
    shownShare(labels('power of one stratified z'), sumIn(tally, 'stratified'), runs),
    shown(labels('(naive: mean of the pooled estimate)'), (sumIn(tally, 'pooledEstimate') / runs).toFixed(4), runs),
  ];
}

function runWorld({ weigher, floor, isDrifting, effect }: World, random: Random, tally: ReturnType<typeof createTally>): void {
  const setting: BanditSetting = {
    variants: ['control', 'green'],
    settings: { ...defaultSettings, minWeight: floor, maxWeight: 1 - floor },
    weigher,
    rates: (index) => {
      const rate = isDrifting ? 0.03 + (0.06 * index) / (batches - 1) : 0.05;
      return [rate, rate + effect];
    },
    batch,
    batches,
  };
  let previous: CarriedState | null = null;
  let isClaimed = false;
  let isCovered = true;
  let arms: readonly ArmSums[] = [];
  let versions: readonly VersionUnits[] = [];
  for (const at of runBandit(setting, random)) {
    ({ arms, versions } = at);
    const { comparisons, carried, srm } = evaluate(look(anytime, arms, { versions, previous }));
    previous = carried;
    const { significant = false, interval = null } = comparisons[0] ?? {};
    isClaimed ||= significant;
    isCovered &&= interval === null || ((interval.lower ?? effect) <= effect && (interval.upper ?? effect) >= effect);
    if (at.batch === batches - 1) tally.add('mismatch', !srm.passed);
  }
  const end = evaluate(look(fixed, arms, { versions })).comparisons[0];
  const pooled = evaluate(look(unaware, inOnePeriod(arms), { versions })).comparisons[0];
  tally.add('anytime', isClaimed);
  tally.add('covered', isCovered);
  tally.add('stratified', end?.significant ?? false);
  tally.add('estimate', end?.effect ?? 0);
  tally.add('estimateSquares', (end?.effect ?? 0) ** 2);
  tally.add('pooled', pooled?.significant ?? false);
  tally.add('pooledEstimate', pooled?.effect ?? 0);
}
