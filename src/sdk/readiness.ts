import { pause } from './backoff.js';

/** Where answers come from: the service, the server that rendered the page, the storage of an earlier visit, or nowhere yet. */
export type Source = 'SERVICE' | 'BOOTSTRAP' | 'STORAGE' | 'NONE';

/** Who waits for the first answers, and where the present ones come from. */
export function createReadiness({ timeoutMs, ended }: { readonly timeoutMs: number; readonly ended: AbortSignal }) {
  let source: Source = 'NONE';
  let arrived = () => {};
  let arrival: Promise<void> = new Promise<void>(() => {});

  function expect(from: Source): void {
    source = from;
    arrival = new Promise((resolve) => {
      arrived = resolve;
    });
    if (from === 'BOOTSTRAP') arrived();
  }

  return {
    source: () => source,
    /** Begins to wait for the service, with what there is until then. */
    expect,
    arrive(): void {
      source = 'SERVICE';
      arrived();
    },
    /** Resolves when there are answers to rely on, or when the time is over; never rejects. */
    async ready(): Promise<Source> {
      const over = new AbortController();
      const end = () => over.abort();
      ended.addEventListener('abort', end);
      if (!ended.aborted) await Promise.race([arrival, pause(timeoutMs, over.signal)]);
      ended.removeEventListener('abort', end);
      end();
      return source;
    },
  };
}
