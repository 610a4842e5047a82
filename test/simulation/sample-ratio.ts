import { checkSampleRatio, srmThreshold } from '../../src/core/evaluation-srm.js';
import type { Random } from '../../src/core/simulation/random.js';
import { multinomial } from '../../src/core/simulation/samplers.js';
import { atMost, foundLines, inRange, type Line, shownShare } from './judgements.js';
import { createTally, type Row, type Study, sortedIn, sumIn } from './study.js';

const days = 90;
const unitsPerDay = 10_000;

/** What is planned at a time in days, and what comes. */
interface Split {
  readonly name: string;
  readonly planned: (time: number) => readonly number[];
  /** Share of the first arm's units that are lost on the way. */
  readonly lost: number;
  /** Allocation versions a day; 0: one for ever. */
  readonly versionsPerDay: number;
}

const even: Split['planned'] = () => [0.5, 0.5];
const four: Split['planned'] = () => [0.4, 0.3, 0.2, 0.1];
/** As a bandit moves it. */
const moving: Split['planned'] = (time) => [0.5 - 0.45 * Math.sin(time / 20) ** 2, 0.5 + 0.45 * Math.sin(time / 20) ** 2];
/** A loss that makes 49% of 50%. */
const aPoint = 1 - 0.49 / 0.51;

/** The sample ratio test as evaluations make it. */
export const sampleRatio: Study = {
  name: 'sample-ratio',
  title: 'Sample ratio mismatch',
  note: '90 daily looks, 10,000 units a day; checkSampleRatio() with the p-value that it carries, alarm below 0.01. A 1-point loss: 49% where 50% were planned.',
  columns: ['split', 'figure'],
  rows: [
    soundRow({ name: '50 : 50', planned: even, lost: 0, versionsPerDay: 0 }),
    soundRow({ name: '40 : 30 : 20 : 10', planned: four, lost: 0, versionsPerDay: 0 }),
    soundRow({ name: 'new weights each day', planned: moving, lost: 0, versionsPerDay: 1 }),
    lossRow({ name: '49 for 50', planned: even, lost: aPoint, versionsPerDay: 0 }, 10),
    lossRow({ name: '49.5 for 50', planned: even, lost: 1 - 0.495 / 0.505, versionsPerDay: 0 }, 35),
    lossRow({ name: '49 for 50, new version each day', planned: even, lost: aPoint, versionsPerDay: 1 }, 14),
    lossRow({ name: '49 for 50, new version each hour', planned: even, lost: aPoint, versionsPerDay: 24 }, 14),
    lossRow({ name: 'the same loss, new weights each hour', planned: moving, lost: aPoint, versionsPerDay: 24 }, 14),
  ],
};

/** Day of the alarm, and whether a chi-square at 0.001 that is read daily would have alarmed; null when none came. */
function dayOfAlarm(
  { planned, lost, versionsPerDay }: Split,
  random: Random,
): { readonly day: number | null; readonly byChiSquare: boolean } {
  const versions: { version: number; propensities: readonly number[]; units: number[] }[] = [];
  const batchesPerDay = Math.max(1, versionsPerDay);
  let carried: number | null = null;
  let byChiSquare = false;
  for (let day = 1; day <= days; day++) {
    for (let batch = 0; batch < batchesPerDay; batch++) {
      const propensities = planned(day - 1 + batch / batchesPerDay);
      const kept = propensities.map((share, arm) => (arm === 0 ? share * (1 - lost) : share));
      const sum = kept.reduce((total, share) => total + share, 0);
      const counts = multinomial(
        random,
        Math.round(unitsPerDay / batchesPerDay),
        kept.map((share) => share / sum),
      );
      const last = versions.at(-1);
      if (last && versionsPerDay === 0) last.units = last.units.map((units, arm) => units + (counts[arm] ?? 0));
      else versions.push({ version: versions.length + 1, propensities, units: counts });
    }
    const { srm, carriedPValue }: ReturnType<typeof checkSampleRatio> = checkSampleRatio(
      planned(0).map((_, arm) => `arm-${arm}`),
      versions,
      carried,
    );
    carried = carriedPValue;
    byChiSquare ||= (srm.chiSquarePValue ?? 1) < 0.001;
    if (!srm.passed) return { day, byChiSquare };
  }
  return { day: null, byChiSquare };
}

function splitRow(split: Split, runs: readonly [number, number], effort: number): Omit<Row, 'judge'> {
  return {
    key: split.name,
    runs,
    effort,
    simulate(random, count) {
      const tally = createTally();
      for (let run = 0; run < count; run++) {
        const { day, byChiSquare } = dayOfAlarm(split, random);
        if (day !== null) tally.keep('days', day);
        tally.add('chiSquare', byChiSquare);
      }
      return tally.result();
    },
  };
}

function soundRow(split: Split): Row {
  return {
    ...splitRow(
      split,
      [split.versionsPerDay > 0 ? 2000 : 20_000, split.versionsPerDay > 0 ? 100 : 1000],
      split.versionsPerDay > 0 ? 80 : 8,
    ),
    judge(tally, runs): readonly Line[] {
      const alarms = sortedIn(tally, 'days');
      const early = alarms.filter((day) => day <= 28).length;
      return [
        inRange([split.name, 'false alarms in 28 days'], early, runs, [0, 0.0123], 20_000),
        atMost([split.name, 'false alarms in 90 days'], alarms.length, runs, srmThreshold),
        shownShare([split.name, '(daily chi-square at 0.001, 90 days)'], sumIn(tally, 'chiSquare'), runs),
      ];
    },
  };
}

/** @param within days by which 95% are to be found */
function lossRow(split: Split, within: number): Row {
  const isOften = split.versionsPerDay > 1;
  return {
    ...splitRow(split, isOften ? [200, 10] : [5000, 300], isOften ? 1500 : 8),
    judge(tally, runs) {
      const found = sortedIn(tally, 'days');
      return foundLines((figure) => [split.name, figure], { found, runs, within, least: 0.95, last: days, unit: 'days' });
    },
  };
}
