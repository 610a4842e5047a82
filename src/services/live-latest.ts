import { createStream, type Stream } from './live-stream.js';

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
  /** Puts a value to all streams that are open and interested: now, or when the period since the last one is over. */
  put(id: string, value: T): void;
  finish(id: string): void;
  /** Ids that some stream waits for; without those of streams that take all. */
  wanted(): ReadonlySet<string>;
  stop(): void;
}

export interface LatestOptions {
  /** Least time from one value of an id to the next. */
  readonly periodMs: number;
  /** Told when the number of open streams has changed. */
  readonly onSubscribers?: (number: number) => void;
}

interface Member<T> extends LatestStream<T> {
  readonly stream: Stream<T>;
  readonly ids: ReadonlySet<string> | null;
  /** Number of puts before it was opened: it began with what they brought. */
  readonly since: number;
}

/** What is kept of an id from a value on until a period after the last one was sent. */
interface Held<T> {
  /** Runs through the period; null before the first is sent, in the same turn. */
  timer: NodeJS.Timeout | null;
  /** The newest value that is still to be sent, and the number of its put. */
  waiting: { readonly value: T; readonly number: number } | null;
  isLast: boolean;
}

/**
 * Streams that show the present state: of several values for an id within a period only the first and then the newest is sent, to all streams
 * at once, so that they can share what it takes to show it. A slow reader costs one reference an id, and the values themselves are shared by all.
 */
export function createLatest<T>({ periodMs, onSubscribers = () => {} }: LatestOptions): Latest<T> {
  const members = new Set<Member<T>>();
  const held = new Map<string, Held<T>>();
  let puts = 0;
  let stopped = false;

  function send(id: string): void {
    const known = held.get(id);
    if (!known?.waiting) {
      held.delete(id);
      return;
    }
    const { waiting, isLast } = known;
    known.waiting = null;
    known.timer = setTimeout(send, periodMs, id);
    for (const member of members) if (member.since < waiting.number) member.put(id, waiting.value);
    if (isLast) finish(id);
  }

  /** What one change brings in one turn is one message. */
  function sendSoon(id: string, known: Held<T>): void {
    queueMicrotask(() => {
      if (held.get(id) === known) send(id);
    });
  }

  function finish(id: string): void {
    const known = held.get(id);
    if (known?.waiting) known.isLast = true;
    else for (const member of members) member.finish(id);
  }

  function leave(member: Member<T>): void {
    if (!members.delete(member)) return;
    if (members.size === 0) {
      for (const { timer } of held.values()) if (timer) clearTimeout(timer);
      held.clear();
    }
    onSubscribers(members.size);
  }

  return {
    open(ids) {
      const member = createMember<T>(ids, puts, leave);
      members.add(member);
      onSubscribers(members.size);
      if (stopped) void member.return?.();
      return member;
    },
    put(id, value) {
      if (members.size === 0) return;
      const waiting = { value, number: ++puts };
      const known = held.get(id);
      if (known) known.waiting = waiting;
      else {
        const first: Held<T> = { timer: null, waiting, isLast: false };
        held.set(id, first);
        sendSoon(id, first);
      }
    },
    finish,
    wanted: () => new Set([...members].flatMap(({ ids }) => (ids === null ? [] : [...ids]))),
    stop() {
      stopped = true;
      for (const member of [...members]) void member.return?.();
    },
  };
}

function createMember<T>(ids: readonly string[] | null, since: number, leave: (member: Member<T>) => void): Member<T> {
  /** The newest values that the reader has not taken yet. */
  const pending = new Map<string, T>();
  const unfinished = ids === null ? null : new Set(ids);

  const stream = createStream<T>(
    async function* (wait) {
      while (pending.size > 0 || unfinished === null || unfinished.size > 0) {
        const [next] = pending;
        if (!next) {
          if (!(await wait(null))) return;
          continue;
        }
        pending.delete(next[0]);
        yield next[1];
      }
    },
    () => leave(member),
  );

  const member: Member<T> = Object.assign(stream, {
    stream,
    ids: unfinished,
    since,
    put(id: string, value: T) {
      if (unfinished !== null && !unfinished.has(id)) return;
      if (pending.size === 0 && stream.offer(value)) return;
      pending.set(id, value);
      stream.wake();
    },
    finish(id: string) {
      unfinished?.delete(id);
      stream.wake();
    },
  });
  return member;
}
