/** Waits until the stream is woken or the time has passed; null: until woken. Whether the stream is still wanted. */
export type Wait = (timeoutMs: number | null) => Promise<boolean>;

export interface Stream<T> extends AsyncIterableIterator<T> {
  next(): Promise<IteratorResult<T, undefined>>;
  return(): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): Stream<T>;
  /** Ends the wait that is under way; when there is none, the next one ends at once. */
  wake(): void;
  /**
   * Hands a message past the generator to the reader, which takes it only while both wait: so thousands of readers who are up to date get what is
   * new in one loop. False: it was not taken.
   */
  offer(message: T): boolean;
}

interface Reader<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
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
  let isProducing = false;
  /** Those who wait for a message, in the order in which they asked. */
  const readers: Reader<T>[] = [];
  /** What the generator made after its reader had been given something else. */
  let made: Promise<IteratorResult<T, undefined>> | null = null;

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
    for (const { resolve } of readers.splice(0)) resolve(done);
    onEnd();
  }

  async function produceNext(): Promise<void> {
    isProducing = true;
    const next = generator.next();
    const result = await next.catch(() => done);
    isProducing = false;
    const reader = readers.shift();
    if (reader) next.then((own) => reader.resolve(own.done ? done : own), reader.reject);
    else if (!ended) made = next as Promise<IteratorResult<T, undefined>>;
    if (result.done) end();
    else if (readers.length > 0) void produceNext();
  }

  return {
    wake,
    offer(message) {
      if (resume === null || woken || ended) return false;
      const reader = readers.shift();
      reader?.resolve({ done: false, value: message });
      return reader !== undefined;
    },
    next() {
      if (made) {
        const next = made;
        made = null;
        return next;
      }
      if (ended) return Promise.resolve(done);
      return new Promise((resolve, reject) => {
        readers.push({ resolve, reject });
        if (!isProducing) void produceNext();
      });
    },
    async return() {
      made = null;
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
