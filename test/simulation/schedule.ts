import { createRandom } from '../../src/core/simulation/random.js';
import type { Line } from './judgements.js';
import { mergeTallies, type Row, type Study, type Tally } from './study.js';

/** How many runs each row gets: all, all but no more than so many, those of --quick, or a share of those of --quick. */
export type Scale = 'full' | 'quick' | { readonly most: number } | { readonly shareOfQuick: number };

/** A part of a row's runs, with a stream of chance of its own: who computes it, and when, makes no difference. */
export interface Part {
  readonly study: string;
  readonly row: string;
  readonly index: number;
  readonly runs: number;
  readonly effort: number;
}

/** Evaluations in a part: about a quarter of a second. */
const partEffort = 4000;

/** Runs of a row at a scale; at least one, but for a row that is left to the full run. */
export function runsOf({ runs: [full, quick] }: Row, scale: Scale): number {
  if (scale === 'full') return full;
  if (scale === 'quick') return quick;
  return 'most' in scale ? Math.min(full, scale.most) : Math.ceil(quick * scale.shareOfQuick);
}

/** The work of some studies, cut into parts. */
export function partsOf(studies: readonly Study[], scale: Scale): readonly Part[] {
  return studies.flatMap((study) =>
    study.rows.flatMap((row) => {
      const total = runsOf(row, scale);
      const size = Math.max(1, Math.floor(partEffort / row.effort));
      return Array.from({ length: Math.ceil(total / size) }, (_, index) => {
        const runs = Math.min(size, total - index * size);
        return { study: study.name, row: row.key, index, runs, effort: runs * row.effort };
      });
    }),
  );
}

/** Does one part. */
export function simulatePart(studies: readonly Study[], { study, row, index, runs }: Part, seed: number): Tally {
  const found = studies.find(({ name }) => name === study)?.rows.find(({ key }) => key === row);
  if (!found) throw new Error(`there is no row ${study}/${row}`);
  return found.simulate(createRandom(seed, `${study}/${row}/${index}`), runs);
}

/** The lines of a study's table from the tallies of its parts, which are merged in their order. */
export function linesOf(study: Study, scale: Scale, tallyOf: (row: Row) => readonly Tally[]): readonly Line[] {
  return study.rows.flatMap((row) => {
    const runs = runsOf(row, scale);
    return runs === 0 ? [] : row.judge(tallyOf(row).reduce(mergeTallies, {}), runs);
  });
}

/** A whole study in this thread. */
export function runStudy(study: Study, scale: Scale, seed: number): readonly Line[] {
  const parts = partsOf([study], scale);
  return linesOf(study, scale, ({ key }) => parts.filter(({ row }) => row === key).map((part) => simulatePart([study], part, seed)));
}
