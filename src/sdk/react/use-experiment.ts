import { use, useEffect, useSyncExternalStore } from 'react';
import type { Answer } from '../answer.js';
import { useSurroundings } from './provider.js';

/** What a component shows, and why. */
export interface ExperimentView<Variant extends string = string> extends Pick<Answer, 'payload' | 'reason' | 'inExperiment'> {
  /** Key of the variant, or the fallback. */
  readonly variant: Variant;
}

/**
 * What the unit gets in an experiment. When the component is on the screen the unit has met its variant, and the exposure is recorded, once;
 * rendering alone records nothing, so neither does a server.
 *
 * @param fallback where there is nothing to show: no such experiment, or no answer
 * @throws Error outside of a provider
 */
export function useExperiment<Variant extends string = string>(experimentKey: string, fallback: NoInfer<Variant>): ExperimentView<Variant> {
  const { store, rendered, suspends } = useSurroundings();
  const answer = useSyncExternalStore(
    store.subscribe,
    () => store.answer(experimentKey),
    () => rendered?.get(experimentKey) ?? store.answer(experimentKey),
  );
  const waiting = suspends ? store.waiting(answer) : null;
  if (waiting) use(waiting);
  useEffect(() => store.shown(experimentKey, answer, suspends), [store, experimentKey, answer, suspends]);
  const { variant, payload, reason, inExperiment } = answer;
  return { variant: (variant as Variant | null) ?? fallback, payload, reason, inExperiment };
}

/** Key of the variant to show, as `useExperiment` has it. */
export function useVariant<Variant extends string = string>(experimentKey: string, fallback: NoInfer<Variant>): Variant {
  return useExperiment<Variant>(experimentKey, fallback).variant;
}
