import { requireCount, requireValid } from './statistics-error.js';

export type CorrectionProcedure = 'NONE' | 'BONFERRONI' | 'HOLM' | 'BENJAMINI_HOCHBERG';

/**
 * p-values adjusted over their family, in the order of the input, at most 1.
 *
 * @param pValues     each in [0, 1], or null where there is none: it stays null
 * @param familySize  hypotheses of the family, those without a p-value too, so that missing data never loosens the others; by default those that have one
 * @throws StatisticsError INVALID_DATA for a p-value outside [0, 1] or a family smaller than its p-values
 * @see Holm (1979); Benjamini and Hochberg (1995); R p.adjust
 * @example adjustPValues([0.01, 0.04, 0.03, 0.005], 'HOLM'); // [0.03, 0.06, 0.06, 0.02]
 */
export function adjustPValues(
  pValues: readonly (number | null)[],
  procedure: CorrectionProcedure,
  familySize: number = pValues.filter((pValue) => pValue !== null).length,
): readonly (number | null)[] {
  const known = pValues.flatMap((pValue, index) => (pValue === null ? [] : [{ pValue, index }]));
  for (const { pValue } of known) requireValid(pValue >= 0 && pValue <= 1, `a p-value is in [0, 1], received ${pValue}`);
  requireCount('family size', familySize);
  requireValid(familySize >= known.length, `a family of ${familySize} cannot hold ${known.length} p-values`);
  const adjusted: (number | null)[] = pValues.map(() => null);
  const ascending = known.toSorted((a, b) => a.pValue - b.pValue);
  switch (procedure) {
    case 'NONE':
      for (const { pValue, index } of known) adjusted[index] = pValue;
      break;
    case 'BONFERRONI':
      for (const { pValue, index } of known) adjusted[index] = Math.min(1, familySize * pValue);
      break;
    case 'HOLM': {
      let running = 0;
      ascending.forEach(({ pValue, index }, rank) => {
        running = Math.max(running, Math.min(1, (familySize - rank) * pValue));
        adjusted[index] = running;
      });
      break;
    }
    case 'BENJAMINI_HOCHBERG': {
      let running = 1;
      for (let rank = ascending.length; rank > 0; rank--) {
        const entry = ascending[rank - 1];
        if (!entry) continue;
        running = Math.min(running, (entry.pValue * familySize) / rank);
        adjusted[entry.index] = running;
      }
      break;
    }
    default:
      procedure satisfies never;
  }
  return adjusted;
}
