import type { Registry } from 'prom-client';
import { createGauge } from './gauge.js';
import { createReading } from './reading.js';

/** @param read how many hours from now on have a partition, without a gap, by table */
export function watchPartitions(registry: Registry, read: () => Promise<ReadonlyMap<string, number>>): void {
  const hours = createReading(read);
  createGauge(registry, {
    name: 'bellwether_partitions_ahead_seconds',
    help: 'How far ahead of now hour partitions exist without a gap.',
    over: 'max',
    async read() {
      const known = await hours();
      return known && [...known].map(([table, ahead]) => [{ table }, ahead * 3_600] as const);
    },
  });
}
