import { draws } from '../core/totals.js';
import type { Kind, Measured } from '../plain/comparisons.js';
import type { RunningService } from '../setup/service.js';

/** People who visit, click, buy and spend by their number alone, and before they are exposed too. Who is exposed where makes the effects. */

export interface Shopper {
  readonly userId: string;
  /** 0 to 4: who buys much, spends little, breaks much, and the rest. */
  readonly kind: number;
  readonly region: (typeof regions)[number];
  /** By key of the metric, as the product should measure it. */
  readonly measured: Readonly<Record<MetricKey, Measured>>;
  readonly events: readonly { readonly metric: string; readonly value: number; readonly isBefore: boolean }[];
}

export const regions = ['DE', 'US'] as const;

export type MetricKey = 'bought' | 'items' | 'spend' | 'failures';

const mostItems = 3;

/** Of each type one: a conversion, a count that is winsorised, an amount adjusted for what was spent before, a ratio of which less is better. */
export const shopperMetrics: Readonly<Record<MetricKey, object>> = {
  bought: { key: 'bought', type: 'CONVERSION' },
  items: { key: 'items', type: 'COUNT', cap: mostItems },
  spend: { key: 'spend', type: 'CONTINUOUS', cuped: true },
  failures: { key: 'failures', type: 'RATIO', denominator: 'visits', direction: 'DECREASE' },
};

export const kindOf: Readonly<Record<MetricKey, Kind>> = { bought: 'PLAIN', items: 'PLAIN', spend: 'CUPED', failures: 'RATIO' };

export function makeShoppers(count: number): readonly Shopper[] {
  const next = draws(20_261_121);
  const upTo = (most: number) => Math.floor(next() * (most + 1));
  return Array.from({ length: count }, (_, i) => {
    const kind = i % 5;
    const region = regions[Math.floor(i / 5) % 2] as Shopper['region'];
    const isRich = region === 'US';
    const bought = next() < (kind === 0 ? 0.7 : kind === 1 ? 0.1 : 0.3) + (isRich ? 0.2 : 0) ? 1 + upTo(1) : 0;
    const items = Math.max(0, upTo(5) - (kind === 1 ? 2 : 0));
    const before = upTo(20);
    const spent = 2 * before + upTo(12) + (kind === 1 ? -8 : 0) + (isRich ? 10 : 0);
    const visits = 1 + upTo(4);
    const failures = Math.min(visits, Math.floor(next() * (kind === 2 ? 4 : 2)));
    const several = (metric: string, times: number) => Array.from({ length: times }, () => ({ metric, value: 1, isBefore: false }));
    return {
      userId: `shopper-${i}`,
      kind,
      region,
      measured: {
        bought: { x: Math.min(1, bought), y: 0 },
        items: { x: Math.min(mostItems, items), y: 0 },
        spend: { x: spent, y: before },
        failures: { x: failures, y: visits },
      },
      events: [
        ...several('bought', bought),
        ...several('items', items),
        { metric: 'spend', value: before, isBefore: true },
        // In two parts: it is the unit's sum that counts.
        { metric: 'spend', value: spent - 1.25, isBefore: false },
        { metric: 'spend', value: 1.25, isBefore: false },
        { metric: 'visits', value: visits, isBefore: false },
        ...several('failures', failures),
      ],
    };
  });
}

const askedTogether = 10;

/** Sends what shoppers do, and exposes them where `isExposed` says so; by experiment and variant who was exposed, in the order sent. */
export async function sendShoppers(
  service: RunningService,
  keys: readonly string[],
  shoppers: readonly Shopper[],
  isExposed: (shopper: Shopper, variant: string) => boolean,
): Promise<ReadonlyMap<string, ReadonlyMap<string, readonly Shopper[]>>> {
  const exposedAt = Date.now() - 1_000;
  const at = (ms: number) => new Date(exposedAt + ms).toISOString();
  const unitOf = ({ userId, region }: Shopper) => ({ userId, attributes: { region } });
  const served = new Map(keys.map((key) => [key, new Map<string, Shopper[]>()]));
  const exposures: object[] = [];
  for (let from = 0; from < shoppers.length; from += askedTogether) {
    const asked = shoppers.slice(from, from + askedTogether);
    const fields = asked.map(
      (_, i) => `a${i}: assignments(unit: $u${i}, experimentKeys: $keys) { experimentKey variant reason allocationVersion }`,
    );
    const document = `query ($keys: [ID!]!, ${asked.map((_, i) => `$u${i}: UnitInput!`).join(', ')}) { ${fields.join(' ')} }`;
    const answers = await service.ask(document, { keys, ...Object.fromEntries(asked.map((one, i) => [`u${i}`, unitOf(one)])) }, 'client');
    for (const [i, shopper] of asked.entries()) {
      for (const { experimentKey, variant, reason, allocationVersion } of answers[`a${i}`]) {
        if (reason !== 'SPLIT') throw new Error(`${shopper.userId} got ${reason} in ${experimentKey}`);
        if (!isExposed(shopper, variant)) continue;
        const arms = served.get(experimentKey);
        arms?.set(variant, [...(arms.get(variant) ?? []), shopper]);
        const eventId = `${experimentKey} ${shopper.userId}`;
        exposures.push({ eventId, experimentKey, unit: unitOf(shopper), variant, allocationVersion, occurredAt: at(0) });
      }
    }
  }
  const events = shoppers.flatMap((shopper) =>
    shopper.events.map(({ metric, value, isBefore }, i) => ({
      eventId: `${shopper.userId} ${i}`,
      metric,
      value,
      unit: unitOf(shopper),
      occurredAt: at(isBefore ? -86_400_000 : 100 + i),
    })),
  );
  // Half of what they do arrives before anybody is known to be exposed.
  const half = Math.floor(events.length / 2);
  await track(service, 'events', events.slice(0, half));
  await track(service, 'exposures', exposures);
  await track(service, 'events', events.slice(half));
  return served;
}

/** Sends them in batches; none may be refused. */
export async function track(service: RunningService, name: 'events' | 'exposures', list: readonly object[]): Promise<void> {
  const document = 'mutation ($input: TrackEventsInput!) { trackEvents(input: $input) { rejected results { code message } } }';
  for (let from = 0; from < list.length; from += 1_000) {
    const { trackEvents } = await service.ask(document, { input: { [name]: list.slice(from, from + 1_000) } }, 'client');
    if (trackEvents.rejected > 0) throw new Error(JSON.stringify(trackEvents.results.find((each: { code: string | null }) => each.code)));
  }
}
