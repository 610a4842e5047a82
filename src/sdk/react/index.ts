'use client';

/** React on top of the client library; `docs/react.md` shows it. */
export type { AnswerSource } from './answer-store.js';
export { Experiment, type ExperimentProps, Variant, type VariantProps } from './experiment.js';
export { BellwetherProvider, type BellwetherProviderProps, useBellwether } from './provider.js';
export { type ExperimentView, useExperiment, useVariant } from './use-experiment.js';
