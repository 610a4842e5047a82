import { createTally, type Row } from './study.js';
import { firstClaim, type Setting } from './walk.js';

/** Counts the experiments that ever claim an effect. @param effort of an evaluation */
export function claimRow(key: string, setting: Setting, runs: readonly [number, number], effort = 1): Omit<Row, 'judge'> {
  return {
    key,
    runs,
    effort: setting.looks * effort,
    simulate(random, count) {
      const tally = createTally();
      for (let run = 0; run < count; run++) tally.add('claims', firstClaim(setting, random) !== null);
      return tally.result();
    },
  };
}
