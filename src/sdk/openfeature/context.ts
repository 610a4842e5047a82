import { type EvaluationContext, InvalidContextError, type TrackingEventDetails } from '@openfeature/core';
import { unitOfContext } from '../../core/flag-context.js';
import type { Unit } from '../../core/unit.js';
import type { TrackDetails } from '../visitor.js';

/** What callers of OpenFeature hand in, in our terms. */

/** The unit of a context, exactly as the service reads it. @throws InvalidContextError */
export function unitOf(context: EvaluationContext): Unit {
  try {
    // Contexts hold dates, which are text to everybody else.
    return unitOfContext(JSON.parse(JSON.stringify(context)));
  } catch (cause) {
    throw new InvalidContextError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** `value` and `experimentKey` are ours; other details have no place in a metric event. */
export function trackDetailsOf({ value, experimentKey }: TrackingEventDetails): TrackDetails {
  return {
    ...(value !== undefined && { value }),
    ...(typeof experimentKey === 'string' && { experimentKey }),
  };
}
