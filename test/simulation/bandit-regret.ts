import type { Random } from '../../src/core/simulation/random.js';
import { type BanditSetting, defaultSettings, runBandit, type Weigher } from './bandit-run.js';
import { atLeast, exactly, type Line, meanAtMost, meanOf, shown, shownShare } from './judgements.js';
import { createTally, type Row, type Study, sumIn } from './study.js';

/** The three rows of the acceptance table. `effort` of one run in evaluations: it is the quadrature. */
const races = [
  { rates: [0.05, 0.06], batch: 500, batches: 40, mostRatio: 0.42, effort: 700 },
  { rates: [0.04, 0.04, 0.05, 0.06], batch: 1000, batches: 50, mostRatio: 0.32, effort: 1500 },
  { rates: [0.1, 0.1, 0.1, 0.1, 0.1, 0.13], batch: 500, batches: 50, mostRatio: 0.44, effort: 2500 },
] as const;

/** What a bandit loses against always serving the best arm. */
export const banditRegret: Study = {
  name: 'bandit-regret',
  title: 'Bandit: regret and share of the best arm',
  note: 'Regret: expected conversions lost against the best arm, as a ratio to that of equal weights. nextWeights() with floor 0.05, cap 0.9, smoothing 0.3 unless said.',
  columns: ['arms', 'weights', 'figure'],
  rows: races.flatMap((race) => [
    raceRow(race, 'production', 0.3),
    raceRow(race, 'production', 0),
    raceRow(race, 'one draw', 0.3),
    raceRow(race, 'uniform', 0.3),
  ]),
};

function raceRow({ rates, batch, batches, mostRatio, effort }: (typeof races)[number], weigher: Weigher, smoothing: number): Row {
  const name = weigher === 'production' ? `nextWeights, smoothing ${smoothing}` : weigher;
  const labels = (figure: string) => [armsText(rates), name, figure];
  const isJudged = weigher === 'production' && smoothing === 0.3;
  const setting: BanditSetting = {
    variants: rates.map((_, arm) => `arm-${arm}`),
    settings: { ...defaultSettings, smoothing },
    weigher,
    rates: () => rates,
    batch,
    batches,
  };
  return {
    key: `${armsText(rates)}/${name}`,
    runs: [isJudged || weigher !== 'production' ? 300 : 100, weigher === 'production' ? (smoothing > 0 ? 24 : 8) : 100],
    effort: weigher === 'production' ? effort : 5,
    simulate(random, runs) {
      const tally = createTally();
      for (let run = 0; run < runs; run++) {
        for (const [key, value] of Object.entries(race(setting, rates, random))) {
          tally.add(key, value);
          tally.add(`${key}Squares`, value ** 2);
        }
      }
      return tally.result();
    },
    judge(tally, runs): readonly Line[] {
      const mean = (key: string) => meanOf(runs, sumIn(tally, key), sumIn(tally, `${key}Squares`));
      const [regret, ratio, share] = [mean('regret'), mean('ratio'), mean('share')];
      return [
        shown(labels('regret, conversions'), regret.mean.toFixed(1), runs, regret.error),
        isJudged
          ? meanAtMost(labels('ratio to uniform'), ratio, runs, mostRatio)
          : shown(labels('ratio to uniform'), ratio.mean.toFixed(3), runs, ratio.error),
        shown(labels('share of the best arm'), share.mean.toFixed(3), runs, share.error),
        isJudged
          ? atLeast(labels('best arm heaviest at the end'), sumIn(tally, 'heaviest'), runs, 0.99)
          : shownShare(labels('best arm heaviest at the end'), sumIn(tally, 'heaviest'), runs),
        ...(weigher === 'production' ? [exactly(labels('stored weights out of bounds'), sumIn(tally, 'outOfBounds'), 0, runs)] : []),
      ];
    },
  };
}

function armsText(rates: readonly number[]): string {
  return rates
    .map((rate) => `${Math.round(rate * 100)}`)
    .join(' ')
    .concat('%');
}

function race(setting: BanditSetting, rates: readonly number[], random: Random) {
  const { minWeight, maxWeight } = setting.settings;
  const best = Math.max(...rates);
  const bestArm = rates.indexOf(best);
  let regret = 0;
  let uniform = 0;
  let served = 0;
  let ofBest = 0;
  let outOfBounds = 0;
  let last: readonly number[] = [];
  for (const { units, weights } of runBandit(setting, random)) {
    const total = units.reduce((sum, count) => sum + count, 0);
    regret += units.reduce((sum, count, arm) => sum + count * (best - (rates[arm] ?? 0)), 0);
    uniform += rates.reduce((sum, rate) => sum + (total / rates.length) * (best - rate), 0);
    served += total;
    ofBest += units[bestArm] ?? 0;
    const slots = weights.reduce((sum, weight) => sum + Math.round(weight * 10_000), 0);
    if (slots !== 10_000 || weights.some((weight) => weight < minWeight || weight > maxWeight)) outOfBounds += 1;
    last = weights;
  }
  const heaviest = last.every((weight, arm) => arm === bestArm || weight < (last[bestArm] ?? 0)) ? 1 : 0;
  return { regret, ratio: regret / uniform, share: ofBest / served, heaviest, outOfBounds };
}
