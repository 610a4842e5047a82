import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../core/simulation/random.js';
import type { ApiClient } from './client.js';

/** Visitors who are asked for their variants, meet them, and convert at known rates. */

/** Conversion rate in [0, 1] by variant. */
export type Rates = Readonly<Record<string, number>>;

export interface VisitedExperiment {
  readonly key: string;
  readonly metric: string;
  readonly rates: Rates;
}

interface Assignment {
  readonly experimentKey: string;
  readonly variant: string;
  readonly inExperiment: boolean;
  readonly allocationVersion: number;
}

/** Visitors asked for in one request, each under an alias of its own. */
const perRequest = 10;
const parallel = 4;

const askDocument = `query DemoVisitors(${Array.from({ length: perRequest }, (_, i) => `$u${i}: UnitInput!`).join(', ')}, $keys: [ID!]) {
  ${Array.from({ length: perRequest }, (_, i) => `v${i}: assignments(unit: $u${i}, experimentKeys: $keys) { experimentKey variant inExperiment allocationVersion }`).join('\n  ')}
}`;
const trackDocument = `mutation DemoTrack($input: TrackEventsInput!) { trackEvents(input: $input) { rejected results { code message } } }`;

export function createVisitors({
  api,
  seed,
  perSecond,
  experiments,
}: {
  readonly api: ApiClient;
  readonly seed: number;
  /** Visitors a second, as far as the server keeps up. */
  readonly perSecond: number;
  readonly experiments: readonly VisitedExperiment[];
}) {
  const random = createRandom(seed, 'visitors');
  const run = randomUUID().slice(0, 8);
  let sent = 0;

  async function sendGroup(): Promise<void> {
    const units = Array.from({ length: perRequest }, () => ({ userId: `visitor-${run}-${sent++}` }));
    const variables = Object.fromEntries(units.map((unit, i) => [`u${i}`, unit]));
    const keys = experiments.map(({ key }) => key);
    const answers = await api<Record<string, readonly Assignment[]>>(askDocument, { ...variables, keys });
    const occurredAt = new Date().toISOString();
    const exposures: object[] = [];
    const events: object[] = [];
    for (const [i, unit] of units.entries()) {
      for (const { experimentKey, variant, inExperiment, allocationVersion } of answers[`v${i}`] ?? []) {
        if (!inExperiment) continue;
        exposures.push({ eventId: randomUUID(), experimentKey, unit, variant, allocationVersion, occurredAt });
        const visited = experiments.find(({ key }) => key === experimentKey);
        if (visited && random.uniform() < (visited.rates[variant] ?? 0)) {
          events.push({ eventId: randomUUID(), metric: visited.metric, unit, occurredAt, experimentKey });
        }
      }
    }
    const { trackEvents } = await api<{
      trackEvents: { rejected: number; results: readonly { code: string | null; message: string | null }[] };
    }>(trackDocument, { input: { exposures, events } });
    const refused = trackEvents.results.find(({ code }) => code !== null);
    if (refused) throw new Error(`An event was refused: ${refused.code}: ${refused.message}`);
  }

  return {
    sent: () => sent,
    /** Sends visitors for so long, at their pace and a few groups at a time. */
    async sendFor(milliseconds: number): Promise<void> {
      const began = Date.now();
      const before = sent;
      const isDue = () => sent - before < ((Date.now() - began) / 1_000) * perSecond;
      const lane = async () => {
        while (Date.now() < began + milliseconds) {
          if (isDue()) await sendGroup();
          else await delay(10);
        }
      };
      await Promise.all(Array.from({ length: parallel }, lane));
    },
  };
}
