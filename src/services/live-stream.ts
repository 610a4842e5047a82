/** Waits until the stream is woken or the time has passed; null: until woken. Whether the stream is still wanted. */
export type Wait = (timeoutMs: number | null) => Promise<boolean>;

export interface Stream<T> extends AsyncIterableIterator<T> {
  next(): Promise<IteratorResult<T, undefined>>;
  return(): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): Stream<T>;
  /** Ends the wait that is under way; when there is none, the next one ends at once. */
  wake(): void;
}

const done = { done: true, value: undefined } as const;

/**
 * An iterator over what a generator makes, which can be returned while it waits: a plain generator would let `return` wait for the
 * `next` before it, and so for a message that may never come.
 *
 * @param produce what makes the messages; to wait it uses nothing but `wait`, and ends when that says so
 * @param onEnd called once, when it has completed, failed or was returned
 */
export function createStream<T>(produce: (wait: Wait) => AsyncGenerator<T, void>, onEnd: () => void): Stream<T> {
  let ended = false;
  let woken = false;
  let resume: (() => void) | null = null;
  const asked = new Set<(result: IteratorResult<T, undefined>) => void>();

  function wake(): void {
    woken = true;
    resume?.();
  }

  const wait: Wait = async (timeoutMs) => {
    if (!woken && !ended) {
      await new Promise<void>((resolve) => {
        const timer = timeoutMs === null ? null : setTimeout(resolve, timeoutMs);
        resume = () => {
          if (timer) clearTimeout(timer);
          resolve();
        };
      });
      resume = null;
    }
    woken = false;
    return !ended;
  };

  const generator = produce(wait);

  function end(): void {
    if (ended) return;
    ended = true;
    wake();
    for (const answer of asked) answer(done);
    asked.clear();
    onEnd();
  }

  return {
    wake,
    next() {
      if (ended) return Promise.resolve(done);
      return new Promise((resolve, reject) => {
        asked.add(resolve);
        generator.next().then(
          (result) => {
            asked.delete(resolve);
            if (result.done) end();
            resolve(result.done || ended ? done : result);
          },
          (error) => {
            asked.delete(resolve);
            end();
            reject(error);
          },
        );
      });
    },
    async return() {
      end();
      // Not waited for: a read of a store that is away may be under way.
      generator.return().catch(() => {});
      return done;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
