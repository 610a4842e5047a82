import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { modelOf } from '../../ops/grafana/dashboard.js';
import { dashboards } from '../../ops/grafana/dashboards.js';
import { catalogue, metricsIn, unknownIn } from './promql.js';

interface Model {
  readonly uid: string;
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  }[];
}

const folder = 'ops/grafana';
const yaml = (path: string) => parse(readFileSync(path, 'utf8'), { merge: true });
const panels = dashboards.flatMap(({ name, rows }) => rows.flatMap((row) => row.panels.map((panel) => ({ name, panel }))));
const expressions = panels.flatMap(({ panel }) => panel.queries.map(([expression]) => expression));

test('the files are what their source says: npm run grafana', () => {
  expect(readdirSync(`${folder}/dashboards`).sort()).toEqual(dashboards.map(({ name }) => `${name}.json`).sort());
  for (const dashboard of dashboards) {
    const file = JSON.parse(readFileSync(`${folder}/dashboards/${dashboard.name}.json`, 'utf8'));
    expect(file).toEqual(JSON.parse(JSON.stringify(modelOf(dashboard))));
  }
});

describe.each(dashboards)('the dashboard $name', (dashboard) => {
  const model = modelOf(dashboard) as Model;

  test('lays its panels out side by side, none over another', () => {
    const taken = new Set<string>();
    for (const { gridPos } of model.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken).not.toContain(`${x} ${y}`);
          taken.add(`${x} ${y}`);
        }
      }
    }
    expect(new Set(model.panels.map(({ id }) => id)).size).toBe(model.panels.length);
  });

  test('lets experiments be chosen where a query asks for the choice', () => {
    const asks = JSON.stringify(dashboard.rows).includes('$experiment');
    expect(asks).toBe(dashboard.byExperiment ?? false);
  });
});

test.each(panels)('$name, $panel.title: asks for what the catalogue has, and says what it shows', ({ panel }) => {
  for (const [expression, legend] of panel.queries) {
    expect(unknownIn(expression)).toEqual([]);
    expect(panel.stat ? legend === '' : legend.length > 0).toBe(true);
  }
  expect(panel.description).toMatch(/[.]$/);
});

test('every metric of the catalogue can be seen somewhere, but for a few that only queries by hand need', () => {
  const shown = new Set(expressions.flatMap(metricsIn));
  // Of these the shown ones are a share, a younger sister, or the reader asks for them when they need them.
  const unseen = [
    'bellwether_redis_memory_max_bytes',
    'bellwether_event_loop_lag_max_seconds',
    'bellwether_process_start_time_seconds',
    'bellwether_processes',
  ];
  expect([...catalogue.keys()].filter((name) => !shown.has(name))).toEqual(unseen);
});

test('Grafana finds its data and its dashboards where compose puts them', () => {
  const { services } = yaml('docker-compose.yml');
  const { grafana, prometheus } = services;
  const mounts = new Map((grafana.volumes as string[]).map((volume) => volume.split(':').slice(0, 2) as [string, string]));
  const { datasources } = yaml(`${folder}/provisioning/datasources/prometheus.yml`);
  const { providers } = yaml(`${folder}/provisioning/dashboards/bellwether.yml`);
  expect(datasources[0]).toMatchObject({ uid: 'bellwether-prometheus', url: 'http://prometheus:9090' });
  expect(mounts.get('./ops/grafana/dashboards')).toBe(providers[0].options.path);
  expect(mounts.get('./ops/grafana/provisioning')).toBe('/etc/grafana/provisioning');
  expect(grafana.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(`${providers[0].options.path}/service.json`);
  expect([grafana.profiles, prometheus.profiles]).toEqual([['monitoring'], ['monitoring']]);
});

test('Prometheus scrapes the port that compose gives to the metrics, of every role', () => {
  const { services } = yaml('docker-compose.yml');
  const { scrape_configs: jobs } = yaml('ops/prometheus/prometheus.yml');
  const targets = jobs.flatMap((job: { dns_sd_configs: { names: string[]; port: number }[] }) => job.dns_sd_configs);
  expect(targets.flatMap(({ names }: { names: string[] }) => names)).toEqual(['api', 'worker']);
  for (const { names, port } of targets) {
    for (const name of names) expect(services[name].environment.BELLWETHER_METRICS_PORT).toBe(port);
  }
});
