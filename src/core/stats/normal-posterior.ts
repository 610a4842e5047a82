import { type BestOf, bestOf } from './best-of.js';
import { normalDensity, normalTails } from './normal.js';
import { requireFinite, requireValid } from './statistics-error.js';

/** A mean and what is known about it. */
export interface NormalShape {
  readonly mean: number;
  /** Above 0. */
  readonly standardDeviation: number;
}

/** Deviations on either side of the centre that are integrated over. */
const reach = 14;

/** Who is best of several means with normal posteriors. @param shapes 2 to 20 @throws StatisticsError INVALID_DATA @see {@link bestOf} */
export function bestOfNormals(shapes: readonly NormalShape[]): BestOf {
  return bestOf(
    shapes.map(({ mean, standardDeviation }) => {
      requireFinite({ mean, standardDeviation });
      requireValid(standardDeviation > 0, `a standard deviation must be above 0, received ${standardDeviation}`);
      return {
        edges: Array.from({ length: 2 * reach + 1 }, (_, k) => mean + (k - reach) * standardDeviation),
        tails: (t: number) => normalTails((t - mean) / standardDeviation),
        density: (t: number) => normalDensity((t - mean) / standardDeviation) / standardDeviation,
      };
    }),
  );
}
