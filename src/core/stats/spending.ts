import { normalLogUpper, normalQuantile, normalQuantileOfLog } from './normal.js';
import { requireLevel, requireValid } from './statistics-error.js';

/** A look that adds less than this share of the information is the same look again; its quadrature would need millions of points. */
const leastGrowth = 1e-9;

/** Below it products of fractions underflow. */
const leastFraction = 1e-100;

/** How a test's error is given out over its looks. */
export type SpendingName = 'OBRIEN_FLEMING' | 'POCOCK';

/** Planned looks. */
export interface GroupSequentialPlan {
  readonly spending: SpendingName;
  /** Of the whole test, in (0, 1). */
  readonly alpha: number;
  /** 2: symmetric, either boundary stops; 1: only the upper one. */
  readonly sides: 1 | 2;
  /** Information at each look over that planned for the last, rising in (0, 1]. Only the ratios count for the correlation of looks. */
  readonly information: readonly number[];
  /** What error is spent by, rising in (0, 1]: the planned fractions where information came otherwise. By default `information`. */
  readonly spendingFractions?: readonly number[] | undefined;
}

/**
 * ln of the error that one side may have spent by a fraction. With a = alpha / sides: 2 P(Z > z_{a/2} / sqrt(fraction)) for
 * O'Brien-Fleming's kind, a ln(1 + (e - 1) fraction) for Pocock's. A logarithm, as an early look may be given less than any double.
 *
 * @param alpha     of the whole test, in (0, 1)
 * @param fraction  in (0, 1]
 * @throws StatisticsError INVALID_DATA outside these
 * @see Lan and DeMets (1983); gsDesign sfLDOF, sfLDPocock
 */
export function logSpentPerSide(spending: SpendingName, alpha: number, sides: 1 | 2, fraction: number): number {
  requireLevel('alpha', alpha);
  requireFractions('fractions', [fraction]);
  const own = alpha / sides;
  switch (spending) {
    case 'OBRIEN_FLEMING':
      return Math.LN2 + normalLogUpper(normalQuantile(own / 2, 'upper') / Math.sqrt(fraction));
    case 'POCOCK':
      return Math.log(own) + Math.log(Math.log1p((Math.E - 1) * fraction));
    default:
      spending satisfies never;
      throw new TypeError(`no spending function ${spending}`);
  }
}

/** Error of both sides spent up to a fraction; at the end all, to the last bit. @throws StatisticsError INVALID_DATA */
export function alphaSpentAt(spending: SpendingName, alpha: number, sides: 1 | 2, fraction: number): number {
  return fraction === 1 ? alpha : sides * Math.exp(logSpentPerSide(spending, alpha, sides, fraction));
}

/**
 * The alpha whose spending function gives one side so much by the fraction: the inverse of {@link logSpentPerSide}.
 *
 * @param logSpent  below ln 1/2
 * @returns in (0, 1]; 1 when every alpha spends less
 */
export function alphaOfSpent(spending: SpendingName, logSpent: number, sides: 1 | 2, fraction: number): number {
  if (spending === 'POCOCK') return Math.min(1, (sides * Math.exp(logSpent)) / Math.log1p((Math.E - 1) * fraction));
  const half = normalQuantileOfLog(logSpent - Math.LN2) * Math.sqrt(fraction);
  return Math.min(1, 2 * sides * Math.exp(normalLogUpper(half)));
}

/** @throws StatisticsError INVALID_DATA for an unknown number of sides, fractions that do not rise in (0, 1], and a look that repeats another */
export function requireGroupPlan({ sides, information, spendingFractions }: Omit<GroupSequentialPlan, 'alpha'>): void {
  requireValid(sides === 1 || sides === 2, `a test has 1 or 2 sides, received ${sides}`);
  requireFractions('information fractions', information);
  information.forEach((fraction, look) => {
    const growth = 1 - (information[look - 1] ?? 0) / fraction;
    requireValid(growth >= leastGrowth, `look ${look + 1} repeats the one before: information ${fraction} has hardly grown`);
  });
  if (!spendingFractions) return;
  requireFractions('spending fractions', spendingFractions);
  requireValid(spendingFractions.length === information.length, 'every look needs a spending fraction');
}

function requireFractions(name: string, fractions: readonly number[]): void {
  requireValid(fractions.length > 0, `no ${name}`);
  fractions.forEach((fraction, look) => {
    const previous = look === 0 ? 0 : (fractions[look - 1] ?? 0);
    requireValid(
      fraction > Math.max(previous, leastFraction) && fraction <= 1,
      `${name} must rise in (0, 1], received ${fraction} after ${previous}`,
    );
  });
}
