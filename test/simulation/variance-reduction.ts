import { type ArmSums, evaluate, type SegmentSums } from '../../src/core/evaluation.js';
import { emptyTotals, normalValues, sumsOf, type Totals } from '../../src/core/simulation/populations.js';
import type { Random } from '../../src/core/simulation/random.js';
import { binomial } from '../../src/core/simulation/samplers.js';
import { look, metric, plan } from '../core/totals.js';
import { inRange, meanNear, meanOf } from './judgements.js';
import { createTally, type Row, sumIn } from './study.js';
import { correlatedValues } from './unit-populations.js';

/** What values before exposure and registered segments take off the variance, and that the error stays. */

const unitsPerArm = 2000;

/** One A/A test judged with the reduction and without. */
interface Reduced {
  readonly isClaimed: boolean;
  /** Variance of the effect with the reduction, over that without. */
  readonly ratio: number;
}

/** @param expected ratio of variances */
function reductionRow(key: string, name: string, expected: number, judge: (random: Random) => Reduced): Row {
  const labels = (figure: string) => [`${name}${figure}`, `${unitsPerArm}`];
  return {
    key,
    runs: [5000, 1000],
    effort: 2,
    simulate(random, runs) {
      const tally = createTally();
      for (let run = 0; run < runs; run++) {
        const { isClaimed, ratio } = judge(random);
        tally.add('claims', isClaimed);
        tally.add('ratio', ratio);
        tally.add('ratioSquares', ratio ** 2);
      }
      return tally.result();
    },
    judge: (tally, runs) => [
      inRange(labels(''), sumIn(tally, 'claims'), runs, [0.04, 0.06], 5000),
      meanNear(labels(': variance ratio'), meanOf(runs, sumIn(tally, 'ratio'), sumIn(tally, 'ratioSquares')), runs, expected, 0.03),
    ],
  };
}

/** Two metrics with the same values, one adjusted for values before exposure. */
export function cupedRow(): Row {
  const correlation = 0.7;
  const population = correlatedValues(10, correlation);
  const adjusted = metric({ key: 'adjusted', type: 'CONTINUOUS', cuped: true });
  const plain = metric({ key: 'plain', type: 'CONTINUOUS', role: 'SECONDARY' });
  const definition = plan({ method: 'FREQUENTIST_T_TEST', maxPeeks: 1, correction: 'NONE' }, [adjusted, plain]);
  return reductionRow('cuped', 'CUPED, correlation 0.7', 1 - correlation ** 2, (random) => {
    const arms = ['control', 'green'].map((variant) => {
      const totals = emptyTotals();
      population.add(random, totals, unitsPerArm);
      return { variant, period: 1, units: unitsPerArm, metrics: { adjusted: sumsOf(totals, true), plain: sumsOf(totals) } };
    });
    const [own, other] = evaluate(look(definition, arms)).comparisons;
    return { isClaimed: own?.significant ?? false, ratio: ((own?.standardError ?? 0) / (other?.standardError ?? 1)) ** 2 };
  });
}

/** Half of the units are of a country whose mean is 2 deviations greater: half of the variance lies between countries. */
export function segmentsRow(): Row {
  const definition = plan({ method: 'FREQUENTIST_T_TEST', maxPeeks: 1, segments: ['country'] }, [metric({ type: 'CONTINUOUS' })]);
  const countries = [
    { value: 'here', population: normalValues(9, 1) },
    { value: 'there', population: normalValues(11, 1) },
  ];
  return reductionRow('segments', 'post-stratified over a segment', 0.5, (random) => {
    const variants = ['control', 'green'].map((variant) => {
      const here = binomial(random, unitsPerArm, 0.5);
      return { variant, units: [here, unitsPerArm - here], totals: countries.map(() => emptyTotals()) };
    });
    for (const { units, totals } of variants) {
      countries.forEach(({ population }, place) => {
        population.add(random, totals[place] as Totals, units[place] ?? 0);
      });
    }
    const armOf = (variant: string, units: number, totals: Totals): ArmSums => {
      return { variant, period: 1, units, metrics: { purchase: sumsOf(totals) } };
    };
    const segments: readonly SegmentSums[] = countries.map(({ value }, place) => ({
      attribute: 'country',
      value,
      arms: variants.map(({ variant, units, totals }) => armOf(variant, units[place] ?? 0, totals[place] as Totals)),
    }));
    const arms = variants.map(({ variant, totals }) => armOf(variant, unitsPerArm, sumOf(totals)));
    const [own] = evaluate(look(definition, arms, { segments })).comparisons;
    const [other] = evaluate(look(definition, arms)).comparisons;
    return { isClaimed: own?.significant ?? false, ratio: ((own?.standardError ?? 0) / (other?.standardError ?? 1)) ** 2 };
  });
}

/** Of units of several kinds together. */
function sumOf(all: readonly Totals[]): Totals {
  const sum = emptyTotals();
  for (const totals of all) {
    sum.converted += totals.converted;
    sum.sum += totals.sum;
    sum.squares += totals.squares;
  }
  return sum;
}
