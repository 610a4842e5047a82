import type { Answer, ClientUnit } from './answer.js';
import { type ClientEvent, type ExposureEvent, newEventId } from './event.js';

/** Which units of this client are bound to which variant: those that met it here, and those that the service knows to be. */

export interface BindingsParts {
  /** Takes an exposure; false when it was not accepted. */
  readonly add: (event: ClientEvent) => boolean;
  readonly now: () => number;
  /** Most units times experiments that are remembered; the oldest are forgotten first. An exposure that is sent again does no harm. */
  readonly capacity?: number;
}

export type Bindings = ReturnType<typeof createBindings>;

export function createBindings({ add, now, capacity = 100_000 }: BindingsParts) {
  const variants = new Map<string, string>();
  const met = new Set<string>();
  const keyOf = (experimentKey: string, unitId: string) => `${experimentKey} ${unitId}`;

  function remember(kept: { readonly size: number; keys(): Iterable<string>; delete(key: string): boolean }): void {
    if (kept.size <= capacity) return;
    for (const oldest of kept.keys()) {
      kept.delete(oldest);
      return;
    }
  }

  function bind(experimentKey: string, unitId: string, variant: string): void {
    variants.set(keyOf(experimentKey, unitId), variant);
    remember(variants);
  }

  return {
    bind,

    /**
     * Forgets the variant of an exposure that the service refused: the unit met another one elsewhere before, and only the service knows which.
     * All ids of the unit are taken, for the exposure does not say which of them the experiment hashes.
     */
    unbind({ experimentKey, unit }: ExposureEvent): void {
      const { userId, deviceId, tenantId, attributes } = unit;
      for (const id of [userId, deviceId, tenantId, ...Object.values(attributes ?? {})]) variants.delete(keyOf(experimentKey, String(id)));
    },

    /** The variant that a unit is bound to, as far as this client knows. */
    variantOf: (experimentKey: string, unitId: string): string | null => variants.get(keyOf(experimentKey, unitId)) ?? null,

    /**
     * The unit meets its variant: the exposure is sent once. Answers that put the unit in no experiment expose nobody.
     *
     * @returns whether the exposure is on its way, now or since before
     */
    meet({ experimentKey, variant, unitId, inExperiment, allocationVersion }: Answer, unit: ClientUnit): boolean {
      if (!inExperiment || variant === null || unitId === null) return false;
      const key = keyOf(experimentKey, `${unitId} ${variant}`);
      if (met.has(key)) return true;
      const occurredAt = new Date(now()).toISOString();
      if (!add({ eventId: newEventId(), experimentKey, variant, allocationVersion, unit, occurredAt })) return false;
      met.add(key);
      remember(met);
      bind(experimentKey, unitId, variant);
      return true;
    },
  };
}

/**
 * The answer to go on with when a new one comes: a unit that has met its variant here keeps it, whatever the weights do, even before the service
 * has heard of its exposure. What ends or overrides the experiment for it is followed at once.
 */
export function heldAnswer(before: Answer | undefined, next: Answer, bound: string | null): Answer {
  if (!before) return next;
  // What was known before is better than a guess.
  if (next.reason === 'FALLBACK') return before;
  if (before.unitId !== next.unitId || bound === null || before.variant !== bound) return next;
  const isMoved = next.reason === 'SPLIT' || next.reason === 'NOT_INCLUDED' || next.reason === 'EXCLUDED';
  return isMoved && next.variant !== bound ? before : next;
}
