/**
 * What tracing is to the rest of the service; `telemetry/tracing` implements it, and {@link untraced} stands in where nobody traces.
 *
 * What a span is told leaves the machine: names, keys of experiments and variants, codes and counts. Never an id of a unit, an attribute, a
 * value, a secret, the variables of an operation, or the message of an error, which may quote any of them.
 */

/** Where a span is, as one text that can be sent along. @see https://www.w3.org/TR/trace-context/#traceparent-header */
export type Traceparent = string;

export interface SpanOptions {
  /** Default `internal`. */
  readonly kind?: 'internal' | 'server' | 'client' | 'consumer';
  readonly attributes?: Readonly<Record<string, string | number>>;
  /** What the span goes below in place of what is under way here; a caller's headers fit, with or without something in them. */
  readonly parent?: Readonly<Record<string, unknown>>;
  /** What the span has to do with and is no part of: what caused it, or what it serves. */
  readonly links?: readonly Traceparent[];
  /** The sampler is not asked: it is for those who are linked, and they are recorded. */
  readonly isSampled?: true;
}

/** A span that is recorded. */
export interface Span {
  readonly traceparent: Traceparent;
  rename(name: string): void;
  set(name: string, value: string | number): void;
  link(to: Traceparent): void;
  /** @param type code of what went wrong */
  fail(type: string): void;
  /** @param error what it failed with: its code or its name is recorded, never its message */
  end(error?: unknown): void;
}

export interface Tracer {
  /** Runs the work in a span, which ends with it; what the work asks of others goes below. The span is null when it is not sampled. */
  span<T>(name: string, options: SpanOptions, work: (span: Span | null) => T): T;
  /** A span below the one under way, which the caller ends; null where none is recorded. */
  child(name: string, options?: SpanOptions): Span | null;
  /** The recorded span under way in this process. */
  current(): Span | null;
  /** The place to be linked to, or to go on from elsewhere; undefined where nothing is recorded. */
  here(): Traceparent | undefined;
  /** Runs the work as part of what goes on elsewhere; undefined: as part of nothing. */
  within<T>(place: Traceparent | undefined, work: () => T): T;
}

/** Without tracing. */
export const untraced: Tracer = {
  span: (_name, _options, work) => work(null),
  child: () => null,
  current: () => null,
  here: () => undefined,
  within: (_place, work) => work(),
};
