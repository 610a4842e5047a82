import type { OnFault } from './fault.js';

/** Those who want to hear of changes. One that throws hurts neither the others nor the client. */
export function createListeners(onFault: OnFault) {
  const listeners = new Set<() => void>();
  return {
    /** @returns ends it */
    add(listener: () => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    call(): void {
      for (const listener of listeners) {
        try {
          listener();
        } catch (thrown) {
          onFault({ code: 'INVALID_CALL', message: `A listener threw: ${String(thrown)}`, cause: thrown });
        }
      }
    },
  };
}
