import { bernoulli } from '../../src/core/simulation/populations.js';
import { plan } from '../core/totals.js';
import { type Line, meanAtMost, meanNear, meanOf, shown, shownShare } from './judgements.js';
import { createTally, type Row, type Study, sumIn } from './study.js';
import { walk } from './walk.js';

const looks = 50;

/**
 * What BAYESIAN does promise, over rates drawn from its prior: that who stops by the rule loses less than the threshold on average, and that its
 * probabilities are what they say, looks or no looks.
 */
export const bayesianLoss: Study = {
  name: 'bayesian-loss',
  title: 'BAYESIAN: loss at the stop',
  note: `Rates drawn from the prior Beta(1, 1), up to ${looks} looks; loss of what was decided against the better arm, in points of the rate.`,
  columns: ['threshold', 'figure'],
  rows: [lossRow(0.01, 200), lossRow(0.002, 400)],
};

/** @param batch units of both arms between looks */
function lossRow(lossThreshold: number, batch: number): Row {
  const definition = plan({ method: 'BAYESIAN', lossThreshold });
  const labels = (figure: string) => [`${lossThreshold}`, figure];
  return {
    key: `${lossThreshold}`,
    runs: [2000, 100],
    effort: 150,
    simulate(random, runs) {
      const tally = createTally();
      for (let run = 0; run < runs; run++) {
        const [control, variant] = [random.uniform(), random.uniform()];
        const setting = { definition, populations: { purchase: [bernoulli(control), bernoulli(variant)] }, batch, looks };
        for (const { look, result } of walk(setting, random)) {
          if (result.decision !== 'SHIP' && result.decision !== 'DO_NOT_SHIP') continue;
          const loss = Math.max(control, variant) - (result.decision === 'SHIP' ? variant : control);
          const { probabilityToBeatControl: stated = null } = result.comparisons[0] ?? {};
          const surprise = (variant > control ? 1 : 0) - (stated ?? 0.5);
          tally.add('decided');
          tally.add('surprise', surprise);
          tally.add('surpriseSquares', surprise ** 2);
          tally.add('wrong', loss > 0);
          tally.add('loss', loss);
          tally.add('lossSquares', loss ** 2);
          tally.add('looks', look);
          break;
        }
      }
      return tally.result();
    },
    judge(tally, runs): readonly Line[] {
      const decided = sumIn(tally, 'decided');
      const mean = (key: string) => meanOf(decided, sumIn(tally, key), sumIn(tally, `${key}Squares`));
      return [
        meanAtMost(labels('mean loss of those decided'), mean('loss'), runs, lossThreshold),
        meanNear(labels('variant better, less the stated probability'), mean('surprise'), runs, 0, 0.005),
        shownShare(labels('share decided'), decided, runs),
        shownShare(labels('share of them for the worse'), sumIn(tally, 'wrong'), decided),
        shown(labels('mean looks'), (sumIn(tally, 'looks') / decided).toFixed(1), runs),
      ];
    },
  };
}
