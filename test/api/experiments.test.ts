import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, equalVariants, problemsOf, sampleInput } from './operations.js';

let service: RunningService;
const api = createCaller(() => service);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

describe('createExperiment', () => {
  test('tells of everything that is wrong at once, each fault with its code and its place', async () => {
    const refused = await api.refused('createExperiment', {
      input: {
        key: 'Not A Key',
        name: ' ',
        hypothesis: 'h'.repeat(10_001),
        tags: [...Array.from({ length: 20 }, (_, i) => `t${i}`), ''],
        design: 'SWITCHBACK',
        hashKey: 'user id',
        salt: '',
        exclusionGroup: '',
        trafficAllocation: 1.5,
        variants: [
          { key: 'a', weight: 1.2, isControl: true },
          { key: 'a', weight: -0.1, isControl: true },
          { key: 'No!', weight: 0.1, payload: { text: 'a\u0000b' } },
        ],
        metrics: {
          primary: { key: 'm', type: 'COUNT', windowHours: 0 },
          secondary: [{ key: 'm', type: 'CONVERSION', denominator: 'x', cap: 0.5 }],
          guardrails: [{ key: 'g g', threshold: -1 }],
        },
        targeting: { include: ['region'], exclude: ['age>=old'] },
        evaluation: {
          method: 'BAYESIAN',
          alpha: 1,
          power: 0,
          maxPeeks: 0,
          minSampleSize: 0,
          horizonUnits: 0,
          minimumEffect: -1,
          schedule: 'whenever',
          segments: ['bad name'],
        },
        bandit: { intervalSeconds: 4, smoothing: 1 },
        ramp: [{ trafficAllocation: 0.1, holdSeconds: 60 }],
      },
    });
    expect(refused.code).toBe(refused.problems[0]?.code);
    expect(problemsOf(refused)).toEqual(
      [
        'INVALID_KEY at key',
        'INVALID_RANGE at name',
        'INVALID_RANGE at hypothesis',
        'INVALID_RANGE at tags',
        'INVALID_RANGE at tags.20',
        'DESIGN_NOT_AVAILABLE at design',
        'DESIGN_NOT_AVAILABLE at ramp',
        'BAD_USER_INPUT at bandit',
        'BAD_USER_INPUT at hashKey',
        'INVALID_RANGE at salt',
        'INVALID_RANGE at exclusionGroup',
        'INVALID_RANGE at trafficAllocation',
        'WEIGHT_OUT_OF_RANGE at variants.0.weight',
        'WEIGHT_OUT_OF_RANGE at variants.1.weight',
        'WEIGHTS_DO_NOT_SUM_TO_ONE at variants',
        'DUPLICATE_KEY at variants.1.key',
        'NO_SINGLE_CONTROL at variants',
        'INVALID_KEY at variants.2.key',
        'BAD_USER_INPUT at variants.2.payload',
        'INVALID_RANGE at metrics.primary.windowHours',
        'DUPLICATE_KEY at metrics.secondary.0.key',
        'BAD_USER_INPUT at metrics.secondary.0.denominator',
        'INVALID_RANGE at metrics.secondary.0.cap',
        'INVALID_KEY at metrics.guardrails.0.key',
        'INVALID_RANGE at metrics.guardrails.0.threshold',
        'INVALID_TARGETING at targeting.include.0',
        'INVALID_TARGETING at targeting.exclude.0',
        'BAD_USER_INPUT at evaluation.lossThreshold',
        'INVALID_RANGE at evaluation.alpha',
        'INVALID_RANGE at evaluation.power',
        'INVALID_RANGE at evaluation.maxPeeks',
        'INVALID_RANGE at evaluation.minSampleSize',
        'INVALID_RANGE at evaluation.horizonUnits',
        'INVALID_RANGE at evaluation.minimumEffect',
        'INVALID_SCHEDULE at evaluation.schedule',
        'BAD_USER_INPUT at evaluation.segments.0',
        'INVALID_RANGE at bandit.intervalSeconds',
        'INVALID_RANGE at bandit.smoothing',
      ].sort(),
    );
    for (const { message } of refused.problems) expect(message).not.toBe('');
  });

  test('fills in every default that is left out', async () => {
    const { experiment, warnings } = await api.done('createExperiment', {
      input: {
        key: 'defaults',
        name: 'Defaults',
        variants: equalVariants('a', 'b'),
        metrics: { primary: { key: 'm', type: 'CONVERSION' }, guardrails: [{ key: 'g', threshold: 0.02 }] },
      },
    });
    expect(warnings).toEqual([]);
    expect(experiment).toMatchObject({
      status: 'DRAFT',
      revision: 1,
      hypothesis: null,
      owner: null,
      tags: [],
      design: 'AB_TEST',
      hashKey: 'userId',
      hashStrategy: 'CONSISTENT_HASH',
      exclusionGroup: null,
      trafficAllocation: 1,
      targeting: { include: [], exclude: [] },
      control: { key: 'a', isControl: true },
      variants: [
        { key: 'a', isControl: true, enabled: true, currentWeight: null, payload: null, name: null },
        { key: 'b', isControl: false },
      ],
      metrics: [
        { key: 'm', direction: 'INCREASE', role: 'PRIMARY', threshold: null, action: null, windowHours: null, cap: null, cuped: false },
        { key: 'g', type: 'CONVERSION', direction: 'DECREASE', role: 'GUARDRAIL', threshold: 0.02, action: 'ALERT' },
      ],
      evaluationPlan: {
        method: 'ALWAYS_VALID',
        alpha: 0.05,
        power: 0.8,
        correction: 'HOLM',
        maxPeeks: 5,
        spending: 'OBRIEN_FLEMING',
        minSampleSize: 100,
        horizonUnits: null,
        schedule: 'every_60s',
        segments: [],
        looksUsed: 0,
      },
      bandit: null,
      rollback: { enabled: true, conditions: ['GUARDRAIL_BREACH', 'SRM_DETECTED'], autoDeploy: false },
      switchback: null,
      ramp: [],
      allocation: null,
      planHash: null,
      startedAt: null,
      endedAt: null,
    });
    expect(experiment.salt).toMatch(/^[0-9a-f]{32}$/);
    const bandit = await api.done('createExperiment', { input: sampleInput({ design: 'BANDIT' }) });
    expect(bandit.experiment.bandit).toEqual({
      intervalSeconds: 60,
      minWeight: 0.05,
      maxWeight: 0.9,
      smoothing: 0.3,
      minUnitsPerArm: 100,
      burnInSeconds: 0,
      explorationDecay: 0.5,
    });
  });

  test('takes null for what has no default, and refuses it for each member that has one', async () => {
    const nullable = { hypothesis: null, owner: null, salt: null, exclusionGroup: null, targeting: null, evaluation: null, bandit: null };
    const { experiment } = await api.done('createExperiment', { input: { ...sampleInput(nullable), rollback: null, switchback: null } });
    expect(experiment).toMatchObject({ targeting: { include: [] }, evaluationPlan: { alpha: 0.05 }, rollback: { enabled: true } });
    const { errors, data } = await api.call('createExperiment', {
      input: sampleInput({
        tags: null,
        hashKey: null,
        trafficAllocation: null,
        ramp: null,
        evaluation: { alpha: null },
        metrics: { primary: { key: 'm', type: 'COUNT', cuped: null }, secondary: null },
      }),
    });
    expect(data?.createExperiment ?? null).toBeNull();
    const found = (errors ?? []).flatMap(({ extensions }) => problemsOf(extensions));
    expect(found.sort()).toEqual(
      ['tags', 'hashKey', 'trafficAllocation', 'ramp', 'evaluation.alpha', 'metrics.primary.cuped', 'metrics.secondary']
        .map((path) => `BAD_USER_INPUT at ${path}`)
        .sort(),
    );
  });

  test('refuses a key that is taken, also by one of two that arrive together', async () => {
    const input = sampleInput();
    const answers = await Promise.all([1, 2, 3].map(() => api.call('createExperiment', { input })));
    expect(answers.filter(({ errors }) => !errors)).toHaveLength(1);
    for (const { errors } of answers)
      if (errors) expect(errors[0].extensions).toMatchObject({ code: 'EXPERIMENT_KEY_TAKEN', problems: [{ path: ['key'] }] });
    expect((await api.refused('createExperiment', { input })).code).toBe('EXPERIMENT_KEY_TAKEN');
  });

  test('warns of four variants in a hypothesis test, not in a bandit', async () => {
    const variants = equalVariants('a', 'b', 'c', 'd');
    const test = await api.done('createExperiment', { input: sampleInput({ variants }) });
    expect(test.warnings).toMatchObject([{ code: 'MANY_VARIANTS', path: ['variants'], received: 4 }]);
    expect((await api.done('createExperiment', { input: sampleInput({ variants, design: 'BANDIT' }) })).warnings).toEqual([]);
  });

  test.each([
    [{ evaluation: { method: 'GROUP_SEQUENTIAL' } }, 'BAD_USER_INPUT at evaluation.horizonUnits'],
    [{ evaluation: { method: 'SPRT' } }, 'BAD_USER_INPUT at evaluation.minimumEffect'],
    [{ evaluation: { method: 'BAYESIAN' } }, 'BAD_USER_INPUT at evaluation.lossThreshold'],
    [{ evaluation: { segments: ['a', 'b', 'c', 'd', 'e', 'f'] } }, 'INVALID_RANGE at evaluation.segments'],
    [{ metrics: { primary: { key: 'm', type: 'RATIO' } } }, 'BAD_USER_INPUT at metrics.primary.denominator'],
    [{ metrics: { primary: { key: 'm', type: 'RATIO', denominator: 'd', cuped: true } } }, 'METHOD_NOT_AVAILABLE at metrics.primary.cuped'],
    [
      { design: 'BANDIT', metrics: { primary: { key: 'm', type: 'RATIO', denominator: 'd' } } },
      'METHOD_NOT_AVAILABLE at metrics.primary.type',
    ],
    [{ design: 'CANARY' }, 'DESIGN_NOT_AVAILABLE at design'],
    [{ design: 'SWITCHBACK', switchback: { windowSeconds: 60 } }, 'DESIGN_NOT_AVAILABLE at design'],
    [{ ramp: [{ trafficAllocation: 0.1, holdSeconds: 60 }] }, 'DESIGN_NOT_AVAILABLE at ramp'],
    [{ variants: [{ key: 'a', weight: 1 }] }, 'TOO_FEW_VARIANTS at variants'],
    [{ design: 'BANDIT', bandit: { minWeight: 0.6 } }, 'INFEASIBLE_BOUNDS at bandit'],
    [{ evaluation: { schedule: 'every_4s' } }, 'INVALID_SCHEDULE at evaluation.schedule'],
    [{ evaluation: { schedule: 'every_86401s' } }, 'INVALID_SCHEDULE at evaluation.schedule'],
    [{ evaluation: { schedule: 'daily_2460_utc' } }, 'INVALID_SCHEDULE at evaluation.schedule'],
    [{ evaluation: { schedule: '* * *' } }, 'INVALID_SCHEDULE at evaluation.schedule'],
  ])('refuses %j', async (changes, problem) => {
    expect(problemsOf(await api.refused('createExperiment', { input: sampleInput(changes) }))).toEqual([problem]);
  });

  test('takes weights that sum to 1 within 1e-9, and no worse', async () => {
    const weights = (off: number) => [
      { key: 'a', weight: 0.5 },
      { key: 'b', weight: 0.5 + off },
    ];
    await api.done('createExperiment', { input: sampleInput({ variants: weights(9e-10) }) });
    const { problems } = await api.refused('createExperiment', { input: sampleInput({ variants: weights(2e-9) }) });
    expect(problems).toMatchObject([{ code: 'WEIGHTS_DO_NOT_SUM_TO_ONE', received: expect.closeTo(1.000000002, 12) }]);
  });

  test('serves keys that objects inherit a member of as any other', async () => {
    const variants = equalVariants('constructor', 'b');
    const input = sampleInput({ key: 'constructor', variants, metrics: { primary: { key: 'constructor', type: 'CONVERSION' } } });
    await api.done('createExperiment', { input });
    await api.done('startExperiment', { key: 'constructor' });
    for (let i = 0; i < 20; i += 1) {
      const unit = { userId: `u${i}`, attributes: { constructor: 'x', toString: 1 } };
      expect(await api.done('assign', { experimentKey: 'constructor', unit })).toMatchObject({ reason: 'SPLIT', exposureRecorded: true });
    }
    const { evaluation } = await api.done('evaluateExperiment', { key: 'constructor' });
    expect(evaluation).toMatchObject({ decision: 'INSUFFICIENT_DATA', comparisons: [{ metric: 'constructor', variant: 'b' }] });
  });
});
