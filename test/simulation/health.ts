import { findAnomaly, haltAlpha } from '../../src/core/health-anomaly.js';
import { type Cohort, hourMs } from '../../src/core/health-cohorts.js';
import { areExposuresMixed, toleratedMismatches } from '../../src/core/health-exposures.js';
import type { Random } from '../../src/core/simulation/random.js';
import { binomial } from '../../src/core/simulation/samplers.js';
import { atMost, foundLines, inRange } from './judgements.js';
import { createTally, type Row, type Study, sortedIn, sumIn } from './study.js';

const start = Date.UTC(2026, 0, 5);
const hours = 336;
/** Hour from which on a conversion rate is another. */
const jump = 30;

/** Alarms of a running experiment other than its guardrails and its sample ratio. */
export const health: Study = {
  name: 'health',
  title: 'Health alarms',
  note: 'Rates of 5% that go up and down by 70% with the time of day; findAnomaly() each hour. Sound: 14 days, 400 units an hour, weights that change over between 0.9 and 0.1 every 17 hours. Jumps: after 30 hours, weights 0.6 and 0.4. Mixed exposures: areExposuresMixed() after every 1,000 units.',
  columns: ['alarm', 'case', 'figure'],
  rows: [
    soundRow(),
    jumpRow('triples', { factor: 3, unitsAnHour: 400, within: 12 }),
    jumpRow('doubles', { factor: 2, unitsAnHour: 2000, within: 12 }),
    jumpRow('halves', { factor: 0.5, unitsAnHour: 2000, within: 24 }),
    jumpRow('stops', { factor: 0, unitsAnHour: 400, within: 8 }),
    mixedRow('0.1%, all tolerated', toleratedMismatches, null),
    mixedRow('0.2%', 2 * toleratedMismatches, 50_000),
    mixedRow('1%', 10 * toleratedMismatches, 5000),
  ],
};

interface World {
  readonly unitsAnHour: number;
  /** Of the second arm's rate from the jump on. */
  readonly factor: number;
  readonly shareOfGreen: (hour: number) => number;
  readonly hours: number;
}

interface Life {
  /** Hour of the halt; null: none. */
  readonly haltedAt: number | null;
  /** Whether some hour's rate was beyond 3 sigma of all hours before it. */
  readonly beyondThreeSigma: boolean;
}

/** As a bandit that changes its mind. */
function wandering(hour: number): number {
  return Math.floor(hour / 17) % 2 === 0 ? 0.1 : 0.9;
}

function live(random: Random, { unitsAnHour, factor, shareOfGreen, hours: lastHour }: World): Life {
  const variants = ['control', 'green'];
  const cohorts: Cohort[] = [];
  const before = variants.map(() => ({ units: 0, conversions: 0 }));
  let beyondThreeSigma = false;
  for (let hour = 0; hour < lastHour; hour++) {
    const base = 0.05 * (1 + 0.7 * Math.sin((hour / 12) * Math.PI));
    const ofGreen = binomial(random, unitsAnHour, shareOfGreen(hour));
    [unitsAnHour - ofGreen, ofGreen].forEach((units, arm) => {
      const conversions = binomial(random, units, base * (arm === 1 && hour >= jump ? factor : 1));
      cohorts.push({ variant: variants[arm] ?? '', hour: start + hour * hourMs, units, conversions });
      const known = before[arm] as { units: number; conversions: number };
      const rate = known.conversions / Math.max(1, known.units);
      const sigma = Math.sqrt((rate * (1 - rate)) / units);
      beyondThreeSigma ||= known.conversions > 0 && Math.abs(conversions / units - rate) > 3 * sigma;
      known.units += units;
      known.conversions += conversions;
    });
    const now = new Date(start + (hour + 1) * hourMs);
    if (findAnomaly({ cohorts, variants, startedAt: new Date(start), resumedAt: null, now }))
      return { haltedAt: hour + 1, beyondThreeSigma };
  }
  return { haltedAt: null, beyondThreeSigma };
}

function soundRow(): Row {
  const labels = (figure: string) => ['conversion anomaly', 'sound', figure];
  return {
    key: 'sound',
    runs: [500, 4],
    effort: 2 * hours,
    simulate(random, runs) {
      const tally = createTally();
      for (let run = 0; run < runs; run++) {
        const { haltedAt, beyondThreeSigma } = live(random, { unitsAnHour: 400, factor: 1, shareOfGreen: wandering, hours });
        tally.add('halts', haltedAt !== null);
        tally.add('naive', beyondThreeSigma);
      }
      return tally.result();
    },
    judge: (tally, runs) => [
      atMost(labels('false halts in 14 days'), sumIn(tally, 'halts'), runs, haltAlpha),
      inRange(labels('(naive: an hour beyond 3 sigma)'), sumIn(tally, 'naive'), runs, [0.9, 1], 500),
    ],
  };
}

interface Jump {
  /** Of the second arm's rate. */
  readonly factor: number;
  readonly unitsAnHour: number;
  /** Hours by which 95% are to be found. */
  readonly within: number;
}

function jumpRow(what: string, { factor, unitsAnHour, within }: Jump): Row {
  const labels = (figure: string) => ['conversion anomaly', `a rate ${what}, ${unitsAnHour} an hour`, figure];
  const last = 2 * within;
  return {
    key: what,
    runs: [500, 12],
    effort: 2 * (jump + within),
    simulate(random, runs) {
      const tally = createTally();
      for (let run = 0; run < runs; run++) {
        const { haltedAt } = live(random, { unitsAnHour, factor, shareOfGreen: () => 0.4, hours: jump + last });
        if (haltedAt !== null) tally.keep('hours', haltedAt - jump);
      }
      return tally.result();
    },
    judge: (tally, runs) => foundLines(labels, { found: sortedIn(tally, 'hours'), runs, within, least: 0.95, last, unit: 'hours' }),
  };
}

/** @param within units by which 95% are to be found; null: there is nothing to find */
function mixedRow(name: string, share: number, within: number | null): Row {
  const most = within ?? 1_000_000;
  const labels = (figure: string) => ['mixed exposures', name, figure];
  return {
    key: name,
    runs: [2000, 100],
    effort: most / 20_000,
    simulate(random, runs) {
      const tally = createTally();
      for (let run = 0; run < runs; run++) {
        let mismatched = 0;
        for (let units = 1000; units <= most; units += 1000) {
          mismatched += binomial(random, 1000, share);
          if (!areExposuresMixed({ exposed: units - mismatched, mismatched })) continue;
          tally.keep('units', units);
          break;
        }
      }
      return tally.result();
    },
    judge(tally, runs) {
      const found = sortedIn(tally, 'units');
      if (within !== null) return foundLines(labels, { found, runs, within, least: 0.95, last: most, unit: 'units' });
      return [atMost(labels('false alarms among a million units'), found.length, runs, 0.001)];
    },
  };
}
