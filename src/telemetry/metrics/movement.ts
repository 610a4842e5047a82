interface Weight {
  readonly variant: string;
  readonly weight: number;
}

/** The share of traffic that changes variant: total variation between two allocations, 0 to 1. A variant that one of them lacks has no weight in it. */
export function movementOf(before: readonly Weight[], after: readonly Weight[]): number {
  const differences = new Map(after.map(({ variant, weight }) => [variant, weight]));
  for (const { variant, weight } of before) differences.set(variant, (differences.get(variant) ?? 0) - weight);
  return [...differences.values()].reduce((sum, difference) => sum + Math.abs(difference), 0) / 2;
}

/** Population variance of the weights: at most (k - 1) / k² for k variants. */
export function varianceOf(weights: readonly Weight[]): number {
  if (weights.length === 0) return 0;
  const mean = weights.reduce((sum, { weight }) => sum + weight, 0) / weights.length;
  return weights.reduce((sum, { weight }) => sum + (weight - mean) ** 2, 0) / weights.length;
}
