import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCaller, equalVariants, sampleInput } from '../api/operations.js';
import { hasPrometheus, promtool } from '../ops/prometheus.js';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';
import { documentedMetrics } from './documented.js';
import { type Exposition, readExposition } from './exposition.js';

/** `GET /metrics` of services that do what is counted. */

let service: RunningService;
const api = createCaller(() => service);

/** The body of an answer of 200. */
async function textOf(url: string, key?: string): Promise<string> {
  const response = await fetch(url, { headers: key === undefined ? {} : { authorization: `Bearer ${key}` } });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return response.text();
}

const readMetrics = async (of: RunningService = service): Promise<Exposition> =>
  readExposition(await textOf(`${of.url}/metrics`, of.secrets.read));

/** What has grown from one reading to the next, for sums of counters. */
const grown = (before: Exposition, after: Exposition) => (name: string, labels?: Record<string, string>) =>
  after.sum(name, labels) - before.sum(name, labels);

async function running(changes: Record<string, unknown> = {}): Promise<string> {
  const { experiment } = await api.done('createExperiment', { input: sampleInput(changes) });
  await api.done('startExperiment', { key: experiment.key }, '{ experiment { key } }');
  return experiment.key;
}

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

describe('the endpoint', () => {
  test('answers keys of scope READ and ADMIN on the main port, and refuses others', async () => {
    const ask = (key?: string) => fetch(`${service.url}/metrics`, { headers: key ? { authorization: `Bearer ${key}` } : {} });
    const { admin, read, client } = service.secrets;
    for (const key of [admin, read]) expect((await ask(key)).status).toBe(200);
    const nobody = await ask();
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await ask('no such key')).status).toBe(401);
    expect((await ask(client)).status).toBe(403);
    const answer = await ask(read);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('has a port of its own where one is set: without a key, and nothing else is there', async () => {
    const env = await makeEnvironment({ BELLWETHER_METRICS_PORT: '0', BELLWETHER_ROLE: 'api' });
    const apart = await startService(env);
    try {
      const url = apart.addresses.get('Metrics') ?? '';
      expect(await textOf(url)).toContain('\nbellwether_build_info{');
      expect((await fetch(url, { method: 'POST' })).status).toBe(405);
      for (const path of ['/', '/health', '/graphql', '/metrics/x']) expect((await fetch(new URL(path, url))).status, path).toBe(404);
      const onMain = await fetch(`${apart.url}/metrics`, { headers: { authorization: `Bearer ${apart.secrets.admin}` } });
      expect(onMain.status).toBe(404);
      // An instance without jobs shows what it does, and all of that.
      const shown = readExposition(await textOf(url));
      const wanted = documentedMetrics().filter(({ everywhere }) => everywhere);
      expect([...shown.families.keys()].sort()).toEqual(wanted.map(({ name }) => name).sort());
    } finally {
      await apart.remove();
    }
  });
});

