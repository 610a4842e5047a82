import { createContext, createElement, type ReactNode, useContext } from 'react';
import { useVariant } from './use-experiment.js';

export interface ExperimentProps {
  /** Key of the experiment. */
  readonly name: string;
  /** Key of the variant where there is nothing to show. */
  readonly fallback: string;
  readonly children?: ReactNode;
}

export interface VariantProps {
  /** Key of the variant; more than one may show the same. */
  readonly name: string | readonly string[];
  readonly children?: ReactNode;
}

const Shown = createContext<string | null>(null);

/**
 * Shows those of the `<Variant>`s inside, at any depth, that the unit gets.
 *
 * @example
 * <Experiment name="checkout" fallback="control">
 *   <Variant name="control"><Steps /></Variant>
 *   <Variant name="one-page"><OnePage /></Variant>
 * </Experiment>
 */
export function Experiment({ name, fallback, children }: ExperimentProps): ReactNode {
  return createElement(Shown, { value: useVariant(name, fallback) }, children);
}

/** What is shown to the units of a variant. @throws Error outside of an experiment */
export function Variant({ name, children }: VariantProps): ReactNode {
  const shown = useContext(Shown);
  if (shown === null) throw new Error(`There is no <Experiment> around <Variant name="${name}">.`);
  return [name].flat().includes(shown) ? children : null;
}
