import { createStream } from './live-stream.js';

/** A stream of the newest values by id. */
export interface LatestStream<T> extends AsyncIterableIterator<T> {
  /** Makes a value the next one to send for this id. */
  put(id: string, value: T): void;
  /** Nothing follows for this id; when that holds for all ids asked for, the stream completes once the rest is sent. */
  finish(id: string): void;
}

export interface Latest<T> {
  /** @param ids those of interest; null: all */
  open(ids: readonly string[] | null): LatestStream<T>;
  /** Puts a value to all streams that are interested. */
  put(id: string, value: T): void;
  finish(id: string): void;
  /** Ids that some stream waits for; without those of streams that take all. */
  wanted(): ReadonlySet<string>;
  stop(): void;
}

export interface LatestOptions {
  /** Least time from one message about an id to the next, within a stream. */
  readonly periodMs: number;
  /** Told when the number of open streams has changed. */
  readonly onSubscribers?: (number: number) => void;
}

/**
 * Streams that show the present state: of several values for an id within a period only the newest is sent. A slow reader costs one
 * reference an id and nothing more, and the values themselves are shared by all.
 */
export function createLatest<T>({ periodMs, onSubscribers = () => {} }: LatestOptions): Latest<T> {
  const streams = new Set<LatestStream<T> & { readonly ids: ReadonlySet<string> | null }>();
  let stopped = false;

  function open(ids: readonly string[] | null): LatestStream<T> {
    const pending = new Map<string, T>();
    const sentAt = new Map<string, number>();
    const unfinished = ids === null ? null : new Set(ids);

    /** The first value that may be sent now, else the time until one may; null: none waits. */
    function due(now: number): { readonly id: string; readonly value: T } | number | null {
      let wait: number | null = null;
      for (const [id, value] of pending) {
        const left = (sentAt.get(id) ?? Number.NEGATIVE_INFINITY) + periodMs - now;
        if (left <= 0) return { id, value };
        wait = Math.min(wait ?? left, left);
      }
      return wait;
    }

    const stream = createStream<T>(
      async function* (wait) {
        while (pending.size > 0 || unfinished === null || unfinished.size > 0) {
          const next = due(performance.now());
          if (next === null || typeof next === 'number') {
            if (!(await wait(next))) return;
            continue;
          }
          pending.delete(next.id);
          sentAt.set(next.id, performance.now());
          yield next.value;
        }
      },
      () => {
        if (streams.delete(member)) onSubscribers(streams.size);
      },
    );

    const member = Object.assign(stream, {
      ids: unfinished,
      put(id: string, value: T) {
        if (unfinished !== null && !unfinished.has(id)) return;
        pending.set(id, value);
        stream.wake();
      },
      finish(id: string) {
        unfinished?.delete(id);
        stream.wake();
      },
    });
    streams.add(member);
    onSubscribers(streams.size);
    if (stopped) void member.return?.();
    return member;
  }

  return {
    open,
    put(id, value) {
      for (const stream of streams) stream.put(id, value);
    },
    finish(id) {
      for (const stream of streams) stream.finish(id);
    },
    wanted: () => new Set([...streams].flatMap(({ ids }) => (ids === null ? [] : [...ids]))),
    stop() {
      stopped = true;
      for (const stream of [...streams]) void stream.return?.();
    },
  };
}
