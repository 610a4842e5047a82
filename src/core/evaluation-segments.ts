import { compareAll } from './evaluation-comparison.js';
import { type ComparisonsInput, carriedOf } from './evaluation-draft.js';
import { judgeFamily } from './evaluation-family.js';
import type { CarriedState, SegmentResult, SegmentSums } from './evaluation-types.js';
import { sequenceFloor } from './pair-estimate.js';

export interface SegmentsInput extends Omit<ComparisonsInput, 'arms' | 'strata' | 'previous' | 'leastUnits'> {
  readonly segments: readonly SegmentSums[];
  readonly previous: NonNullable<CarriedState['segments']>;
}

/**
 * The comparisons within each registered segment, each corrected for looks as the plan's method does it. They are a family of their own, adjusted
 * by Benjamini and Hochberg's procedure whatever the plan's correction: they explain a result and decide nothing. A segment is read from 100 units
 * an arm on, or from minSampleSize where that is less.
 */
export function compareSegments(input: SegmentsInput): {
  readonly segments: readonly SegmentResult[];
  readonly carried: SegmentsInput['previous'];
} {
  const { definition, segments, previous, confirmatory } = input;
  const { alpha, minSampleSize } = definition.evaluation;
  const judged = segments.map(({ attribute, value, arms }) => {
    const name = `${attribute}=${value}`;
    const leastUnits = Math.min(sequenceFloor, minSampleSize);
    return { attribute, value, name, drafts: compareAll({ ...input, arms, strata: [], previous: previous[name] ?? {}, leastUnits }) };
  });
  const drafts = judged.flatMap((segment) => segment.drafts);
  const comparisons = judgeFamily({ drafts, correction: 'BENJAMINI_HOCHBERG', alpha, confirmatory });
  let from = 0;
  return {
    segments: judged.map(({ attribute, value, drafts: own }) => {
      const part = comparisons.slice(from, from + own.length);
      from += own.length;
      return { attribute, value, comparisons: part };
    }),
    carried: Object.fromEntries(judged.map(({ name, drafts: own }) => [name, carriedOf(own)])),
  };
}
