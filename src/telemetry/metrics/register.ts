import type { Aggregator, Metric, MetricType, Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string>>;

/** A line of the text format. */
export interface Value {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Where it is not the metric's: of the parts of a histogram. */
  readonly metricName?: string;
}

export interface MetricOptions {
  readonly name: string;
  readonly help: string;
}

/**
 * Puts a metric into the registry whose values are read when asked for. prom-client's own keep values from one reading to the next, so that
 * two readings at a time disturb each other where a value has to be waited for.
 *
 * @param aggregator how the values of several processes become one
 */
export function register(
  registry: Registry,
  { name, help }: MetricOptions,
  type: Lowercase<keyof typeof MetricType>,
  aggregator: Aggregator,
  read: () => readonly Value[] | Promise<readonly Value[]>,
): void {
  const head = { name, help, type, aggregator };
  const metric = { ...head, reset: () => {}, get: async () => ({ ...head, values: await read() }) };
  registry.registerMetric(metric as unknown as Metric);
}
