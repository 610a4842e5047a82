import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import type { ClientUnit } from '../answer.js';
import type { LocalClient } from '../local-client.js';
import { beginOperation } from './operations.js';

/** Keys of the metrics that are derived from operations; one that is left out is not sent. */
export interface OperationMetrics {
  /** 1 for each operation: what the others are divided by. */
  readonly operations?: string;
  /** 1 for each operation that had errors. */
  readonly errors?: string;
  /** Milliseconds from the request to the response. */
  readonly latencyMs?: string;
}

export interface BellwetherPluginOptions<Context extends BaseContext> {
  readonly client: LocalClient;
  /** Who asks; null for nobody. */
  readonly unit: (contextValue: Context) => ClientUnit | null;
  /** Experiments to decide; all when left out. */
  readonly experimentKeys?: readonly string[];
  readonly metrics?: OperationMetrics;
}

/**
 * A plugin for your own Apollo Server. Resolvers ask for variants with `byVariant` or `variantOf`; an operation that did so is measured for the
 * experiments that it met, and for no others. See `docs/apollo.md`.
 *
 * @example
 * const plugin = bellwetherPlugin({ client, unit: ({ userId }) => ({ userId }), metrics: { operations: 'graphql', errors: 'graphql-errors' } });
 * const server = new ApolloServer({ typeDefs, resolvers, plugins: [plugin] });
 */
export function bellwetherPlugin<Context extends BaseContext>({
  client,
  unit: unitOf,
  experimentKeys,
  metrics = {},
}: BellwetherPluginOptions<Context>): ApolloServerPlugin<Context> {
  return {
    async requestDidStart({ contextValue }) {
      const unit = unitOf(contextValue);
      if (unit === null) return;
      const startedMs = performance.now();
      const { visitor, met } = beginOperation(contextValue, await client.visitor(unit, experimentKeys));
      return {
        async willSendResponse({ errors }) {
          const latencyMs = performance.now() - startedMs;
          const values = [
            [metrics.operations, 1],
            [metrics.errors, errors && errors.length > 0 ? 1 : null],
            [metrics.latencyMs, latencyMs],
          ] as const;
          for (const experimentKey of met) {
            for (const [metric, value] of values) {
              if (metric !== undefined && value !== null) visitor.track(metric, { value, experimentKey });
            }
          }
        },
      };
    },
  };
}
