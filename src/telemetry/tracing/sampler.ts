import type { Context } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';

/** As `OTEL_TRACES_SAMPLER` and its argument say. */
export interface SamplerSettings {
  readonly kind: 'on' | 'off' | 'ratio';
  /** Whether a caller's decision goes before. */
  readonly isParentBased: boolean;
  /** Part of traces, 0 to 1; for `ratio`. */
  readonly ratio: number;
}

/** @param isDecided whether a context says that its span is recorded whatever the sampler thinks */
export function createSampler({ kind, isParentBased, ratio }: SamplerSettings, isDecided: (context: Context) => boolean): Sampler {
  const root = { on: () => new AlwaysOnSampler(), off: () => new AlwaysOffSampler(), ratio: () => new TraceIdRatioBasedSampler(ratio) }[
    kind
  ]();
  const asked: Sampler = isParentBased ? new ParentBasedSampler({ root }) : root;
  return {
    shouldSample: (context, ...rest) =>
      isDecided(context) ? { decision: SamplingDecision.RECORD_AND_SAMPLED } : asked.shouldSample(context, ...rest),
    toString: () => asked.toString(),
  };
}
