import { type Answer, type Answers, type Bootstrap, type ClientUnit, noAnswer } from './answer.js';
import type { Bindings } from './bindings.js';
import { type ClientEvent, newEventId } from './event.js';
import type { OnFault } from './fault.js';

/** One unit and what it gets: synchronous, and without a way to fail. */

export interface Visitor {
  /** What the unit gets, with the reason; nothing is recorded by looking. The same object for as long as it is the same answer. */
  assignment(experimentKey: string): Answer;
  /**
   * Key of the variant to show now: the unit meets it, so its exposure is recorded, once.
   *
   * @param fallback where there is nothing to show: no such experiment, or no answer yet
   */
  variant<Variant extends string = string>(experimentKey: string, fallback: NoInfer<Variant>): Variant;
  /** The variant's payload, with the same exposure; the fallback too where the variant has none. Its shape is for the caller to know. */
  payload<Payload>(experimentKey: string, fallback: Payload): Payload;
  /** Records that the unit meets its variant, for those who look with `assignment`; false when there is nothing to record. */
  expose(experimentKey: string): boolean;
  /**
   * What the unit did. It counts for all experiments that the unit was exposed to and that use the metric.
   *
   * @returns whether it was accepted: then it is counted, exactly once
   */
  track(metric: string, details?: TrackDetails): boolean;
  /** Unit and answers, for a page that is rendered with them. */
  bootstrap(): Bootstrap;
}

export interface TrackDetails {
  /** Finite, at most 1e12 in size; 1 when left out. */
  readonly value?: number;
  /** Only for this experiment. */
  readonly experimentKey?: string;
  /** When it happened; now when left out. */
  readonly at?: Date;
}

export interface VisitorParts {
  readonly unit: () => ClientUnit;
  readonly answers: () => Answers;
  /** The reason of experiments without an answer. */
  readonly otherwise: () => 'NOT_FOUND' | 'FALLBACK';
  readonly bindings: Bindings;
  readonly add: (event: ClientEvent) => boolean;
  readonly onFault: OnFault;
  readonly now: () => number;
}

const maxValue = 1e12;

export function createVisitor({ unit, answers, otherwise, bindings, add, onFault, now }: VisitorParts): Visitor {
  const missing = new Map<string, Answer>();

  function assignment(experimentKey: string): Answer {
    const answer = answers().get(experimentKey);
    if (answer) return answer;
    const reason = otherwise();
    const known = missing.get(experimentKey);
    if (known?.reason === reason) return known;
    const none = noAnswer(experimentKey, reason);
    missing.set(experimentKey, none);
    return none;
  }

  function met(experimentKey: string): Answer {
    const answer = assignment(experimentKey);
    bindings.meet(answer, unit());
    return answer;
  }

  /** What no retry could cure is told at once, to the one who can. */
  function faultIn(metric: unknown, value: unknown, at: Date): string | null {
    if (typeof metric !== 'string' || metric === '') return `The metric must be a key, not ${String(metric)}.`;
    if (typeof value !== 'number' || !(Math.abs(value) <= maxValue))
      return `The value must be a number of at most 1e12, not ${String(value)}.`;
    return Number.isNaN(at.getTime()) ? 'The time is none.' : null;
  }

  return {
    assignment,
    variant: <Variant extends string>(experimentKey: string, fallback: Variant) =>
      (met(experimentKey).variant as Variant | null) ?? fallback,
    payload: <Payload>(experimentKey: string, fallback: Payload) => (met(experimentKey).payload as Payload | null) ?? fallback,
    expose: (experimentKey) => bindings.meet(assignment(experimentKey), unit()),
    track(metric, { value = 1, experimentKey, at = new Date(now()) } = {}) {
      const message = faultIn(metric, value, at);
      if (message) {
        onFault({ code: 'INVALID_CALL', message });
        return false;
      }
      const event = { eventId: newEventId(), metric, value, unit: unit(), occurredAt: at.toISOString() };
      return add(experimentKey === undefined ? event : { ...event, experimentKey });
    },
    bootstrap: () => ({ unit: unit(), answers: [...answers().values()] }),
  };
}
