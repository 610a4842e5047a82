import type { Visitor } from '../visitor.js';

/** One operation of the user's own server, and the experiments that it met. */
export interface Operation {
  readonly visitor: Visitor;
  readonly met: Set<string>;
}

/** By the context value of the operation, which resolvers are handed. */
const operations = new WeakMap<object, Operation>();

export function beginOperation(contextValue: object, visitor: Visitor): Operation {
  const operation: Operation = { visitor, met: new Set() };
  operations.set(contextValue, operation);
  return operation;
}

/**
 * Key of the variant by which a field is resolved. To ask is to meet it: the exposure is recorded, once for each unit.
 *
 * @param contextValue third argument of the resolver
 * @param fallback where there is nothing to show, and where the plugin is not installed
 */
export function variantOf<Variant extends string = string>(
  contextValue: unknown,
  experimentKey: string,
  fallback: NoInfer<Variant>,
): Variant {
  const operation = typeof contextValue === 'object' && contextValue !== null ? operations.get(contextValue) : undefined;
  if (!operation) return fallback;
  if (operation.visitor.assignment(experimentKey).inExperiment) operation.met.add(experimentKey);
  return operation.visitor.variant<Variant>(experimentKey, fallback);
}
