import { sendPopulation } from '../setup/population.js';
import { type RunningService, startService } from '../setup/service.js';

/** A service in which everything happens that its metrics tell of: an A/B test, a bandit that moves, requests of every kind, refusals too. */

const variants = (...keys: string[]) => keys.map((key) => ({ key, weight: 1 / keys.length }));

const checkout = {
  key: 'checkout',
  name: 'Checkout',
  variants: variants('control', 'one-page'),
  metrics: { primary: { key: 'order', type: 'CONVERSION' } },
  evaluation: { schedule: 'every_5s' },
};

const banner = {
  key: 'banner',
  name: 'Banner',
  design: 'BANDIT',
  variants: variants('plain', 'bright'),
  metrics: { primary: { key: 'click', type: 'CONVERSION' } },
  evaluation: { schedule: 'every_5s' },
  bandit: { intervalSeconds: 5, minUnitsPerArm: 1_000 },
};

const create = 'mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { key } } }';
const start = 'mutation ($key: ID!) { startExperiment(key: $key) { experiment { status } } }';
const assignment = 'query ($unit: UnitInput!) { assignment(experimentKey: "checkout", unit: $unit) { variant } }';
const assign = 'mutation ($unit: UnitInput!) { assign(experimentKey: "checkout", unit: $unit) { variant } }';
const track = 'mutation ($input: TrackEventsInput!) { trackEvents(input: $input) { accepted duplicates rejected } }';
const counts = 'subscription { countsUpdated(experimentKeys: ["checkout"]) { experimentKey } }';

export interface BusyService extends RunningService {
  /** Lets a visitor do everything once more; rates are of what goes on. */
  visit(): Promise<void>;
}

export async function startBusyService(): Promise<BusyService> {
  const service = await startService();
  for (const input of [checkout, banner]) {
    await service.ask(create, { input });
    await service.ask(start, { key: input.key });
  }
  const click = { experimentKey: 'banner', metric: 'click', units: 3_000, prefix: 'seen-' };
  await sendPopulation(service, { ...click, rates: { plain: 0.1, bright: 0.15 } });
  const order = { experimentKey: 'checkout', metric: 'order', units: 400, prefix: 'buyer-' };
  await sendPopulation(service, { ...order, rates: { control: 0.1, 'one-page': 0.1 } });
  const stream = service.subscribe(counts);
  await stream.next();

  let visitors = 0;
  async function visit(): Promise<void> {
    visitors += 1;
    const unit = { userId: `visitor-${visitors}` };
    await service.ask(assignment, { unit }, 'client');
    await service.ask(assign, { unit }, 'client');
    const event = { eventId: `order-${visitors}`, metric: 'order', unit, occurredAt: new Date().toISOString() };
    const unknown = { ...event, eventId: `odd-${visitors}`, metric: 'nobody.asks' };
    for (const events of [[event], [event, unknown]]) await service.ask(track, { input: { events } }, 'client');
    // Refused, for it asks for nothing that there is.
    await service.send('{ nothing }');
    await fetch(`${service.url}/ready`);
    await fetch(`${service.url}/`);
    await fetch(`${service.url}/ofrep/v1/evaluate/flags/checkout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${service.secrets.client}` },
      body: JSON.stringify({ context: { targetingKey: unit.userId, userId: unit.userId } }),
    });
    const passing = service.subscribe(counts);
    await passing.next();
    await passing.close();
  }
  return {
    ...service,
    visit,
    async remove() {
      await stream.close();
      await service.remove();
    },
  };
}
