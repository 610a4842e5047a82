import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendPopulation } from '../setup/population.js';
import { type RunningService, startService } from '../setup/service.js';

const create = 'mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { key } } }';
const start = 'mutation ($key: ID!) { startExperiment(key: $key) { experiment { status } } }';
const weightsUpdated = `subscription ($key: ID!, $after: Int) { weightsUpdated(experimentKey: $key, after: $after) {
  sequence version cause weights { variant weight } previousWeights { variant weight } probabilityBest { variant probability }
  experiment { key allocation { version } }
} }`;

describe('a bandit', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(async () => {
    await service.remove();
  });

  test('gives a clear winner its cap within three ticks, streams each move, and keeps exposed units where they are', async () => {
    const key = 'banner';
    const input = {
      key,
      name: 'Banner',
      design: 'BANDIT',
      variants: [
        { key: 'plain', weight: 0.5 },
        { key: 'bright', weight: 0.5 },
      ],
      metrics: { primary: { key: 'click', type: 'CONVERSION' } },
      bandit: { intervalSeconds: 5, smoothing: 0 },
    };
    await service.ask(create, { input });
    await service.ask(start, { key });
    const before = await assignmentsOf(service, key, 'visitor-');
    const stream = service.subscribe(weightsUpdated, { key });
    const sent = await sendPopulation(service, {
      experimentKey: key,
      metric: 'click',
      rates: { plain: 0.08, bright: 0.3 },
      units: 2_000,
      prefix: 'visitor-',
    });
    expect(Math.min(sent.plain ?? 0, sent.bright ?? 0)).toBeGreaterThan(900);

    const updates = [];
    for (let sequence = 1; ; sequence++) {
      const { weightsUpdated: update } = await stream.next();
      expect(update.sequence).toBe(sequence);
      updates.push(update);
      if (update.weights[1].weight >= 0.9) break;
      expect(sequence).toBeLessThanOrEqual(4);
    }
    await stream.close();
    const last = updates.at(-1);
    expect(last.cause).toBe('BANDIT');
    expect(last.weights).toEqual([
      { variant: 'plain', weight: 0.1 },
      { variant: 'bright', weight: 0.9 },
    ]);
    expect(last.previousWeights).toEqual(updates.at(-2).weights);
    expect(last.probabilityBest[1].probability).toBeGreaterThan(0.999);
    expect(last.experiment.allocation.version).toBeGreaterThanOrEqual(last.version);

    // Exposed units keep their variants; those that nobody has seen follow the weights.
    const after = await assignmentsOf(service, key, 'visitor-');
    expect(after.map(({ variant }) => variant)).toEqual(before.map(({ variant }) => variant));
    expect(after.some(({ reason }) => reason === 'STICKY')).toBe(true);
    const fresh = (await Promise.all([1, 2, 3, 4].map((n) => assignmentsOf(service, key, `newcomer-${n}-`)))).flat();
    // Of 100 at nine in ten fewer than 70 in one of 100 million runs.
    expect(fresh).toHaveLength(100);
    expect(fresh.filter(({ variant }) => variant === 'bright').length).toBeGreaterThan(69);

    // Who comes later gets the present state first; who was cut off goes on behind what it has.
    const present = service.subscribe(weightsUpdated, { key });
    expect((await present.next()).weightsUpdated.version).toBe(last.version);
    await present.close();
    const resumed = service.subscribe(weightsUpdated, { key, after: 1 });
    expect((await resumed.next()).weightsUpdated.sequence).toBe(2);
    await resumed.close();
  });
});

async function assignmentsOf(service: RunningService, key: string, prefix: string): Promise<{ variant: string; reason: string }[]> {
  const fields = Array.from(
    { length: 25 },
    (_, i) => `a${i}: assignment(experimentKey: $key, unit: { userId: "${prefix}${i}" }) { variant reason }`,
  );
  return Object.values(await service.ask(`query ($key: ID!) { ${fields.join(' ')} }`, { key }, 'client'));
}
