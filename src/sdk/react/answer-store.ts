import { type Answer, type ClientUnit, isSameUnit } from '../answer.js';
import type { Client } from '../client.js';
import type { Visitor } from '../visitor.js';

/** What components read from: the client of a page, or on a server the visitor of a request. */
export type AnswerSource = Visitor & Partial<Pick<Client, 'ready' | 'subscribe' | 'unit'>>;

export type AnswerStore = ReturnType<typeof createAnswerStore>;

const stores = new WeakMap<AnswerSource, AnswerStore>();

/** The store of a source, always the same: React forgets what a tree remembered that suspends before it was ever shown. */
export function storeOf(source: AnswerSource): AnswerStore {
  const known = stores.get(source);
  if (known) return known;
  const made = createAnswerStore(source);
  stores.set(source, made);
  return made;
}

/** Whether nothing is known of an experiment yet, as opposed to: it does not run. */
function isUnknown({ variant, reason }: Answer): boolean {
  return variant === null && reason === 'FALLBACK';
}

/** The answers of one source in the manner in which React reads, with what was shown so far. */
function createAnswerStore(source: AnswerSource) {
  /** The wait for the first answers about a unit, and the fallbacks that were shown after it in vain. */
  let wait = { unit: source.unit?.(), promise: null as Promise<unknown> | null, isOver: !source.ready, inVain: new Map<string, Answer>() };

  /** The wait for the present unit. A new one begins when the unit is another, after a login for example. */
  function present() {
    const unit = source.unit?.();
    if (unit && wait.unit && !isContinued(wait.unit, unit)) {
      wait = { unit, promise: null, isOver: !source.ready, inVain: new Map() };
    }
    return wait;
  }

  return {
    source,
    subscribe: (listener: () => void): (() => void) => source.subscribe?.(listener) ?? (() => {}),

    /** What to show: the same object for as long as it is the same answer. */
    answer: (experimentKey: string): Answer => present().inVain.get(experimentKey) ?? source.assignment(experimentKey),

    /**
     * Resolves when there are answers, or when the client waited long enough. Null where nobody had to wait; who had to is given the promise
     * also afterwards, for React wants a component that has used it to use it again.
     */
    waiting(answer: Answer): Promise<unknown> | null {
      const current = present();
      if (!current.promise && !current.isOver && isUnknown(answer)) {
        current.promise = (source.ready?.() ?? Promise.resolve()).then(() => {
          current.isOver = true;
        });
      }
      return current.promise;
    },

    /**
     * An answer is on the screen: the unit meets its variant.
     *
     * @param staysFallback a fallback stays for as long as the unit does: an answer that comes late would change what is being looked at
     */
    shown(experimentKey: string, answer: Answer, staysFallback: boolean): void {
      const { inVain, isOver } = present();
      if (isUnknown(answer)) {
        if (staysFallback && isOver) inVain.set(experimentKey, answer);
      } else if (answer === source.assignment(experimentKey)) source.expose(experimentKey);
    },
  };
}

/** Whether a unit is the one before, perhaps with the id that the service has given its browser since. */
function isContinued(before: ClientUnit, now: ClientUnit): boolean {
  const { deviceId: _, ...rest } = now;
  return isSameUnit(before, before.deviceId ? { ...rest, deviceId: before.deviceId } : rest);
}
