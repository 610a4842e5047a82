import type { FeedSource } from './live-feed.js';
import type { Wait } from './live-stream.js';

/** What a reader sees of the feed that it follows. */
export interface FeedView<T> {
  /** Whether the feed has loaded what there was at its beginning. */
  isReady(): boolean;
  newest(): number;
  /** Sequence up to which messages must be read from the store. */
  floor(): number;
  /** The first message above this sequence, which is not below the floor. */
  following(position: number): T | undefined;
  /** Whether nothing follows the newest message. */
  isComplete(): boolean;
  look(): Promise<boolean>;
}

/** How far a reader has come: sequence of its last message; null before it has begun. */
export interface Place {
  position: number | null;
}

export interface ReadOptions<T> {
  /** Sequence of the last message that the reader has; null: begin with the present state. */
  readonly after: number | null;
  readonly wants: (message: T) => boolean;
  /** Whether nothing follows what the store holds now. */
  readonly isOver: () => boolean;
}

const pageSize = 50;

/**
 * One reader's way through a history. All it keeps is its place: what the feed no longer holds is read in pages from the store.
 * A store that is away is asked again after a while, or when there is news. While it waits, the feed may hand its reader what is new and
 * move the place on.
 */
export async function* readFeed<T>(
  feed: FeedView<T>,
  source: FeedSource<T>,
  { after, wants, isOver }: ReadOptions<T>,
  { wait, retryMs, place }: { readonly wait: Wait; readonly retryMs: number; readonly place: Place },
): AsyncGenerator<T, void> {
  /** Asks until there is an answer; null when the reader has gone meanwhile. */
  async function persist<R>(ask: () => Promise<R | null>): Promise<R | null> {
    for (;;) {
      // The source logs its failures.
      const answer = await ask().catch(() => null);
      if (answer !== null) return answer;
      if (!(await wait(retryMs))) return null;
    }
  }
  const look = () => persist(async () => (await feed.look()) || null);

  if (!feed.isReady() && !(await look())) return;
  // The reader may come from another instance and know more than this one does yet.
  if (after !== null && after > feed.newest() && !(await look())) return;
  let start = after;
  if (start === null || start > feed.newest()) {
    const present = await persist(() => source.present(feed.newest()));
    if (present === null) return;
    for (const message of present.messages) if (wants(message)) yield message;
    start = present.position;
  }
  place.position = start;
  for (let isDrained = false; ; ) {
    const position: number = place.position;
    if (position < feed.floor()) {
      const upTo = feed.floor();
      const page = await persist(() => source.readAfter(position, pageSize));
      if (page === null) return;
      for (const message of page) {
        place.position = source.sequenceOf(message);
        if (wants(message)) yield message;
      }
      if (page.length < pageSize) place.position = Math.max(place.position, upTo);
      continue;
    }
    const message = feed.following(position);
    if (message !== undefined) {
      place.position = source.sequenceOf(message);
      if (wants(message)) yield message;
    } else if (feed.isComplete() || isDrained) {
      return;
    } else if (isOver()) {
      if (!(await look())) return;
      isDrained = true;
    } else if (!(await wait(null))) {
      return;
    }
  }
}