describe('the catalogue', () => {
  test('is what is exposed: names, types, labels', async () => {
    const key = await running({ design: 'BANDIT', variants: equalVariants('control', 'green'), bandit: { intervalSeconds: 5 } });
    await api.done(
      'setWeights',
      {
        key,
        weights: [
          { variant: 'control', weight: 0.3 },
          { variant: 'green', weight: 0.7 },
        ],
      },
      '{ experiment { key } }',
    );
    for (let n = 0; n < 20; n += 1) await api.done('assign', { experimentKey: key, unit: { userId: `u${n}` } }, '{ exposureRecorded }');
    await api.done('evaluateExperiment', { key }, '{ experiment { key } }');
    await api.call('experiment', { key: 'x' }, { selection: '{ key }', key: 'client' });
    const live = service.subscribe('subscription ($key: ID!) { weightsUpdated(experimentKey: $key) { version } }', { key });
    await live.next();
    const event = { eventId: 'e', metric: 'unknown', unit: { userId: 'u' }, occurredAt: new Date().toISOString() };
    await api.done('trackEvents', { input: { events: [event] } }, '{ rejected }');
    await expect
      .poll(async () => (await readMetrics()).sum('bellwether_bandit_ticks_total'), { timeout: 20_000, interval: 250 })
      .toBeGreaterThan(0);
    await expect
      .poll(async () => (await readMetrics()).sum('bellwether_job_last_done_timestamp_seconds', { task: 'health' }), {
        timeout: 20_000,
        interval: 250,
      })
      .toBeGreaterThan(0);

    const shown = await readMetrics();
    const documented = documentedMetrics();
    expect([...shown.families.keys()].sort()).toEqual(documented.map(({ name }) => name).sort());
    const mute: string[] = [];
    for (const { name, type, labels } of documented) {
      const family = shown.families.get(name);
      expect(family?.type, name).toBe(type);
      if (family?.samples.length === 0) mute.push(name);
      const own =
        type === 'histogram' ? (family?.samples.filter((sample) => sample.name === `${name}_count`) ?? []) : (family?.samples ?? []);
      for (const sample of own) expect(Object.keys(sample.labels).sort(), name).toEqual([...labels].sort());
    }
    // Nothing has happened that must show in these: no receiver, no bound on memory, no replica, no embedded store, no history of a day, no outage.
    const mayBeMute = [
      'bellwether_alerts_open',
      'bellwether_assignment_fallbacks_total',
      'bellwether_decision_reads_total',
      'bellwether_disk_free_bytes',
      'bellwether_disk_free_ratio',
      'bellwether_metric_zscore',
      'bellwether_redis_memory_ratio',
      'bellwether_replica_behind_seconds',
      'bellwether_replica_used',
      'bellwether_websocket_closes_total',
      'bellwether_webhook_given_up_messages',
      'bellwether_webhook_oldest_pending_seconds',
      'bellwether_webhook_pending_messages',
    ];
    expect(mute.filter((name) => !mayBeMute.includes(name))).toEqual([]);
    expect(shown.samples('bellwether_subscriptions')).toMatchObject([{ labels: { field: 'weightsUpdated' }, value: 1 }]);
    expect(shown.sum('bellwether_allocation_last_movement_ratio', { experiment: key })).toBeCloseTo(0.2, 3);
    expect(shown.sum('bellwether_allocation_movement_ratio_sum', { cause: 'MANUAL' })).toBeCloseTo(0.2, 3);
    expect(shown.sum('bellwether_allocation_weight', { experiment: key })).toBeCloseTo(1, 9);
    expect(shown.sum('bellwether_srm_p_value', { experiment: key })).toBeGreaterThan(0);
    expect(shown.sum('bellwether_experiment_tick_period_seconds', { experiment: key, task: 'bandit' })).toBe(5);
    expect(shown.sum('bellwether_experiment_tick_age_seconds', { experiment: key, task: 'bandit' })).toBeLessThan(60);
    for (const { labels, value } of shown.samples('bellwether_store_up')) expect(value, labels.store).toBe(1);
    for (const { value } of shown.samples('bellwether_partitions_ahead_seconds')) expect(value / 3_600).toBeGreaterThanOrEqual(48);

    await live.close();
    await expect.poll(async () => (await readMetrics()).sum('bellwether_websocket_closes_total')).toBe(1);
    const after = await readMetrics();
    expect(after.sum('bellwether_subscriptions')).toBe(0);
    expect(after.sum('bellwether_websocket_connections')).toBe(0);
  });

  test.runIf(hasPrometheus)('passes the linter of Prometheus', async () => {
    const text = await textOf(`${service.url}/metrics`, service.secrets.read);
    expect(await promtool(['check', 'metrics'], text)).toEqual({ code: 0, output: '' });
  });
});

