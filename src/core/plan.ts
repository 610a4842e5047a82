import type { Definition } from './experiment.js';

/**
 * What is registered at the start: everything that decides how results come about. The SHA-256 of its `canonicalJson` is the plan hash.
 * Names for people, targeting, traffic and weights are not part of it: they may change while the plan stays the same.
 */
export function planOf(definition: Definition) {
  const { design, hashKey, hashStrategy, variants, metrics, evaluation } = definition;
  return {
    design,
    hashKey,
    hashStrategy,
    variants: variants.map(({ key, isControl }) => ({ key, isControl })),
    metrics: metrics.map(({ name, ...measured }) => measured),
    evaluation,
  };
}
