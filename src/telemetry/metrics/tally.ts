import type { Registry } from 'prom-client';
import { type Labels, type MetricOptions, register, type Value } from './register.js';

/**
 * Counters and histograms for where requests pass by the ten thousand: what happens is an addition to a plain number, and all else is done
 * when someone reads them. prom-client's own look their series up by a text made of all labels, for half a microsecond each time.
 */

export interface HistogramOptions extends MetricOptions {
  /** Upper bounds, ascending; the one without end is not named. */
  readonly buckets: readonly number[];
}

/** A series of a counter. */
export interface Count {
  add(more: number): void;
}

/** @returns makes the series with these labels, which then shows, at 0; to be called once for each */
export function createCounter(registry: Registry, options: MetricOptions): (labels: Labels) => Count {
  const series: { readonly labels: Labels; value: number }[] = [];
  register(registry, options, 'counter', 'sum', () => series.map(({ labels, value }) => ({ labels, value })));
  return (labels) => {
    const own = { labels, value: 0 };
    series.push(own);
    return {
      add(more) {
        own.value += more;
      },
    };
  };
}

/** Takes a value into a series of a histogram. */
export type Observe = (value: number) => void;

/** @returns makes the series with these labels, which then shows, empty; to be called once for each */
export function createHistogram(registry: Registry, { buckets, ...options }: HistogramOptions): (labels?: Labels) => Observe {
  const { name } = options;
  const series: { readonly labels: Labels; readonly counts: Float64Array; sum: number }[] = [];

  function* valuesOf({ labels, counts, sum }: (typeof series)[number]): Iterable<Value> {
    let count = 0;
    for (const [i, bound] of buckets.entries()) {
      count += counts[i] ?? 0;
      yield { metricName: `${name}_bucket`, labels: { le: bound, ...labels }, value: count };
    }
    count += counts[buckets.length] ?? 0;
    yield { metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: count };
    yield { metricName: `${name}_sum`, labels, value: sum };
    yield { metricName: `${name}_count`, labels, value: count };
  }

  register(registry, options, 'histogram', 'sum', () => series.flatMap((own) => [...valuesOf(own)]));
  return (labels = {}) => {
    const own = { labels, counts: new Float64Array(buckets.length + 1), sum: 0 };
    series.push(own);
    const { counts } = own;
    const { length } = buckets;
    return (value) => {
      let i = 0;
      while (i < length && value > (buckets[i] as number)) i += 1;
      counts[i] = (counts[i] as number) + 1;
      own.sum += value;
    };
  };
}

/** Series by one label, made when first met, for labels whose values are few. */
export function lazily<T>(make: (label: string) => T): (label: string) => T {
  const made = new Map<string, T>();
  return (label) => {
    let known = made.get(label);
    if (known === undefined) {
      known = make(label);
      made.set(label, known);
    }
    return known;
  };
}
