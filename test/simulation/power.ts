import { bernoulli } from '../../src/core/simulation/populations.js';
import { meanNear, meanOf, near, shown, shownShare } from './judgements.js';
import { affordable, type MethodCase, methods } from './methods.js';
import { type Prediction, predict } from './prediction.js';
import { createTally, quantileOf, type Row, type Study, sortedIn, sumIn } from './study.js';
import { claims, type Setting, walk } from './walk.js';

const base = 0.05;
const minimumEffect = 0.1;
/** z_0.975 + z_0.8: the drift at which a fixed test at 0.05 has a power of 0.80. */
const drift80 = 2.8015851;

/** A horizon at which one fixed test finds a rise from 5% to 5.5% with 0.80. */
function horizonOf(looks: number) {
  const rate = base * (1 + minimumEffect);
  const perArm = (drift80 ** 2 * (base * (1 - base) + rate * (1 - rate))) / (rate - base) ** 2;
  const batch = Math.round((2 * perArm) / looks);
  return { looks, batch, units: batch * looks, minimumEffect };
}

/** The true effect is the one that is planned for. */
export const power: Study = {
  name: 'power',
  title: 'Power against the prediction',
  note: 'Rates 5% and 5.5%, of which a fixed test at the horizon finds 0.80. Predicted by recursion over the density of a Brownian motion.',
  columns: ['method', 'looks'],
  rows: methods.flatMap((method) => [
    ...(method.name === 'FREQUENTIST_T_TEST' ? [powerRow(method, 1)] : []),
    powerRow(method, 5),
    powerRow(method, 28),
  ]),
};

function powerRow(method: MethodCase, looks: number): Row {
  const labels = [method.name, `${looks}`];
  return {
    ...effectRow(`${method.name}/${looks}`, method, looks, 1, [5000, looks > 5 ? 400 : 2000]),
    judge(tally, count) {
      const prediction = predictionOf(method, looks, 1);
      const found = sumIn(tally, 'found');
      return [prediction ? near(labels, found, count, prediction.crossing, 0.02) : shownShare(labels, found, count)];
    },
  };
}

/** How soon each method decides, at the same effect and the same promised error. */
export const decisionTime: Study = {
  name: 'decision-time',
  title: 'Time to decision',
  note: 'The same plans read 28 times, when the true effect is the planned one, and 1.6 times it. Ends are shares of the horizon; who finds nothing ends at 1.',
  columns: ['method', 'effect', 'figure'],
  rows: [1, 1.6].flatMap((factor) => methods.map((method) => timeRow(method, factor))),
};

function timeRow(method: MethodCase, factor: number): Row {
  const looks = 28;
  const labels = [method.name, `${factor} x planned`];
  return {
    ...effectRow(`${method.name}/${factor}`, method, looks, factor, [2000, 200]),
    judge(tally, count) {
      const prediction = predictionOf(method, looks, factor);
      const ends = sortedIn(tally, 'ends');
      const mean = meanOf(count, sumIn(tally, 'end'), sumIn(tally, 'endSquares'));
      const found = sumIn(tally, 'found');
      const foundLabels = [...labels, 'found'];
      const meanLabels = [...labels, 'mean end'];
      return [
        prediction ? near(foundLabels, found, count, prediction.crossing, 0.02) : shownShare(foundLabels, found, count),
        prediction
          ? meanNear(meanLabels, mean, count, prediction.meanEnd, 0.02)
          : shown(meanLabels, mean.mean.toFixed(4), count, mean.error),
        shown([...labels, 'median end'], (quantileOf(ends, 0.5, count) ?? 1).toFixed(2), count),
      ];
    },
  };
}

function predictionOf(method: MethodCase, looks: number, factor: number): Prediction | null {
  const horizon = horizonOf(looks);
  const drift = driftAt(factor, horizon.units);
  const boundaries = method.boundaries?.(method.plan(horizon), horizon, drift / factor);
  return boundaries ? predict(boundaries, drift) : null;
}

function driftAt(factor: number, units: number): number {
  const rate = base * (1 + factor * minimumEffect);
  return ((rate - base) * Math.sqrt(units / 2)) / Math.sqrt(base * (1 - base) + rate * (1 - rate));
}

function effectRow(key: string, method: MethodCase, looks: number, factor: number, runs: readonly [number, number]): Omit<Row, 'judge'> {
  const horizon = horizonOf(looks);
  const definition = method.plan(horizon);
  const rate = base * (1 + factor * minimumEffect);
  const setting: Setting = { definition, populations: { purchase: [bernoulli(base), bernoulli(rate)] }, batch: horizon.batch, looks };
  return {
    key,
    runs: affordable(method, looks, runs),
    effort: (looks * method.effort) / 2,
    simulate(random, count) {
      const tally = createTally();
      for (let run = 0; run < count; run++) {
        let end = 1;
        let isFound = false;
        for (const { look, result } of walk(setting, random)) {
          isFound = claims(result);
          // A plan that accepts that there is nothing ends too.
          if (!isFound && result.decision !== 'DO_NOT_SHIP') continue;
          end = look / looks;
          break;
        }
        tally.add('found', isFound);
        tally.add('end', end);
        tally.add('endSquares', end ** 2);
        tally.keep('ends', end);
      }
      return tally.result();
    },
  };
}
