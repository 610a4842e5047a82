import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Log } from '../services/log.js';
import type { Announcement, Announcer } from '../services/ports.js';
import { type Tracer, untraced } from '../services/tracer.js';
import type { RedisClient } from './client.js';

export interface Announcements extends Announcer {
  /** Hands over what other instances announce, until the function it returns is called. */
  subscribe(handler: (announcement: Announcement) => void): () => void;
  /**
   * Calls the handler each time messages flow again after they could not, the first connection included: announcements may have been
   * missed. Until the function it returns is called.
   */
  onReconnect(handler: () => void): () => void;
}

export interface AnnouncementParts {
  /** Sends; must fail rather than wait. */
  readonly publisher: RedisClient;
  /** Receives, and is used for nothing else; with `autoResubscribe` off. */
  readonly subscriber: RedisClient;
  readonly log: Log;
  /** Marks own messages, which come back and are skipped. */
  readonly instanceId?: string;
  readonly tracer?: Tracer;
}

const count = z.number().int().nonnegative();
const announcement = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('experiment'), id: z.string(), version: count }),
  z.object({ kind: z.literal('evaluation'), id: z.string(), sequence: count }),
  z.object({ kind: z.literal('alert'), sequence: count }),
  z.object({ kind: z.literal('keys') }),
  z.object({ kind: z.literal('forgotten') }),
]);
/** `trace`: where it was said, for those who act on it to go on there. */
const message = z.object({ from: z.string(), announcement, trace: z.string().optional() });

/** Announcements from instance to instance over one Redis channel; what is lost is found by those who look every few seconds. */
export function createAnnouncements({
  publisher,
  subscriber,
  log,
  instanceId = randomUUID(),
  tracer = untraced,
}: AnnouncementParts): Announcements {
  // Channels know no logical databases: without the number, two services that share a server would hear each other.
  const channel = `bellwether:announcements:${'db' in subscriber.options ? (subscriber.options.db ?? 0) : 0}`;
  const handlers = new Set<(announcement: Announcement) => void>();
  const reconnectHandlers = new Set<() => void>();

  /** One handler that fails must not keep the others from hearing. */
  function call<T extends unknown[]>(all: ReadonlySet<(...given: T) => void>, ...given: T): void {
    for (const handler of [...all]) {
      try {
        handler(...given);
      } catch (error) {
        log.error({ err: error }, 'A listener to announcements failed.');
      }
    }
  }

  async function listen(): Promise<void> {
    try {
      await subscriber.subscribe(channel);
      call(reconnectHandlers);
    } catch {
      // The connection went again; the next `ready` comes back here.
    }
  }

  subscriber.on('message', (_channel: string, text: string) => {
    const read = parse(text);
    if (read && read.from !== instanceId) tracer.within(read.trace, () => call(handlers, read.announcement));
  });
  subscriber.on('ready', listen);
  if (subscriber.status === 'ready') void listen();

  const added = <T>(set: Set<T>, handler: T) => {
    set.add(handler);
    return () => void set.delete(handler);
  };

  return {
    announce(said) {
      try {
        publisher.publish(channel, JSON.stringify({ from: instanceId, announcement: said, trace: tracer.here() })).catch(() => {});
      } catch {
        // Away; the others will look by themselves.
      }
    },
    subscribe: (handler) => added(handlers, handler),
    onReconnect: (handler) => added(reconnectHandlers, handler),
  };
}

/** A message of ours; null for anything else that may come over the channel, such as kinds of a newer release. */
function parse(text: string): z.infer<typeof message> | null {
  try {
    return message.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
