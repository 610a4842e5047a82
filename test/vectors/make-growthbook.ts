/**
 * Writes the part `growthbook` of assignment.json: what GrowthBook's own SDK answers, as it is installed here.
 * Run once, by hand, when that SDK changes:  npx tsx test/vectors/make-growthbook.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { GrowthBook } from '@growthbook/growthbook';

const path = new URL('./assignment.json', import.meta.url);
const { version } = createRequire(import.meta.url)('@growthbook/growthbook/package.json') as { readonly version: string };

function ask(seed: string, unitId: string, weights: readonly number[], coverage: number) {
  const growthbook = new GrowthBook({ attributes: { id: unitId } });
  const variations = weights.map((_, index) => index) as [number, number, ...number[]];
  const answer = growthbook.run({ key: 'experiment', variations, weights: [...weights], coverage, seed, hashVersion: 2 });
  growthbook.destroy();
  return answer;
}

function vector(seed: string, unitId: string, weights: readonly number[], coverage: number) {
  // Where in [0, 1) a unit falls is only told of those that are in, and in a coverage of 1 all are.
  const { bucket } = ask(seed, unitId, weights, 1);
  if (bucket === undefined) throw new Error(`GrowthBook gives ${unitId} no place under ${seed}`);
  const { inExperiment, variationId } = ask(seed, unitId, weights, coverage);
  return { seed, unitId, weights, coverage, slot: Math.round(bucket * 10_000), variant: inExperiment ? variationId : null };
}

const ids = ['user-1', 'user-2', '42', 'a:b', 'u 1', 'zoë', '用户-7', '🦊', 'x'.repeat(256)];
const plans = [
  { weights: [0.5, 0.5], coverage: 1 },
  { weights: [0.1, 0.2, 0.7], coverage: 0.3 },
  { weights: [1 / 3, 1 / 3, 1 / 3], coverage: 0.77 },
  { weights: [0.07, 0.29, 0.64], coverage: 0.5 },
  { weights: [0, 1], coverage: 0.999 },
];
const cases = ['checkout', 'prod-experiment-2024-q3', 'größe'].flatMap((seed) =>
  plans.flatMap(({ weights, coverage }) => ids.map((id) => vector(seed, id, weights, coverage))),
);

const content = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
content.growthbook = {
  source: `Answered by @growthbook/growthbook ${version}, hashVersion 2; variant null: not in the experiment.`,
  cases,
};
writeFileSync(path, `${JSON.stringify(content, null, 1)}\n`);
