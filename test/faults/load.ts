/** Exposures and events as careless clients send them: late, twice, out of order, sometimes wrong; and who was told what became of them. */
import type { Random } from './random.js';

/** Variant by experiment and unit. */
export type Served = (experimentKey: string, unit: { readonly userId: string; readonly tenantId: string }) => string;

export interface Item {
  readonly eventId: string;
  readonly kind: 'exposure' | 'event';
  readonly input: object;
}

export interface Batch {
  readonly input: { readonly exposures: readonly object[]; readonly events: readonly object[]; readonly idempotencyKey?: string };
  readonly eventIds: readonly string[];
  /** Position of the instance that it goes to first. */
  readonly first: 0 | 1;
  /** Goes to both at once. */
  readonly twice: boolean;
  /** Whether the client gives up at a broken connection, never to know. */
  readonly givesUp: boolean;
}

export const userCount = 60;
export const experimentKeys = ['fixed', 'bandit', 'tenants'] as const;
export const unitOf = (n: number) => ({ userId: `u${n}`, tenantId: `t${n % 10}` });

const metrics = ['purchase', 'clicks', 'revenue'];
const values = [1, 0.1, 0.2, -3.5, 60, 1e12, 0.000000001];
const minuteMs = 60_000;

/** @param until events happen in the six hours before it */
export function makeItems(
  random: Random,
  { count, prefix, until, served }: { count: number; prefix: string; until: Date; served: Served },
): Item[] {
  return Array.from({ length: count }, (_, i): Item => {
    const eventId = `${prefix}-${i}`;
    const unit = unitOf(random.below(userCount));
    const experimentKey = random.pick(experimentKeys);
    const occurredAt = new Date(until.getTime() - random.below(360) * minuteMs).toISOString();
    if (random.next() < 0.35) {
      const right = served(experimentKey, unit);
      const variant = random.next() < 0.1 ? ['a', 'b'].find((key) => key !== right) : right;
      return { eventId, kind: 'exposure', input: { eventId, experimentKey, unit, variant, occurredAt } };
    }
    const only = random.next() < 0.3 ? { experimentKey } : {};
    return {
      eventId,
      kind: 'event',
      input: { eventId, metric: random.pick(metrics), unit, value: random.pick(values), occurredAt, ...only },
    };
  });
}

/** Mixes in a quarter of duplicates and a few ids with other content, and cuts all into requests. */
export function makeBatches(random: Random, items: readonly Item[]): Batch[] {
  const again = items.filter(() => random.next() < 0.25);
  const reused = items
    .filter(({ kind }) => kind === 'event' && random.next() < 0.03)
    .map((item): Item => ({ ...item, input: { ...item.input, value: 7 } }));
  const all = random.shuffle([...items, ...again, ...reused]);
  const batches: Batch[] = [];
  while (all.length > 0) {
    const part = all.splice(0, 1 + random.below(30));
    const inputs = (kind: Item['kind']) => part.filter((item) => item.kind === kind).map((item) => item.input);
    const idempotencyKey = random.next() < 0.3 ? { idempotencyKey: `${part[0]?.eventId} ${batches.length}` } : {};
    batches.push({
      input: { exposures: inputs('exposure'), events: inputs('event'), ...idempotencyKey },
      eventIds: [...new Set(part.map((item) => item.eventId))],
      first: random.below(2) as 0 | 1,
      twice: random.next() < 0.15,
      givesUp: random.next() < 0.1,
    });
  }
  return batches;
}

interface Results {
  readonly replayed: boolean;
  readonly results: readonly {
    readonly eventId: string;
    readonly status: 'ACCEPTED' | 'DUPLICATE' | 'REJECTED';
    readonly code: string | null;
  }[];
}

/** What clients were told. */
export function createNotebook() {
  const accepted = new Map<string, number>();
  const acknowledged = new Set<string>();
  const sent = new Set<string>();
  const refusals = new Map<string, number>();
  return {
    /** Ids that were sent, whatever came back. */
    sent,
    /** Ids that are in, as a client was told. */
    acknowledged,
    /** Reasons of refusals, with how often. */
    refusals,
    noteSent({ eventIds }: Batch): void {
      for (const id of eventIds) sent.add(id);
    },
    note({ replayed, results }: Results): void {
      for (const { eventId, status, code } of results) {
        if (status === 'REJECTED') refusals.set(code ?? '', (refusals.get(code ?? '') ?? 0) + 1);
        else acknowledged.add(eventId);
        // An answer given again says once more what it said.
        if (status === 'ACCEPTED' && !replayed) accepted.set(eventId, (accepted.get(eventId) ?? 0) + 1);
      }
    },
    /** Ids that were said to be new more than once. */
    acceptedTwice: () => [...accepted].filter(([, times]) => times > 1).map(([id]) => id),
  };
}
