import type { Registry } from 'prom-client';
import { type Labels, type MetricOptions, register } from './register.js';

/** Values with their labels; null: none is known. */
export type Reading = Iterable<readonly [labels: Labels, value: number]> | number | null;

export interface GaugeOptions extends MetricOptions {
  /** How the values of several processes become one: `sum` what each has of its own, `max` or `min` what all see alike. */
  readonly over: 'sum' | 'max' | 'min';
  readonly read: () => Reading | Promise<Reading>;
}

/** A metric that is read when asked for. A value that is no number is left out. */
export function createGauge(registry: Registry, { over, read, ...options }: GaugeOptions): void {
  register(registry, options, 'gauge', over, async () => {
    const reading = await read();
    if (reading === null) return [];
    const values = typeof reading === 'number' ? [[{}, reading] as const] : [...reading];
    return values.flatMap(([labels, value]) => (Number.isFinite(value) ? [{ labels, value }] : []));
  });
}
