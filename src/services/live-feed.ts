import { type FeedView, type Place, type ReadOptions, readFeed } from './live-reader.js';
import { createStream, type Stream } from './live-stream.js';

/** Where the messages of a history lie. */
export interface FeedSource<T> {
  /** Place of a message; only grows, and what is committed later has a greater one. */
  sequenceOf(message: T): number;
  /** Sequence after which the feed begins to hold messages; older ones are read by those who want them. */
  begin(): Promise<number>;
  /** What follows, in order, at most `limit`; fewer only when there is no more. */
  readAfter(sequence: number, limit: number): Promise<readonly T[]>;
  /**
   * The present state, for those who begin without a place.
   *
   * @returns what is sent first, and the sequence after which to go on
   */
  present(newest: number): Promise<{ readonly messages: readonly T[]; readonly position: number }>;
  /** Whether nothing ever follows this message. */
  isLast(message: T): boolean;
}

export interface FeedOptions<T> {
  readonly source: FeedSource<T>;
  /** Time after which a reader asks again when the store was away. */
  readonly retryMs: number;
  readonly onMessage?: (message: T) => void;
  /** Nobody follows any more. */
  readonly onIdle: () => void;
}

export interface Feed<T> {
  /** Sequence of the newest message known; 0 before the first. */
  newest(): number;
  /** Loads what follows, once for all who ask; what they asked for was committed before. False: the store is away. */
  look(): Promise<boolean>;
  /** Lets readers see whether their history is over. */
  wake(): void;
  /** Takes a message that was just committed; what lies before it is loaded. */
  append(message: T): void;
  open(options: ReadOptions<T>): Stream<T>;
  /** Keeps the feed going without a reader, until the function it returns is called. */
  hold(): () => void;
  /** Completes all streams. */
  stop(): void;
}

interface Reader<T> {
  readonly stream: Stream<T>;
  readonly place: Place;
  readonly wants: (message: T) => boolean;
}

/** Messages kept for readers that are nearly up to date. */
const keptMessages = 100;

/** Readers that are handed a message before others get a turn: requests do not wait until thousands have been sent to. */
const readersPerTurn = 1_000;

/**
 * One history, shared by all who follow it: what is new is loaded once for all, and each reader has nothing of its own but its place.
 * So a slow reader costs nothing but its own reading, and none misses or repeats a message.
 */
export function createFeed<T>({ source, retryMs, onMessage = () => {}, onIdle }: FeedOptions<T>): Feed<T> {
  /** All messages above `floor` up to `newest`. */
  const kept: T[] = [];
  let floor = 0;
  let newest = 0;
  let isBegun = false;
  let isReady = false;
  let isComplete = false;
  let loading: Promise<boolean> | null = null;
  let again = false;
  let holders = 0;
  const readers = new Set<Reader<T>>();

  function wake(): void {
    for (const { stream } of readers) stream.wake();
  }

  /** Hands a message to those who have all before it and wait; the others, and those who come meanwhile, find it by themselves. */
  async function hand(message: T, sequence: number, before: number): Promise<void> {
    let handed = 0;
    for (const { stream, place, wants } of readers) {
      if (++handed % readersPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
      const isNext = place.position === before;
      if (isNext && (!wants(message) || stream.offer(message))) place.position = sequence;
      else stream.wake();
    }
  }

  function take(messages: readonly T[]): void {
    const fresh = messages.filter((message) => source.sequenceOf(message) > newest);
    for (const message of fresh) {
      const before = newest;
      kept.push(message);
      newest = source.sequenceOf(message);
      isComplete ||= source.isLast(message);
      onMessage(message);
      void hand(message, newest, before);
    }
    const [last] = kept.splice(0, Math.max(0, kept.length - keptMessages)).slice(-1);
    if (last !== undefined) floor = source.sequenceOf(last);
    if (isComplete) wake();
  }

  async function load(): Promise<boolean> {
    try {
      if (!isBegun) floor = newest = await source.begin();
      isBegun = true;
      let isFull: boolean;
      do {
        again = false;
        const page = await source.readAfter(newest, keptMessages);
        take(page);
        isFull = page.length >= keptMessages;
      } while (isFull || again);
      isReady = true;
      return true;
    } catch {
      return false;
    } finally {
      // In the same turn as the last look at `again`: whoever asks after that begins a load of their own.
      loading = null;
    }
  }

  function look(): Promise<boolean> {
    if (loading) again = true;
    // In a turn of its own, so that a load that fails at once does not end before it is noted.
    else loading = Promise.resolve().then(load);
    return loading;
  }

  /** Searched from the end, for most readers lack only the newest. */
  function following(position: number): T | undefined {
    let found: T | undefined;
    for (let i = kept.length - 1; i >= 0; i--) {
      const message = kept[i] as T;
      if (source.sequenceOf(message) <= position) break;
      found = message;
    }
    return found;
  }

  function leave(): void {
    if (readers.size === 0 && holders === 0) onIdle();
  }

  const view: FeedView<T> = {
    isReady: () => isReady,
    newest: () => newest,
    floor: () => floor,
    isComplete: () => isComplete,
    following,
    look,
  };

  return {
    newest: () => newest,
    look,
    wake,

    append(message) {
      const sequence = source.sequenceOf(message);
      if (isReady && sequence === newest + 1) take([message]);
      else if (!isReady || sequence > newest) void look();
    },

    open(options) {
      const place: Place = { position: null };
      const stream = createStream<T>(
        (wait) => readFeed(view, source, options, { wait, retryMs, place }),
        () => {
          readers.delete(reader);
          leave();
        },
      );
      const reader: Reader<T> = { stream, place, wants: options.wants };
      readers.add(reader);
      return stream;
    },

    hold() {
      holders += 1;
      void look();
      return () => {
        holders -= 1;
        leave();
      };
    },

    stop() {
      for (const { stream } of [...readers]) void stream.return();
    },
  };
}
