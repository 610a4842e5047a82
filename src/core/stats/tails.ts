/** Both tails of a distribution at a point. Each is computed as itself where it is small: `upper` is never 1 - `lower` there. */
export interface Tails {
  /** P(X <= x). */
  readonly lower: number;
  /** P(X > x). */
  readonly upper: number;
}

export type Tail = 'lower' | 'upper';

/** Smallest step of the iterations of this folder, relative. */
export const epsilon = Number.EPSILON;
