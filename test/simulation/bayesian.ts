import { plan } from '../core/totals.js';
import { type Line, meanAtMost, meanOf, notBuilt, shown } from './judgements.js';
import { isBuilt } from './methods.js';
import { bernoulli } from './populations.js';
import { createTally, type Row, type Study, sumIn } from './study.js';
import { walk } from './walk.js';

const looks = 50;

/** What BAYESIAN does promise: that who stops by the rule loses less than the threshold on average, over rates drawn from its prior. */
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
    runs: [5000, 100],
    effort: 150,
    missing: isBuilt(definition) ? undefined : [notBuilt(labels(''))],
    simulate(random, runs) {
      const tally = createTally();
      for (let run = 0; run < runs; run++) {
        const [control, variant] = [random.uniform(), random.uniform()];
        const setting = { definition, populations: { purchase: [bernoulli(control), bernoulli(variant)] }, batch, looks };
        for (const { look, result } of walk(setting, random)) {
          if (result.decision !== 'SHIP' && result.decision !== 'DO_NOT_SHIP') continue;
          const loss = Math.max(control, variant) - (result.decision === 'SHIP' ? variant : control);
          tally.add('decided');
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
      return [
        meanAtMost(
          labels('mean loss of those decided'),
          meanOf(decided, sumIn(tally, 'loss'), sumIn(tally, 'lossSquares')),
          runs,
          lossThreshold,
        ),
        shown(labels('share decided'), (decided / runs).toFixed(4), runs),
        shown(labels('share decided for the worse'), (sumIn(tally, 'wrong') / decided).toFixed(4), runs),
        shown(labels('mean looks'), (sumIn(tally, 'looks') / decided).toFixed(1), runs),
      ];
    },
  };
}
