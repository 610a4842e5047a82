/** Experiments for benchmarks, made over the API. */
import { experimentKey } from './bare-assignment.js';
import type { Bellwether } from './bellwether.js';

const create = 'mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { key } } }';
const start = 'mutation ($key: ID!) { startExperiment(key: $key) { experiment { status } } }';

/** Creates and starts this many, of two variants and one metric each, keys as {@link experimentKey} counts them. */
export async function startExperiments(service: Bellwether, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const key = experimentKey(number);
    const input = {
      key,
      name: key,
      variants: [
        { key: 'control', weight: 0.5, isControl: true },
        { key: 'treatment', weight: 0.5 },
      ],
      metrics: { primary: { key: 'purchase', type: 'CONVERSION' } },
    };
    await service.ask(create, { input });
    await service.ask(start, { key });
  }
}
