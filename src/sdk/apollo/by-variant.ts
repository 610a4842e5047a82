import type { GraphQLFieldResolver } from 'graphql';
import { variantOf } from './operations.js';

/**
 * A resolver made of one for each variant. The unit meets its variant when the field is resolved, and not when an operation leaves it out.
 *
 * @param fallback key of the variant for those who get none of these
 * @example
 * const resolvers = { Query: { ranking: byVariant('ranking', { control: byDate, learned: byModel }, 'control') } };
 */
export function byVariant<Variant extends string, Source, Context, Args>(
  experimentKey: string,
  resolvers: Readonly<Record<Variant, GraphQLFieldResolver<Source, Context, Args>>>,
  fallback: NoInfer<Variant>,
): GraphQLFieldResolver<Source, Context, Args> {
  return (source, args, contextValue, info) => {
    const variant = variantOf<Variant>(contextValue, experimentKey, fallback);
    const resolve = Object.hasOwn(resolvers, variant) ? resolvers[variant] : resolvers[fallback];
    return resolve(source, args, contextValue, info);
  };
}
