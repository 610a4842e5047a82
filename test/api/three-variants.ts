import { type Caller, createUnits, sampleInput } from './operations.js';

/** Experiments with variants a, b and c, of which a is the control, and what is done to their weights. */

export type Weights = Record<string, number>;

/** Weights as the API takes and gives them. */
export const listed = (weights: Weights) => Object.entries(weights).map(([variant, weight]) => ({ variant, weight }));

export const weightsOf = ({ allocation }: { allocation: { weights: { variant: string; weight: number }[] } }): Weights =>
  Object.fromEntries(allocation.weights.map(({ variant, weight }) => [variant, weight]));

export const users = Array.from({ length: 60 }, (_, i) => `u${i}`);

export function createThree(api: Caller) {
  const { assign } = createUnits(api);
  return {
    /** Makes one; its key. */
    async abc(changes: Record<string, unknown> = {}, start = true): Promise<string> {
      const variants = [
        { key: 'a', weight: 0.5 },
        { key: 'b', weight: 0.3 },
        { key: 'c', weight: 0.2 },
      ];
      const { key } = (await api.done('createExperiment', { input: sampleInput({ variants, ...changes }) })).experiment;
      if (start) await api.done('startExperiment', { key });
      return key;
    },

    setWeights: async (key: string, weights: Weights) => (await api.done('setWeights', { key, weights: listed(weights) })).experiment,

    toggle: async (key: string, variant: string, enabled: boolean) =>
      (await api.done('toggleVariant', { key, variant, enabled })).experiment,

    /** Exposes all users; the variant of each. */
    exposeAll: async (key: string): Promise<Map<string, string>> =>
      new Map(await Promise.all(users.map(async (userId) => [userId, (await assign(key, userId)).variant] as const))),
  };
}
