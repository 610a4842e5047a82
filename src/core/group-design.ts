import type { SpentLooks, VersionUnits } from './evaluation-types.js';
import { groupLooks } from './stats/group-sequential.js';
import { normalLogUpper } from './stats/normal.js';
import { alphaOfSpent, logSpentPerSide, type SpendingName } from './stats/spending.js';

/** Looks of a group-sequential plan as they came about, and what their boundaries say of a statistic. */

export interface GroupDesign {
  /** Critical z of the newest look, two-sided. @param alpha in (0, 1) */
  boundary(alpha: number): number;
  /**
   * The smallest alpha at which the newest look crosses its boundary, to five digits, above one half to four; 1 where it is above 0.88 or not below `atMost`. The least of
   * all looks so far is the group-sequential p-value.
   *
   * @param z  at least 0
   * @see Liu and Anderson (2008)
   */
  pValue(z: number, atMost: number): number;
}

/** A look that adds less than this share of the information or of the plan's time is the look before it again. */
const leastGrowth = 1e-4;

/** ln of the least error worth spending: an earlier look is given less than any double. */
const leastLogSpent = -690;

/** ln of alpha falls by so much from one boundary that is computed to the next; between them a cubic is good to 1e-5. */
const step = 0.125;

/** Below it an alpha is no proper double, and "less" is all that can be said. */
const smallestAlpha = 1e-300;

/** Units of a pair of arms, as the allocations promised them, as information about their difference: grows with every unit, whatever the values. */
export function pairInformation(versions: readonly VersionUnits[], control: number, variant: number): number {
  let [controlUnits, variantUnits] = [0, 0];
  for (const { propensities, units } of versions) {
    const all = units.reduce((sum, count) => sum + count, 0);
    controlUnits += all * (propensities[control] ?? 0);
    variantUnits += all * (propensities[variant] ?? 0);
  }
  return controlUnits > 0 && variantUnits > 0 ? (controlUnits * variantUnits) / (controlUnits + variantUnits) : 0;
}

export interface NextLook {
  readonly spending: SpendingName;
  readonly alpha: number;
  /** Share of the plan that has passed, capped at 1; 1 at the last look, which spends what is left. */
  readonly fraction: number;
  readonly information: number;
}

/**
 * The looks so far with this one. `EARLY`: next to nothing may be spent yet. `NOTHING_NEW`: the look repeats the one before, or all has been
 * spent; nothing is tested. The last look at the data of the one before stands in its place, for it is the same test with more to spend.
 */
export function withLook(
  before: SpentLooks | null,
  { spending, alpha, fraction, information }: NextLook,
): SpentLooks | 'EARLY' | 'NOTHING_NEW' {
  const spent = before?.fractions.at(-1) ?? 0;
  const known = before?.information.at(-1) ?? 0;
  if (spent >= 1 || !(information > 0) || !(fraction > 0) || fraction - spent < leastGrowth * fraction) return 'NOTHING_NEW';
  if (logSpentPerSide(spending, alpha, 2, fraction) < leastLogSpent) return 'EARLY';
  const isRepeat = information - known < leastGrowth * information;
  if (isRepeat && fraction < 1) return 'NOTHING_NEW';
  const kept = isRepeat ? -1 : undefined;
  return {
    fractions: [...(before?.fractions.slice(0, kept) ?? []), fraction],
    information: [...(before?.information.slice(0, kept) ?? []), isRepeat ? known : information],
  };
}

const designs = new Map<string, GroupDesign>();
const mostDesigns = 500;

/** Boundaries for looks that came about so. The same design is computed once: a pure function's memory. @param looks one or more */
export function groupDesign(spending: SpendingName, { fractions, information }: SpentLooks): GroupDesign {
  const last = information.at(-1) ?? 1;
  // Only ratios count; without the last digits equal plans are known again.
  const ratios = information.map((value) => Number((value / last).toPrecision(12)));
  const key = `${spending} ${fractions.join()} ${ratios.join()}`;
  const known = designs.get(key);
  if (known) return known;
  const made = createDesign(spending, fractions, ratios);
  if (designs.size >= mostDesigns) designs.clear();
  designs.set(key, made);
  return made;
}

function createDesign(spending: SpendingName, fractions: readonly number[], information: readonly number[]): GroupDesign {
  const boundaries = new Map<number, number>();
  const fraction = fractions.at(-1) ?? 1;

  function boundary(alpha: number): number {
    const known = boundaries.get(alpha);
    if (known !== undefined) return known;
    const looks = groupLooks({ spending, alpha, sides: 2, information, spendingFractions: fractions });
    const found = looks.at(-1)?.boundary ?? Number.POSITIVE_INFINITY;
    boundaries.set(alpha, found);
    return found;
  }

  const at = (place: number) => boundary(Math.exp(-place * step));

  return {
    boundary,
    pValue(z, atMost) {
      // A look alone would cross at no less than the alpha that spends its nominal p-value by then.
      const least = alphaOfSpent(spending, normalLogUpper(z), 2, fraction);
      if (least >= atMost) return 1;
      if (fractions.length === 1 || least < smallestAlpha) return least;
      const most = Math.floor(-Math.log(least) / step);
      // The place before which z crosses, from the nearest that may be: in strides that double, then halving.
      let [beyond, stride] = [most + 1, 1];
      let within = most;
      while (within >= 1 && at(within) > z) {
        beyond = within;
        within -= stride;
        stride *= 2;
      }
      if (within < 1 && beyond > 1 && at(1) <= z) within = 1;
      if (within < 1) return 1;
      while (beyond - within > 1) {
        const middle = (within + beyond) >> 1;
        if (at(middle) > z) beyond = middle;
        else within = middle;
      }
      const places = [within - 1, within, beyond, beyond + 1].filter((place) => place >= 1);
      const place = interpolated(
        places.map((each) => ({ x: at(each), y: each })),
        z,
      );
      return Math.max(least, Math.exp(-Math.min(beyond, Math.max(within, place)) * step));
    },
  };
}

/** Lagrange's polynomial through points of different x. */
function interpolated(points: readonly { readonly x: number; readonly y: number }[], x: number): number {
  return points.reduce((sum, own) => {
    const weight = points.reduce((product, other) => (other === own ? product : (product * (x - other.x)) / (own.x - other.x)), 1);
    return sum + weight * own.y;
  }, 0);
}
