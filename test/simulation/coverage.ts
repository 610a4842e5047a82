import type { Interval } from '../../src/core/evaluation.js';
import { bernoulli } from '../../src/core/simulation/populations.js';
import { atLeast } from './judgements.js';
import { alpha, type MethodCase, methods } from './methods.js';
import { createTally, type Row, type Study, sumIn } from './study.js';
import { claims, type Setting, walk } from './walk.js';

const base = 0.05;
const looks = 28;
const batch = 2000;
const planned = 0.1;

/** Whether intervals hold the truth when one stops because of what one sees, and at all looks together. */
export const coverage: Study = {
  name: 'coverage',
  title: 'Coverage of 95% intervals',
  note: 'Control 5%, 28 looks, 2,000 units between them. "at the stop": at the first significant look, else the last; "always": at every look of a run.',
  columns: ['method', 'true lift', 'interval'],
  rows: methods
    .filter(({ promisedAlpha }) => promisedAlpha !== null)
    .flatMap((method) => liftsOf(method).map((lift) => coverageRow(method, lift))),
};

/** The p-values of a group-sequential plan that goes on long after the effect is plain take too long to be repeated. */
function liftsOf({ name }: MethodCase): readonly number[] {
  return name.startsWith('GROUP_SEQUENTIAL') ? [0, 0.1] : [0, 0.1, 0.3];
}

function coverageRow(method: MethodCase, lift: number): Row {
  const rate = base * (1 + lift);
  const definition = method.plan({ looks, units: looks * batch, minimumEffect: planned });
  const setting: Setting = { definition, populations: { purchase: [bernoulli(base), bernoulli(rate)] }, batch, looks };
  const labels = (what: string) => [method.name, `${Math.round(lift * 100)}%`, what];
  return {
    key: `${method.name}/${lift}`,
    runs: [method.name.startsWith('ALWAYS_VALID') || method.name.startsWith('GROUP_SEQUENTIAL') ? 5000 : 1000, 120],
    effort: looks * method.effort * (method.name.startsWith('GROUP_SEQUENTIAL') ? 4 : 1),
    simulate(random, runs) {
      const tally = createTally();
      for (let run = 0; run < runs; run++) {
        let isOpen = true;
        let isAlways = true;
        for (const { look, result } of walk(setting, random)) {
          const interval = result.comparisons[0]?.interval ?? null;
          const holds = isIn(interval, rate - base);
          isAlways &&= holds;
          if (!isOpen || !(claims(result) || look === looks)) continue;
          isOpen = false;
          tally.add('atStop', holds);
          tally.add('liftAtStop', isIn(result.comparisons[0]?.liftInterval ?? null, lift));
        }
        tally.add('always', isAlways);
      }
      return tally.result();
    },
    judge(tally, runs) {
      return [
        atLeast(labels('effect at the stop'), sumIn(tally, 'atStop'), runs, 1 - alpha),
        atLeast(labels('lift at the stop'), sumIn(tally, 'liftAtStop'), runs, 1 - alpha),
        atLeast(labels('effect always'), sumIn(tally, 'always'), runs, 1 - alpha),
      ];
    },
  };
}

/** One that is not shown claims nothing, and so is never wrong. */
function isIn(interval: Interval | null, value: number): boolean {
  if (!interval) return true;
  return (interval.lower === null || interval.lower <= value) && (interval.upper === null || interval.upper >= value);
}
