import type { VersionUnits } from '../../src/core/evaluation.js';
import { checkSampleRatio, srmThreshold } from '../../src/core/evaluation-srm.js';
import { atLeast, atMost, inRange, type Line, shown } from './judgements.js';
import type { Random } from './random.js';
import { multinomial } from './samplers.js';
import { createTally, quantileOf, type Row, type Study, sortedIn, sumIn } from './study.js';

const days = 90;
const unitsPerDay = 10_000;

/** What is planned for a day, and what comes. */
interface Split {
  readonly name: string;
  readonly planned: (day: number) => readonly number[];
  readonly real: (day: number) => readonly number[];
}

const even: Split['planned'] = () => [0.5, 0.5];
const four: Split['planned'] = () => [0.4, 0.3, 0.2, 0.1];
/** A new allocation each day, as a bandit makes it. */
const moving: Split['planned'] = (day) => [0.5 - 0.45 * Math.sin(day / 20) ** 2, 0.5 + 0.45 * Math.sin(day / 20) ** 2];

/** The sample ratio test as evaluations make it. */
export const sampleRatio: Study = {
  name: 'sample-ratio',
  title: 'Sample ratio mismatch',
  note: '90 daily looks, 10,000 units a day; checkSampleRatio() with the p-value that it carries, alarm below 0.01. A 1-point loss: 49% where 50% were planned.',
  columns: ['split', 'figure'],
  rows: [
    soundRow({ name: '50 : 50', planned: even, real: even }),
    soundRow({ name: '40 : 30 : 20 : 10', planned: four, real: four }),
    soundRow({ name: 'new weights each day', planned: moving, real: moving }),
    lossRow({ name: '49 for 50', planned: even, real: () => [0.49, 0.51] }, 10),
    lossRow({ name: '49.5 for 50', planned: even, real: () => [0.495, 0.505] }, 28),
    lossRow({ name: 'new weights, 2% of one arm lost', planned: moving, real: (day) => lossOfFirst(moving(day)) }, 28),
  ],
};

function lossOfFirst([first = 0, second = 0]: readonly number[]): readonly number[] {
  const kept = first * 0.98;
  return [kept / (kept + second), second / (kept + second)];
}

/** Day of the alarm, and whether a chi-square at 0.001 that is read daily would have alarmed; null when none came. */
function dayOfAlarm({ planned, real }: Split, random: Random): { readonly day: number | null; readonly chiSquareAlarmed: boolean } {
  const versions: { version: number; propensities: readonly number[]; units: number[] }[] = [];
  let carried: number | null = null;
  let chiSquareAlarmed = false;
  for (let day = 1; day <= days; day++) {
    const propensities = planned(day);
    const counts = multinomial(random, unitsPerDay, real(day));
    const last = versions.at(-1);
    if (last && last.propensities.every((share, arm) => share === propensities[arm])) {
      last.units = last.units.map((units, arm) => units + (counts[arm] ?? 0));
    } else versions.push({ version: day, propensities, units: counts });
    const read = checkSampleRatio(
      propensities.map((_, arm) => `arm-${arm}`),
      versions satisfies readonly VersionUnits[],
      carried,
    );
    carried = read.carriedPValue;
    chiSquareAlarmed ||= (read.srm.chiSquarePValue ?? 1) < 0.001;
    if (!read.srm.passed) return { day, chiSquareAlarmed };
  }
  return { day: null, chiSquareAlarmed };
}

function splitRow(split: Split, runs: readonly [number, number]): Omit<Row, 'judge'> {
  return {
    key: split.name,
    runs,
    effort: split.planned(1) === split.planned(2) ? 10 : 30,
    simulate(random, count) {
      const tally = createTally();
      for (let run = 0; run < count; run++) {
        const { day, chiSquareAlarmed } = dayOfAlarm(split, random);
        if (day !== null) tally.keep('days', day);
        tally.add('chiSquare', chiSquareAlarmed);
      }
      return tally.result();
    },
  };
}

function soundRow(split: Split): Row {
  return {
    ...splitRow(split, [20_000, 1000]),
    judge(tally, runs): readonly Line[] {
      const alarms = sortedIn(tally, 'days');
      const early = alarms.filter((day) => day <= 28).length;
      const naive = sumIn(tally, 'chiSquare') / runs;
      return [
        inRange([split.name, 'false alarms in 28 days'], early, runs, [0, 0.0123], 20_000),
        atMost([split.name, 'false alarms in 90 days'], alarms.length, runs, srmThreshold),
        shown([split.name, '(daily chi-square at 0.001, 90 days)'], naive.toFixed(4), runs),
      ];
    },
  };
}

function lossRow(split: Split, within: number): Row {
  return {
    ...splitRow(split, [5000, 500]),
    effort: 6,
    judge(tally, runs): readonly Line[] {
      const found = sortedIn(tally, 'days');
      return [
        atLeast([split.name, `found within ${within} days`], found.filter((day) => day <= within).length, runs, 0.95),
        shown([split.name, 'days to the alarm: median, 90%'], `${quantileOf(found, 0.5)}, ${quantileOf(found, 0.9)}`, runs),
      ];
    },
  };
}
