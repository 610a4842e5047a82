import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Registry } from 'prom-client';
import { createGauge } from './gauge.js';
import { register } from './register.js';

export interface ProcessParts {
  readonly version: string;
  readonly role: string;
}

/** The process itself. @returns ends the watch over the event loop */
export function watchProcess(registry: Registry, { version, role }: ProcessParts): () => void {
  const resolutionMs = 20;
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  // What is measured is the time from timer to timer: what is above the resolution is delay.
  const lagOf = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs) / 1e3;
  /** Read once for both of a scrape, and begun anew. */
  let reading: { readonly p99: number; readonly max: number } | null = null;
  function lag() {
    if (reading === null) {
      reading = { p99: lagOf(delay.percentile(99)), max: lagOf(delay.max) };
      delay.reset();
      setImmediate(() => {
        reading = null;
      });
    }
    return reading;
  }

  const worst = (name: string, help: string, read: () => number) => createGauge(registry, { name, help, over: 'max', read });
  worst('bellwether_event_loop_lag_p99_seconds', 'Delay of timers since the scrape before, 99th percentile.', () => lag().p99);
  worst('bellwether_event_loop_lag_max_seconds', 'Delay of timers since the scrape before, the worst.', () => lag().max);

  register(registry, { name: 'bellwether_process_cpu_seconds_total', help: 'CPU time, user and system.' }, 'counter', 'sum', () => {
    const { user, system } = process.cpuUsage();
    return [{ labels: {}, value: (user + system) / 1e6 }];
  });
  const sum = (name: string, help: string, read: () => number) => createGauge(registry, { name, help, over: 'sum', read });
  sum('bellwether_process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss());
  sum('bellwether_process_heap_used_bytes', 'JavaScript heap in use.', () => process.memoryUsage().heapUsed);
  sum('bellwether_processes', 'Processes that these figures are of.', () => 1);
  const startedAt = Date.now() / 1_000 - process.uptime();
  createGauge(registry, {
    name: 'bellwether_process_start_time_seconds',
    help: 'When the oldest process started.',
    over: 'min',
    read: () => startedAt,
  });
  createGauge(registry, {
    name: 'bellwether_build_info',
    help: 'What runs.',
    over: 'max',
    read: () => [[{ version, node: process.version, role }, 1]],
  });
  return () => delay.disable();
}
