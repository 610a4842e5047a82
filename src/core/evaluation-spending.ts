import type { Look } from './evaluation-look.js';
import type { CarriedState, SpentLooks, VersionUnits } from './evaluation-types.js';
import { controlOf, type Definition } from './experiment.js';
import { pairInformation, withLook } from './group-design.js';

export interface SpendingInput {
  readonly definition: Definition;
  readonly versions: readonly VersionUnits[];
  /** Of all variants. */
  readonly totalUnits: number;
  readonly previous: CarriedState;
  /** Whether p-values are read now. */
  readonly isRead: boolean;
  /** Whether this is the last look of the plan: what is left is spent, however much has come in. */
  readonly isLastLook: boolean;
}

export interface Spending {
  readonly spent: Look['spent'];
  /** To be carried on; null for other methods. */
  readonly looks: Readonly<Record<string, SpentLooks>> | null;
  /** Of the plan that error has been spent by, in [0, 1]. */
  readonly fraction: number;
}

/**
 * GROUP_SEQUENTIAL: the looks at each variant with this one. Error is spent by the share of horizonUnits that has come in; how looks hang together
 * follows from the units that the allocations promised to the pair, beyond the horizon too.
 */
export function spendLooks({ definition, versions, totalUnits, previous, isRead, isLastLook }: SpendingInput): Spending {
  const { evaluation, variants } = definition;
  const { method, spending, alpha, horizonUnits } = evaluation;
  if (method !== 'GROUP_SEQUENTIAL') return { spent: new Map(), looks: null, fraction: 0 };
  const known = previous.looks ?? {};
  if (!isRead) return { spent: new Map(), looks: known, fraction: fractionOf(known) };
  const fraction = isLastLook ? 1 : Math.min(1, totalUnits / (horizonUnits ?? totalUnits));
  const control = variants.findIndex(({ key }) => key === controlOf(definition).key);
  const looks: Record<string, SpentLooks> = {};
  const spent = new Map<string, SpentLooks | 'EARLY' | 'NOTHING_NEW'>();
  variants.forEach(({ key }, variant) => {
    if (variant === control) return;
    const before = Object.hasOwn(known, key) ? (known[key] ?? null) : null;
    const information = versions.length === 0 ? totalUnits : pairInformation(versions, control, variant);
    const now = withLook(before, { spending, alpha, fraction, information });
    spent.set(key, now);
    const kept = typeof now === 'string' ? before : now;
    if (kept) looks[key] = kept;
  });
  return { spent, looks, fraction: fractionOf(looks) };
}

function fractionOf(looks: Readonly<Record<string, SpentLooks>>): number {
  return Math.max(0, ...Object.values(looks).map(({ fractions }) => fractions.at(-1) ?? 0));
}
