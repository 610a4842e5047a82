import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dashboards } from '../../ops/grafana/dashboards.js';
import { type BusyService, startBusyService } from './busy-service.js';
import { hasPrometheus, type RunningPrometheus, startPrometheus } from './prometheus.js';
import { catalogue, metricsIn } from './promql.js';

/** What only trouble shows, or embedded stores, a replica, receivers of webhooks, or a bandit of more than a day: nothing here is away, full, halted or old. */
const quiet = [
  'bellwether_alerts_open',
  'bellwether_assignment_fallbacks_total',
  'bellwether_decision_reads_total',
  'bellwether_disk_free_bytes',
  'bellwether_disk_free_ratio',
  'bellwether_metric_zscore',
  'bellwether_redis_memory_ratio',
  'bellwether_replica_behind_seconds',
  'bellwether_replica_used',
  'bellwether_subscribers_dropped_total',
  'bellwether_webhook_given_up_messages',
  'bellwether_webhook_oldest_pending_seconds',
  'bellwether_webhook_pending_messages',
];

const queries = dashboards.flatMap(({ name, rows }) =>
  rows.flatMap(({ panels }) =>
    panels.flatMap(({ title, queries: asked }) =>
      asked.map(([expression]) => ({
        name: `${name}, ${title}`,
        expression: expression.replaceAll('$__rate_interval', '15s').replaceAll('$experiment', '.*'),
      })),
    ),
  ),
);
const loud = queries.filter(({ expression }) => !metricsIn(expression).some((metric) => quiet.includes(metric)));

interface RuleState {
  readonly name: string;
  readonly state: string;
  readonly health: string;
  readonly lastError?: string;
}

describe.runIf(hasPrometheus)('a Prometheus that scrapes a busy service', () => {
  let service: BusyService;
  let prometheus: RunningPrometheus;

  beforeAll(async () => {
    service = await startBusyService();
    const { host } = new URL(service.url);
    prometheus = await startPrometheus(`
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ['${resolve('ops/prometheus/alerts.yml')}']
scrape_configs:
  - job_name: bellwether-all
    authorization: { credentials: '${service.secrets.read}' }
    static_configs: [{ targets: ['${host}'] }]
`);
  });
  afterAll(async () => {
    await prometheus?.stop();
    await service?.remove();
  });

  /** Whether it has something to show: a number, and not only divisions of nothing by nothing. */
  const hasData = async (expression: string) => (await prometheus.query(expression)).some(({ value }) => Number.isFinite(Number(value[1])));

  test('understands every query of the dashboards, and finds in the service what each is to show', async () => {
    let waiting = loud;
    // Said by name what is still missing, rather than running into the limit of the test.
    const until = Date.now() + 90_000;
    while (waiting.length > 0 && Date.now() < until) {
      await service.visit();
      const found = await Promise.all(waiting.map(({ expression }) => hasData(expression)));
      waiting = waiting.filter((_, i) => !found[i]);
    }
    expect(waiting).toEqual([]);
    for (const { expression } of queries) await prometheus.query(expression);
  }, 120_000);

  test('has all metrics of the catalogue but those of trouble, and each under the type that it promises', async () => {
    const metadata = await prometheus.ask('metadata');
    const typeOf = (name: string) => metadata[name]?.[0]?.type;
    const seen = [...catalogue].filter(([name]) => !quiet.includes(name));
    expect(Object.fromEntries(seen.map(([name]) => [name, typeOf(name)]))).toEqual(
      Object.fromEntries(seen.map(([name, { type }]) => [name, type])),
    );
  });

  test('fires no alert over a healthy service, and could evaluate every rule', async () => {
    // Each group has its first turn at a moment of its own.
    const rules = await vi.waitFor(async () => {
      const { groups } = await prometheus.ask('rules');
      const all: RuleState[] = groups.flatMap((group: { rules: RuleState[] }) => group.rules);
      expect(all.map(({ health }) => health)).not.toContain('unknown');
      return all;
    }, 10_000);
    expect(rules.length).toBeGreaterThan(20);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(rules.filter(({ state }) => state === 'firing').map(({ name }) => name)).toEqual([]);
  });
});
