import type { Population } from '../../src/core/simulation/populations.js';
import { beta, binomial, chiSquare } from '../../src/core/simulation/samplers.js';

/** Populations whose units have structure: values before exposure, denominators, tenants. */

/** Normal values with a normal value before exposure, both of deviation 1, drawn in aggregate as Bartlett's decomposition has it. */
export function correlatedValues(mean: number, correlation: number): Population {
  const rest = Math.sqrt(1 - correlation ** 2);
  return {
    type: 'CONTINUOUS',
    mean,
    variance: 1,
    hasSecond: true,
    add(random, totals, units) {
      if (units < 2) throw new Error(`a batch of correlated values needs 2 units, received ${units}`);
      const meanY = random.normal() / Math.sqrt(units);
      const meanX = mean + correlation * meanY + (rest * random.normal()) / Math.sqrt(units);
      const spreadY = chiSquare(random, units - 1);
      const independent = random.normal();
      const withinX =
        (correlation * Math.sqrt(spreadY) + rest * independent) ** 2 + rest ** 2 * (units > 2 ? chiSquare(random, units - 2) : 0);
      const withinXY = Math.sqrt(spreadY) * (correlation * Math.sqrt(spreadY) + rest * independent);
      totals.converted += units;
      totals.sum += units * meanX;
      totals.squares += withinX + units * meanX ** 2;
      totals.secondSum += units * meanY;
      totals.secondSquares += spreadY + units * meanY ** 2;
      totals.products += withinXY + units * meanX * meanY;
    },
  };
}

/** Clicks over sessions: a unit has 1 to 10 sessions, each with the unit's own rate, which varies as a beta with this mean and spread. */
export function clicksOverSessions(rate: number, concentration: number): Population {
  return {
    type: 'RATIO',
    mean: rate,
    variance: Number.NaN,
    hasSecond: true,
    add(random, totals, units) {
      for (let unit = 0; unit < units; unit++) {
        const sessions = 1 + Math.floor(10 * random.uniform());
        const clicks = binomial(random, sessions, beta(random, rate * concentration, (1 - rate) * concentration));
        totals.converted += clicks > 0 ? 1 : 0;
        totals.sum += clicks;
        totals.squares += clicks * clicks;
        totals.secondSum += sessions;
        totals.secondSquares += sessions * sessions;
        totals.products += clicks * sessions;
      }
    },
  };
}

/** Users of tenants of one size, whose values share a part: the intraclass correlation. Each unit is a user; whole tenants are added. */
export function usersOfTenants(size: number, correlation: number): Population {
  return {
    type: 'CONTINUOUS',
    mean: 0,
    variance: 1,
    add(random, totals, units) {
      for (let tenant = 0; tenant < units / size; tenant++) {
        const shared = Math.sqrt(correlation) * random.normal();
        const mean = shared + Math.sqrt((1 - correlation) / size) * random.normal();
        totals.converted += size;
        totals.sum += size * mean;
        totals.squares += (1 - correlation) * chiSquare(random, size - 1) + size * mean ** 2;
      }
    },
  };
}
