import type { Population } from '../../src/core/simulation/populations.js';
import { binomial } from '../../src/core/simulation/samplers.js';

/** Revenue: a share of units pays, and those pay log-normally; the mean of all is `mean`. */
export function revenue(payingShare: number, sigma: number, mean: number): Population {
  const meanOfPayers = mean / payingShare;
  const mu = Math.log(meanOfPayers) - sigma ** 2 / 2;
  const squareOfPayers = meanOfPayers ** 2 * Math.exp(sigma ** 2);
  return {
    type: 'CONTINUOUS',
    mean,
    variance: payingShare * squareOfPayers - mean ** 2,
    add(random, totals, units) {
      const paying = payingShare === 1 ? units : binomial(random, units, payingShare);
      totals.converted += paying;
      for (let i = 0; i < paying; i++) {
        const value = Math.exp(mu + sigma * random.normal());
        totals.sum += value;
        totals.squares += value * value;
      }
    },
  };
}
