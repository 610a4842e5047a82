/** What instances tell one another: a change is announced to the others, and what they announce is taken over here. */
import type { Clockwork } from './queue/clockwork.js';
import { createAnnouncements } from './redis/announcements.js';
import type { RedisConnections } from './redis/connections.js';
import { createDefinitionCache } from './redis/definition-cache.js';
import type { Keys } from './services/keys.js';
import type { Live } from './services/live.js';
import type { Announcement, Announcer } from './services/ports.js';
import type { Registry } from './services/registry.js';
import type { Tracer } from './services/tracer.js';
import type { Log } from './telemetry/log.js';

export interface ExchangeParts {
  readonly redis: Pick<RedisConnections, 'hot' | 'subscriber'>;
  readonly registry: Registry;
  readonly log: Log;
  readonly tracer: Tracer;
}

/** Who acts on what other instances announce. */
export interface Followers {
  readonly live: Pick<Live, 'hint' | 'lookAgain'>;
  readonly keys: Pick<Keys, 'forget'>;
  readonly clockwork: Pick<Clockwork, 'sync'>;
}

/** @returns the announcer of this instance, and what begins to follow the others */
export function createExchange({ redis: { hot: publisher, subscriber }, registry, log, tracer }: ExchangeParts) {
  const announcements = createAnnouncements({ publisher, subscriber, log, tracer });
  const definitionCache = createDefinitionCache(publisher);

  const announcer: Announcer = {
    /** Others take a definition from Redis when they hear of it, so it goes there first. */
    announce(announcement: Announcement): void {
      if (announcement.kind !== 'experiment') {
        announcements.announce(announcement);
        return;
      }
      const experiment = registry.byId(announcement.id);
      const kept = experiment ? definitionCache.put(experiment) : definitionCache.remove(announcement.id);
      void kept.then(() => announcements.announce(announcement));
    },
  };

  async function takeOver(id: string, version: number): Promise<void> {
    const experiment = await definitionCache.get(id, version);
    if (experiment) registry.adopt(experiment);
    else await registry.refresh();
  }

  return {
    announcer,
    follow({ live, keys, clockwork }: Followers): void {
      announcements.subscribe((announcement) => {
        live.hint(announcement);
        if (announcement.kind === 'keys') keys.forget();
        if (announcement.kind === 'forgotten') registry.refresh().catch(() => {});
        if (announcement.kind === 'experiment') void takeOver(announcement.id, announcement.version).catch(() => {});
      });
      announcements.onReconnect(() => {
        registry.refresh().catch(() => {});
        live.lookAgain();
        clockwork.sync();
      });
    },
  };
}
