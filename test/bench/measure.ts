/** Medians over rounds in which the cases take turns, so that whatever else the machine does hits all alike. */

export interface Samples {
  readonly median: number;
  readonly range: readonly [low: number, high: number];
  /** One a round, in order. */
  readonly rounds: readonly number[];
}

/**
 * Measures each case once a round, after one round that does not count.
 *
 * @param cases by name; each gives one figure
 * @returns the samples of each case, of equal length
 */
export async function takeTurns<Name extends string>(
  cases: Readonly<Record<Name, () => Promise<number>>>,
  { rounds }: { readonly rounds: number },
): Promise<Readonly<Record<Name, Samples>>> {
  const names = Object.keys(cases) as Name[];
  const figures = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      const figure = await cases[name]();
      if (round > 0) figures.get(name)?.push(figure);
    }
  }
  return Object.fromEntries(names.map((name) => [name, samplesOf(figures.get(name) ?? [])])) as Record<Name, Samples>;
}

export function samplesOf(rounds: readonly number[]): Samples {
  return { median: median(rounds), range: [Math.min(...rounds), Math.max(...rounds)], rounds };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The median of the ratios round by round: two that ran one after the other saw the same machine. */
export function ratioOf(measured: Samples, bound: Samples): number {
  return median(measured.rounds.map((figure, round) => figure / (bound.rounds[round] as number)));
}
