import type { Row } from './dashboard.js';

/** What the service stands on, as its instances see it. */
export const storesRow: Row = {
  title: 'Stores',
  panels: [
    {
      title: 'Store up',
      description: '1 while a store answers every instance within a second.',
      unit: 'short',
      queries: [['min by (store) (bellwether_store_up)', '{{store}}']],
      min: 0,
      max: 1,
    },
    {
      title: 'Store latency',
      description: 'Of a minimal question, for the instance that waits longest.',
      unit: 's',
      queries: [['max by (store) (bellwether_store_latency_seconds)', '{{store}}']],
      min: 0,
    },
    {
      title: 'Age of the definitions',
      description: 'That each instance assigns by; looked for every 3 s.',
      unit: 's',
      queries: [['bellwether_definitions_age_seconds', '{{instance}}']],
      limit: { at: 60, bad: 'above' },
      min: 0,
    },
    {
      title: 'Connections in use',
      description: 'Share of each pool, of the instance that uses most.',
      unit: 'percentunit',
      queries: [
        ['max by (pool) (bellwether_pool_connections{state="busy"} / ignoring (state) bellwether_pool_max_connections)', '{{pool}}'],
      ],
      min: 0,
      max: 1,
    },
    {
      title: 'Waiting for a connection',
      description: 'Questions that wait because a pool is used up.',
      unit: 'short',
      queries: [['max by (pool) (bellwether_pool_waiting)', '{{pool}}']],
      min: 0,
    },
    {
      title: 'Replica',
      description:
        'How old its answers may be, at the instance that sees it furthest behind; 1 while every instance is answered by it; its share of the reads that decisions are made from.',
      unit: 's',
      queries: [
        ['max(bellwether_replica_behind_seconds)', 'behind'],
        ['min(bellwether_replica_used)', 'used'],
        [
          'sum(rate(bellwether_decision_reads_total{server="replica"}[$__rate_interval])) / sum(rate(bellwether_decision_reads_total[$__rate_interval]))',
          'decisions by it',
        ],
      ],
      min: 0,
    },
    {
      title: 'Memory of Redis',
      description: 'Share of maxmemory where one is set. The queue must never be full; the cache may.',
      unit: 'percentunit',
      queries: [['max by (store) (bellwether_redis_memory_ratio)', '{{store}}']],
      limit: { at: 0.75, bad: 'above' },
      min: 0,
      max: 1,
    },
    {
      title: 'Memory of Redis',
      description: 'Bytes in use.',
      unit: 'bytes',
      queries: [['max by (store) (bellwether_redis_memory_used_bytes)', '{{store}}']],
      min: 0,
    },
    {
      title: 'Free disk',
      description: 'Below the data folder, where a store is embedded.',
      unit: 'percentunit',
      queries: [['min by (instance) (bellwether_disk_free_ratio)', '{{instance}}']],
      limit: { at: 0.1, bad: 'below' },
      min: 0,
      max: 1,
    },
    {
      title: 'Served from the snapshot',
      description: '1 while an instance that started without its stores serves what it knew before.',
      unit: 'short',
      queries: [['bellwether_definitions_restored', '{{instance}}']],
      min: 0,
      max: 1,
    },
  ],
};

/** What an instance has of its machine. */
export const processesRow: Row = {
  title: 'Processes',
  panels: [
    {
      title: 'Event loop',
      description: 'Delay of timers, 99th percentile: how long everything else waited for a core.',
      unit: 's',
      queries: [['bellwether_event_loop_lag_p99_seconds', '{{instance}}']],
      min: 0,
    },
    {
      title: 'CPU',
      description: 'Cores in use.',
      unit: 'short',
      queries: [['rate(bellwether_process_cpu_seconds_total[$__rate_interval])', '{{instance}}']],
      min: 0,
    },
    {
      title: 'Memory',
      description: 'Of the process, and of JavaScript in it.',
      unit: 'bytes',
      queries: [
        ['bellwether_process_resident_memory_bytes', '{{instance}}'],
        ['bellwether_process_heap_used_bytes', '{{instance}} heap'],
      ],
      min: 0,
    },
  ],
};