describe('requests', () => {
  const question = 'query ($key: ID!) { assignment(experimentKey: $key, unit: { userId: "u" }) { reason } }';

  test('are all counted, whichever way answers them, and those that ask for assignments by what they ask', async () => {
    const key = await running();
    const before = await readMetrics();
    for (let i = 0; i < 7; i += 1) await service.ask(question, { key }, 'client');
    // A directive and GET are no matter for the short way.
    for (let i = 0; i < 3; i += 1) await service.ask(question.replace('{ reason }', '{ reason @include(if: true) }'), { key }, 'client');
    const search = new URLSearchParams({ query: question, variables: JSON.stringify({ key }) });
    await textOf(`${service.url}/graphql?${search}`, service.secrets.client).catch(() => undefined);
    await service.ask(
      'mutation ($key: ID!) { assign(experimentKey: $key, unit: { userId: "u" }) { exposureRecorded } }',
      { key },
      'client',
    );
    for (let i = 0; i < 2; i += 1) {
      await fetch(`${service.url}/ofrep/v1/evaluate/flags/${key}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${service.secrets.client}` },
        body: JSON.stringify({ context: { targetingKey: 'u' } }),
      });
    }
    await service.send('{ nothing }');
    await service.send('{ experiments(first: 1) { totalCount } }', {}, 'client');
    await fetch(`${service.url}/health`);
    await fetch(`${service.url}/no/such/thing`);
    await fetch(`${service.url}/no/such/origin`, { headers: { origin: 'https://elsewhere.example' } });

    const of = async () => {
      const growth = grown(before, await readMetrics());
      const requests = (route: string) => growth('bellwether_request_duration_seconds_count', { route });
      return {
        graphql: requests('graphql'),
        ofrep: requests('ofrep'),
        health: requests('health'),
        other: requests('other'),
        assignment: growth('bellwether_assignment_duration_seconds_count', { operation: 'assignment' }),
        assign: growth('bellwether_assignment_duration_seconds_count', { operation: 'assign' }),
        asOfrep: growth('bellwether_assignment_duration_seconds_count', { operation: 'ofrep' }),
        served: growth('bellwether_assignments_total'),
        split: growth('bellwether_assignments_total', { reason: 'SPLIT' }),
        invalid: growth('bellwether_refusals_total', { code: 'GRAPHQL_VALIDATION_FAILED' }),
        forbidden: growth('bellwether_refusals_total', { code: 'FORBIDDEN' }),
        notFound: growth('bellwether_refusals_total', { code: 'NOT_FOUND' }),
      };
    };
    // 7 + 3 + 1 by GET + 1 assign + 2 that are refused; an answer is noted right after it has been sent.
    await expect.poll(of).toEqual({
      graphql: 14,
      ofrep: 2,
      health: 1,
      other: 2,
      assignment: 11,
      assign: 1,
      asOfrep: 2,
      served: 14,
      split: 14,
      invalid: 1,
      forbidden: 2,
      notFound: 1,
    });
    const { samples } = await readMetrics();
    const buckets = samples('bellwether_assignment_duration_seconds_bucket', { operation: 'assignment' }).map(({ labels }) => labels.le);
    expect(buckets).toEqual(['0.0005', '0.001', '0.0025', '0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '+Inf']);
  });

  test('leave no id of a unit, no key and no text of their own behind', async () => {
    const canary = 'canary-5f1d';
    const unit = { userId: canary, attributes: { plan: canary } };
    await service.send(question.replace('"u"', `"${canary}"`), { key: canary }, 'client');
    await api.call('trackEvents', {
      input: { events: [{ eventId: canary, metric: canary, unit, occurredAt: canary }], idempotencyKey: canary },
    });
    await service.send(`query ${canary.replace('-', '_')} { ${canary.replace('-', '_')} }`);
    await fetch(`${service.url}/${canary}`, { headers: { authorization: `Bearer ${canary}` } });
    const text = await textOf(`${service.url}/metrics`, service.secrets.read);
    expect(text).not.toMatch(/canary.5f1d/);
    for (const secret of Object.values(service.secrets)) expect(text).not.toContain(secret);
  });
});
