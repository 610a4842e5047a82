import type { ClientUnit } from '../answer.js';
import type { Visitor } from '../visitor.js';

/** What handlers find at `request.bellwether`: the visitor of the request, and a short way to say what it did. */
export interface RequestBellwether extends Visitor {
  /** Who asks; null when nothing names them. They get the controls, and what they do is not counted. */
  readonly unit: ClientUnit | null;
  /**
   * What the visitor did, as `track`; of a request that carries the headers of an experiment, for that experiment alone. Without a unit it does nothing.
   *
   * @param value finite, at most 1e12 in size
   * @returns whether it was accepted: then it is counted, exactly once
   */
  emit(metric: string, value?: number): boolean;
}

export interface RequestBellwetherParts {
  readonly visitor: Visitor;
  readonly unit: ClientUnit | null;
  /** Experiment that the request is about. */
  readonly experimentKey: string | null;
}

export function createRequestBellwether({ visitor, unit, experimentKey }: RequestBellwetherParts): RequestBellwether {
  return {
    ...visitor,
    unit,
    track: (metric, details) => unit !== null && visitor.track(metric, details),
    emit: (metric, value = 1) => unit !== null && visitor.track(metric, { value, ...(experimentKey !== null && { experimentKey }) }),
  };
}
