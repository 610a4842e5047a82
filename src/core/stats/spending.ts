import { normalQuantile, normalTails } from './normal.js';

export type SpendingName = 'OBRIEN_FLEMING' | 'POCOCK';

/**
 * Error spent up to a fraction of the information. With a = alpha / sides: O'Brien-Fleming type sides x 2 (1 - Phi(z_{a/2} / sqrt t)),
 * Pocock type sides x a ln(1 + (e - 1) t).
 *
 * @param fraction  in (0, 1]
 * @see Lan and DeMets (1983)
 */
export function alphaSpentAt(name: SpendingName, alpha: number, sides: 1 | 2, fraction: number): number {
  const side = alpha / sides;
  switch (name) {
    case 'OBRIEN_FLEMING':
      // At the end all is spent, to the last bit.
      return fraction === 1 ? alpha : sides * 2 * normalTails(normalQuantile(side / 2, 'upper') / Math.sqrt(fraction)).upper;
    case 'POCOCK':
      return sides * side * Math.log1p((Math.E - 1) * fraction);
    default:
      return name satisfies never;
  }
}
