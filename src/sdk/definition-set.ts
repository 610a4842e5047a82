import { type ClientDefinition, compileClientDefinition } from '../core/client-definition.js';
import type { CompiledExperiment } from '../core/compiled-experiment.js';

/** The definitions that a client assigns by, kept up to date by messages of the service. */

/** The whole set, or what changed in it. */
export interface DefinitionSet {
  readonly version: string;
  readonly complete: boolean;
  readonly removed: readonly string[];
  readonly experiments: readonly ClientDefinition[];
}

export function createDefinitionSet() {
  const held = new Map<string, { readonly definition: ClientDefinition; readonly compiled: CompiledExperiment }>();
  let keys: readonly string[] = [];
  let version: string | null = null;

  return {
    /** To be given as `after`; null while nothing is held. */
    version: () => version,
    get: (key: string): CompiledExperiment | undefined => held.get(key)?.compiled,
    /** In order. */
    keys: () => keys,

    take({ version: next, complete, removed, experiments }: DefinitionSet): void {
      const news = experiments.map((definition) => ({ definition, compiled: compileClientDefinition(definition) }));
      if (complete) held.clear();
      for (const key of removed) held.delete(key);
      for (const each of news) held.set(each.definition.key, each);
      keys = [...held.keys()].sort();
      version = next;
    },

    /** The whole set, to be stored. */
    whole: (): DefinitionSet => ({
      version: version ?? '',
      complete: true,
      removed: [],
      experiments: [...held.values()].map(({ definition }) => definition),
    }),
  };
}
