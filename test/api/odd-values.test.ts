import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, sampleInput } from './operations.js';

let service: RunningService;
const api = createCaller(() => service);
const now = new Date().toISOString();

type Args = Record<string, unknown>;
type Path = readonly string[];

beforeAll(async () => {
  service = await startService();
  for (const key of ['running', 'draft']) await api.done('createExperiment', { input: { ...whole(), key, exclusionGroup: null } });
  await api.done('startExperiment', { key: 'running' });
});
afterAll(() => service.remove());

/** A definition with a value for every member. */
const whole = () => ({
  ...sampleInput(),
  hypothesis: 'h',
  owner: 'o',
  tags: ['t'],
  design: 'BANDIT',
  hashKey: 'userId',
  hashStrategy: 'CONSISTENT_HASH',
  salt: 's',
  exclusionGroup: 'g',
  trafficAllocation: 0.01,
  variants: [
    { key: 'a', weight: 0.5, name: 'A', payload: { x: 1 }, isControl: true },
    { key: 'b', weight: 0.5 },
  ],
  metrics: {
    primary: { key: 'm', name: 'M', type: 'CONVERSION', direction: 'INCREASE', windowHours: 1, cap: 2 },
    secondary: [{ key: 's', type: 'COUNT' }],
    guardrails: [{ key: 'g', threshold: 0.1, action: 'ALERT' }],
  },
  targeting: { include: ['a:b'], exclude: ['c>1'] },
  evaluation: {
    method: 'ALWAYS_VALID',
    alpha: 0.05,
    power: 0.8,
    maxPeeks: 3,
    minSampleSize: 9,
    horizonUnits: 100,
    minimumEffect: 0.1,
    schedule: 'hourly',
  },
  bandit: {
    intervalSeconds: 60,
    minWeight: 0.1,
    maxWeight: 0.8,
    smoothing: 0.5,
    minUnitsPerArm: 10,
    burnInSeconds: 1,
    explorationDecay: 0.5,
  },
  rollback: { enabled: true, conditions: ['SRM_DETECTED'], autoDeploy: false },
});

const unit = { userId: 'u', deviceId: 'd', tenantId: 't', attributes: { region: 'US', userAgent: 'x', list: [1] }, isBot: false };
const key = 'running';
let made = 0;
const fresh = () => {
  made += 1;
  return `fresh-${made}`;
};

/** Arguments that are sound, for every root field that takes any. */
const sound: Record<string, () => Args> = {
  node: () => ({ id: 'x' }),
  nodes: () => ({ ids: ['x'] }),
  assignment: () => ({ experimentKey: key, unit }),
  assignments: () => ({ unit, experimentKeys: [key] }),
  experiment: () => ({ key }),
  experiments: () => ({
    first: 1,
    after: null,
    filter: { keys: [key], status: ['DRAFT'], design: ['BANDIT'], tags: ['t'], search: 'x' },
    orderBy: { field: 'NAME', direction: 'ASC' },
  }),
  alerts: () => ({ last: 1, before: null, filter: { experimentKeys: [key], kinds: ['SRM_DETECTED'], minSeverity: 'INFO', open: true } }),
  power: () => ({
    input: {
      metricType: 'COUNT',
      baseline: 1,
      standardDeviation: 2,
      minimumEffect: 0.1,
      alpha: 0.05,
      power: 0.8,
      variants: 2,
      maxPeeks: 3,
      unitsPerDay: 10,
    },
  }),
  auditLog: () => ({ first: 1, filter: { experimentKey: key, actor: 'a', action: 'b', from: now, to: now } }),
  assign: () => ({ experimentKey: key, unit }),
  trackEvents: () => ({
    input: {
      idempotencyKey: fresh(),
      exposures: [{ eventId: 'e', experimentKey: key, unit, variant: 'a', allocationVersion: 1, occurredAt: now }],
      events: [{ eventId: 'f', metric: 'm', unit, value: 1, occurredAt: now, experimentKey: key }],
    },
  }),
  createExperiment: () => ({ input: { ...whole(), key: fresh() }, idempotencyKey: fresh() }),
  applyExperiment: () => ({ input: { ...whole(), key: fresh() }, expectedRevision: 0 }),
  updateExperiment: () => ({ input: { ...whole(), salt: undefined, key: 'draft', expectedRevision: 1 } }),
  deleteExperiment: () => ({ key: 'nothing', expectedRevision: 1 }),
  startExperiment: () => ({ key, dryRun: false }),
  pauseExperiment: () => ({ key, reason: 'r' }),
  resumeExperiment: () => ({ key }),
  resumeBandit: () => ({ key }),
  stopExperiment: () => ({ key: 'nothing', shipVariant: 'a', reason: 'r' }),
  rollbackExperiment: () => ({ key: 'nothing', reason: 'r' }),
  archiveExperiment: () => ({ key: 'nothing' }),
  setWeights: () => ({
    key,
    weights: [
      { variant: 'a', weight: 0.4 },
      { variant: 'b', weight: 0.6 },
    ],
  }),
  setTrafficAllocation: () => ({ key, trafficAllocation: 0.3 }),
  toggleVariant: () => ({ key, variant: 'b', enabled: true }),
  setOverride: () => ({ key, unitId: 'q', variant: 'a' }),
  evaluateExperiment: () => ({ key }),
  createApiKey: () => ({ name: 'n', scope: 'CLIENT', expiresAt: '2999-01-01T00:00:00Z' }),
  revokeApiKey: () => ({ id: 'nothing' }),
};

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

const odd: readonly unknown[] = [
  ...['\u0000', 'a\ud800', '', ' ', 'x'.repeat(3_000), '__proto__', 'constructor', "'; drop table experiment; --", '%s%n', '\u202e'],
  ...[-1, 0, 1.5, 2 ** 31, 2 ** 53, 1e308, -1e308, 5e-324, true, null, [], {}, [null], nested(100), { a: { b: '\u0000' } }],
  ...['2030-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '0000-01-01T00:00:00Z'],
];

function placesIn(value: unknown, path: Path = []): Path[] {
  const below =
    typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([name, member]) => placesIn(member, [...path, name])) : [];
  return path.length === 0 ? below : [path, ...below];
}

function put(value: unknown, [name, ...rest]: Path, to: unknown): unknown {
  if (name === undefined) return to;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[name] = put(copy[name], rest, to);
  return copy;
}

/** Numbers in [0, 1) that a seed decides (mulberry32). */
function createDraws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

const internals = /node_modules|\.ts:|prisma|postgres|select |insert |syntax for type|stack/i;

test.each(Object.keys(sound))(
  '%s answers an odd value in any place with a code, or takes it, and never shows an internal',
  async (field) => {
    const draw = createDraws(20_260_101);
    const make = sound[field] as () => Args;
    for (const path of placesIn(make())) {
      const value = odd[Math.floor(draw() * odd.length)];
      const args = put(make(), path, value) as Args;
      const { errors, headers } = await api.call(field, args);
      for (const { extensions, message } of errors ?? []) {
        const where = `${field} ${path.join('.')} ${JSON.stringify(value)}`;
        expect(extensions.code, where).not.toBe('INTERNAL_SERVER_ERROR');
        expect(extensions.requestId, where).toBe(headers.get('x-request-id'));
        expect(message, where).not.toMatch(internals);
      }
    }
    // Whatever was taken can be read again.
    await api.done('experiments', { first: 100 });
    await api.done('auditLog', { first: 20 });
  },
);
