import { LRUCache } from 'lru-cache';
import { attributeOf, type Unit } from '../core/unit.js';

/**
 * Which values of a registered attribute an experiment tells apart: the first that its units had, up to a bound, and one for all others. Sums are
 * kept for each value, and one that every unit has another of would make as many sums as there are units.
 *
 * A value that was taken stays, and once all places are taken none is ever added: so whatever instance a unit comes to, it is of the same segment.
 */

/** Most values of an attribute that an experiment tells apart; ten times as many as are judged. */
export const mostSegmentValues = 500;

/** Stands for every value that came after those. */
export const otherSegmentValue = '(other)';

export interface SegmentValueStore {
  /**
   * Takes a place for a value, when it has none and one is free.
   *
   * @returns all values that have one then
   * @throws UNAVAILABLE
   */
  take(value: {
    readonly experimentId: string;
    readonly attribute: string;
    readonly value: string;
    readonly most: number;
  }): Promise<ReadonlySet<string>>;
}

export type SegmentValues = ReturnType<typeof createSegmentValues>;

export function createSegmentValues({ store, most = mostSegmentValues }: { readonly store: SegmentValueStore; readonly most?: number }) {
  const known = new LRUCache<string, ReadonlySet<string>>({ max: 1_000 });

  /** The value that a unit with this one is counted under; empty, for none, is a segment of its own and takes no place. */
  async function counted(experimentId: string, attribute: string, value: string): Promise<string> {
    if (value === '') return value;
    const name = `${experimentId} ${attribute}`;
    let values = known.get(name);
    if (!values || (!values.has(value) && values.size < most)) {
      values = await store.take({ experimentId, attribute, value, most });
      known.set(name, values);
    }
    return values.has(value) ? value : otherSegmentValue;
  }

  return {
    /**
     * The segments that a unit is of, as `attribute=value`, in the order of the attributes: one of each, for a unit without the attribute, or with
     * one that is no plain value, is of the segment without a value. Asks the store only for a value that is new to this instance while places
     * are free.
     *
     * @throws UNAVAILABLE
     */
    async segmentsOf(unit: Unit, experimentId: string, attributes: readonly string[]): Promise<string[]> {
      const segments: string[] = [];
      for (const attribute of attributes) {
        const value = attributeOf(unit, attribute);
        const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
        segments.push(`${attribute}=${await counted(experimentId, attribute, isPlain ? clipped(String(value)) : '')}`);
      }
      return segments;
    },
  };
}

/** In characters: at most 400 bytes, for the value is part of a key. */
const longestValue = 100;

/** Whole characters: half of one is no text that the store can hold, and would cost the request that it came with. */
function clipped(text: string): string {
  return text.length <= longestValue ? text : [...text].slice(0, longestValue).join('');
}
