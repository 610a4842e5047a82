import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, sampleInput, schema } from './operations.js';

let service: RunningService;
let database: Client;
const api = createCaller(() => service);

beforeAll(async () => {
  service = await startService();
  database = new Client({ connectionString: service.env.DATABASE_URL });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await service.remove();
});

type Args = Record<string, unknown>;
type Step = readonly [field: string, args?: Args];

const start: Step = ['startExperiment'];
const dryRun: Step = ['startExperiment', { dryRun: true }];
const stop: Step = ['stopExperiment'];

/** Moves that lead to each status. */
const ways: Record<string, readonly Step[]> = {
  DRAFT: [],
  DRY_RUN: [dryRun],
  RUNNING: [start],
  PAUSED: [start, ['pauseExperiment']],
  STOPPED: [start, stop],
  ROLLED_BACK: [start, ['rollbackExperiment', { reason: 'harm' }]],
  ARCHIVED: [start, stop, ['archiveExperiment']],
};

/** The mutation of each action, with arguments that change something where it is possible. */
const mutations: Record<string, (key: string) => Step> = {
  UPDATE: (key) => ['updateExperiment', { input: { key, name: 'Changed' } }],
  DELETE: (key) => ['deleteExperiment', { key }],
  START: (key) => ['startExperiment', { key }],
  DRY_RUN: (key) => ['startExperiment', { key, dryRun: true }],
  PAUSE: (key) => ['pauseExperiment', { key }],
  RESUME: (key) => ['resumeExperiment', { key }],
  RESUME_BANDIT: (key) => ['resumeBandit', { key }],
  STOP: (key) => ['stopExperiment', { key, shipVariant: 'green' }],
  ROLLBACK: (key) => ['rollbackExperiment', { key, reason: 'harm' }],
  ARCHIVE: (key) => ['archiveExperiment', { key }],
  SET_WEIGHTS: (key) => [
    'setWeights',
    {
      key,
      weights: [
        { variant: 'control', weight: 0.6 },
        { variant: 'green', weight: 0.4 },
      ],
    },
  ],
  SET_TRAFFIC_ALLOCATION: (key) => ['setTrafficAllocation', { key, trafficAllocation: 0.5 }],
  TOGGLE_VARIANT: (key) => ['toggleVariant', { key, variant: 'green', enabled: false }],
  EVALUATE: (key) => ['evaluateExperiment', { key }],
};

/** Moves that are made already, and so change nothing and are no fault. */
const already: Record<string, readonly string[]> = {
  DRY_RUN: ['DRY_RUN'],
  RUNNING: ['START', 'RESUME'],
  PAUSED: ['PAUSE'],
  ROLLED_BACK: ['ROLLBACK'],
  ARCHIVED: ['ARCHIVE'],
};

/** Creates an experiment and leads it on; the experiment as it is then. */
async function led(steps: readonly Step[], changes: Args = {}) {
  const input = sampleInput(changes);
  let { experiment } = await api.done('createExperiment', { input });
  for (const [field, args] of steps) ({ experiment } = await api.done(field, { key: input.key, ...args }));
  return experiment;
}

const shown = (key: string) => api.done('experiment', { key });

describe('actions', () => {
  test('name every action that there is', () => {
    const named = schema.getType('ExperimentAction')?.toConfig() as { values: Record<string, unknown> };
    expect(Object.keys(mutations).sort()).toEqual(Object.keys(named.values).sort());
  });

  test.each(Object.keys(ways))('in %s are those that are possible, and no others', async (status) => {
    for (const [action, mutation] of Object.entries(mutations)) {
      const before = await led(ways[status] ?? []);
      expect(before.status).toBe(status);
      const [field, args] = mutation(before.key);
      const { data, errors } = await api.call(field, args);
      if (before.actions.includes(action)) {
        expect(errors, `${action} in ${status}`).toBeUndefined();
        if (action !== 'EVALUATE' && action !== 'DELETE') expect(data[field].experiment.revision, action).toBe(before.revision + 1);
      } else if (already[status]?.includes(action)) {
        expect(data[field].experiment, `${action} in ${status}`).toEqual(before);
      } else {
        const refused = errors?.[0]?.extensions;
        expect(refused, `${action} in ${status}`).toMatchObject({
          code: 'INVALID_TRANSITION',
          problems: [{ path: ['key'], received: status }],
        });
        for (const possible of before.actions) expect(refused.problems[0].message).toContain(possible);
        expect(await shown(before.key)).toEqual(before);
      }
    }
  });

  test('repeated move after move leave the revision and the audit log as they are', async () => {
    const { key } = await led([]);
    for (const [field, args] of [
      dryRun,
      start,
      ['pauseExperiment'],
      ['resumeExperiment'],
      ['rollbackExperiment', { reason: 'r' }],
      ['archiveExperiment'],
    ] as const) {
      const { experiment } = await api.done(field, { key, ...args });
      const entries = { filter: { experimentKey: key } };
      const { totalCount } = await api.done('auditLog', entries, '{totalCount}');
      expect((await api.done(field, { key, ...args })).experiment).toEqual(experiment);
      expect((await api.done('auditLog', entries, '{totalCount}')).totalCount).toBe(totalCount);
    }
  });

  test('resumeBandit is one only for a bandit that an anomaly has halted', async () => {
    const { key, actions } = await led([start], { design: 'BANDIT', bandit: { intervalSeconds: 86_400 } });
    expect(actions).not.toContain('RESUME_BANDIT');
    const before = await shown(key);
    expect((await api.done('resumeBandit', { key })).experiment).toEqual(before);
    await database.query('update experiment set bandit_halted_at = now() where key = $1', [key]);
    const paused = (await api.done('pauseExperiment', { key })).experiment;
    expect(paused.banditHaltedAt).not.toBeNull();
    expect(paused.actions).toContain('RESUME_BANDIT');
    expect((await api.done('resumeBandit', { key })).experiment).toMatchObject({ banditHaltedAt: null, revision: paused.revision + 1 });
  });
});
