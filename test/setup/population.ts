import type { RunningService } from './service.js';

/** Units that meet their variants and convert at given rates, exactly: of each variant's units the first share converts. */
export interface Population {
  readonly experimentKey: string;
  readonly metric: string;
  /** Conversion rate by variant. */
  readonly rates: Readonly<Record<string, number>>;
  readonly units: number;
  /** Begins the units' ids. */
  readonly prefix: string;
  /** Further ids and attributes of each unit. */
  readonly unit?: object;
}

const perQuestion = 25;

/** Sends them through the public API; how many units each variant got. */
export async function sendPopulation(service: RunningService, population: Population): Promise<Record<string, number>> {
  const { experimentKey, metric, rates, units, prefix, unit: more = {} } = population;
  const unitsOf: Record<string, object[]> = {};
  const exposures: object[] = [];
  const occurredAt = new Date().toISOString();
  for (let from = 0; from < units; from += perQuestion) {
    const asked = Array.from({ length: Math.min(perQuestion, units - from) }, (_, i) => ({ userId: `${prefix}${from + i}`, ...more }));
    const fields = asked.map((_, i) => `a${i}: assignment(experimentKey: $key, unit: $u${i}) { variant inExperiment allocationVersion }`);
    const document = `query (${asked.map((_, i) => `$u${i}: UnitInput!`).join(' ')} $key: ID!) { ${fields.join(' ')} }`;
    const data = await service.ask(
      document,
      { key: experimentKey, ...Object.fromEntries(asked.map((one, i) => [`u${i}`, one])) },
      'client',
    );
    for (const [i, one] of asked.entries()) {
      const { variant, inExperiment, allocationVersion } = data[`a${i}`];
      if (!inExperiment) continue;
      const list = unitsOf[variant] ?? [];
      unitsOf[variant] = list;
      list.push(one);
      exposures.push({ eventId: `${prefix}x${from + i}`, experimentKey, unit: one, variant, allocationVersion, occurredAt });
    }
  }
  const events = Object.entries(unitsOf).flatMap(([variant, list]) =>
    list.slice(0, Math.round(list.length * (rates[variant] ?? 0))).map((one, i) => ({
      eventId: `${prefix}${variant}-e${i}`,
      metric,
      unit: one,
      occurredAt,
    })),
  );
  for (let from = 0; from < exposures.length; from += 1_000) await track(service, { exposures: exposures.slice(from, from + 1_000) });
  for (let from = 0; from < events.length; from += 1_000) await track(service, { events: events.slice(from, from + 1_000) });
  return Object.fromEntries(Object.entries(unitsOf).map(([variant, list]) => [variant, list.length]));
}

async function track(service: RunningService, input: object): Promise<void> {
  const document = 'mutation ($input: TrackEventsInput!) { trackEvents(input: $input) { rejected results { code message } } }';
  const { trackEvents } = await service.ask(document, { input }, 'client');
  if (trackEvents.rejected > 0) throw new Error(JSON.stringify(trackEvents.results.find((result: { code: string | null }) => result.code)));
}
