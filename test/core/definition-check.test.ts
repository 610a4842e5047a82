import { describe, expect, test } from 'vitest';
import { defaultBandit, defaultEvaluation } from '../../src/core/definition.js';
import { checkDefinition } from '../../src/core/definition-check.js';
import type { DefinitionInput } from '../../src/core/definition-input.js';
import type { BanditSettings, EvaluationPlan } from '../../src/core/experiment.js';
import { readSchedule } from '../../src/schedule/schedules.js';
import { sampleInput, variantsOf } from './samples.js';

const check = (changes: Partial<DefinitionInput>) => checkDefinition(sampleInput(changes), { readSchedule });
const faults = (changes: Partial<DefinitionInput>) => check(changes).problems.map(({ code, path }) => [code, ...path].join(' '));

const primary = { key: 'purchase', type: 'CONVERSION', direction: 'INCREASE', cuped: false } as const;
const guardrail = { key: 'error_rate', type: 'CONVERSION', direction: 'DECREASE', threshold: 0.02, action: 'ROLLBACK' } as const;
const withPrimary = (changes: object) => ({ metrics: { primary: { ...primary, ...changes }, secondary: [], guardrails: [] } });
const withPlan = (changes: Partial<EvaluationPlan>) => ({ evaluation: { ...defaultEvaluation, ...changes } });
const asBandit = (changes: Partial<BanditSettings>, variants = variantsOf('a', 'b')) => ({
  design: 'BANDIT' as const,
  variants,
  bandit: { ...defaultBandit, ...changes },
});

describe('a definition', () => {
  test('that is sound has no problems and no warnings', () => {
    expect(check({})).toEqual({ problems: [], warnings: [] });
    expect(
      check({ ...asBandit({}), ...withPlan({ method: 'FREQUENTIST_T_TEST', schedule: 'daily_0900_utc' }), exclusionGroup: 'pricing' }),
    ).toEqual({
      problems: [],
      warnings: [],
    });
  });

  test('is told everything that is wrong with it at once', () => {
    const spoilt: Partial<DefinitionInput> = {
      key: 'Not A Key',
      name: ' ',
      hashKey: '1st',
      trafficAllocation: 1.5,
      variants: [
        { key: 'a', weight: 0.7, isControl: true },
        { key: 'a', weight: 1.2, isControl: true },
      ],
      metrics: { primary, secondary: [{ ...primary, type: 'RATIO' }], guardrails: [{ ...guardrail, threshold: -1 }] },
      targeting: { include: ['region'], exclude: [] },
      ...withPlan({ alpha: 0, schedule: 'never', maxPeeks: 0 }),
      bandit: defaultBandit,
      ramp: [{ trafficAllocation: 0.5, holdSeconds: 60 }],
    };
    expect(faults(spoilt)).toEqual([
      'INVALID_KEY key',
      'INVALID_RANGE name',
      'BAD_USER_INPUT hashKey',
      'INVALID_RANGE trafficAllocation',
      'DESIGN_NOT_AVAILABLE ramp',
      'BAD_USER_INPUT bandit',
      'WEIGHT_OUT_OF_RANGE variants 1 weight',
      'DUPLICATE_KEY variants 1 key',
      'WEIGHTS_DO_NOT_SUM_TO_ONE variants',
      'NO_SINGLE_CONTROL variants',
      'BAD_USER_INPUT metrics secondary 0 denominator',
      'INVALID_RANGE metrics guardrails 0 threshold',
      'DUPLICATE_KEY metrics secondary 0 key',
      'INVALID_RANGE evaluation alpha',
      'INVALID_RANGE evaluation maxPeeks',
      'INVALID_SCHEDULE evaluation schedule',
      'INVALID_TARGETING targeting include 0',
    ]);
  });

  test('names what was received and what is expected', () => {
    expect(check({ trafficAllocation: 1.5 }).problems).toEqual([
      {
        code: 'INVALID_RANGE',
        message: 'trafficAllocation must be a number in [0, 1]; received 1.5.',
        path: ['trafficAllocation'],
        received: 1.5,
      },
    ]);
    expect(check(withPlan({ maxPeeks: 2.5 })).problems[0]?.message).toBe('maxPeeks must be a whole number in [1, 1000]; received 2.5.');
    expect(check(withPrimary({ windowHours: 0 })).problems[0]?.message).toBe('windowHours must be a number in (0, 720]; received 0.');
  });

  test.each<[string, Partial<DefinitionInput>, string[]]>([
    ['a key of 101 characters', { key: 'a'.repeat(101) }, ['INVALID_KEY key']],
    ['a key that begins with a hyphen', { key: '-a' }, ['INVALID_KEY key']],
    ['a name of 201 characters', { name: 'x'.repeat(201) }, ['INVALID_RANGE name']],
    ['a name of 200 emoji', { name: '🙂'.repeat(200) }, []],
    ['a name with U+0000', { name: 'a\0b' }, ['BAD_USER_INPUT name']],
    ['a hypothesis of 10,001 characters', { hypothesis: 'x'.repeat(10_001) }, ['INVALID_RANGE hypothesis']],
    ['an empty hypothesis', { hypothesis: '' }, []],
    ['an owner of 201 characters', { owner: 'x'.repeat(201) }, ['INVALID_RANGE owner']],
    ['21 tags', { tags: Array.from({ length: 21 }, (_, i) => `t${i}`) }, ['INVALID_RANGE tags']],
    ['an empty tag', { tags: ['ok', ''] }, ['INVALID_RANGE tags 1']],
    ['an empty salt', { salt: '' }, ['INVALID_RANGE salt']],
    ['a salt of 257 bytes', { salt: 'x'.repeat(257) }, ['INVALID_RANGE salt']],
    ['a salt with a lone surrogate', { salt: '\ud800' }, ['BAD_USER_INPUT salt']],
    ['no salt', { salt: null }, []],
    ['an attribute as hash key', { hashKey: 'accountId' }, []],
    ['one variant', { variants: variantsOf('a') }, ['TOO_FEW_VARIANTS variants']],
    ['no variant', { variants: [] }, ['TOO_FEW_VARIANTS variants']],
    ['three thirds', { variants: variantsOf('a', 'b', 'c') }, []],
    ['a switchback', { design: 'SWITCHBACK', switchback: { windowSeconds: 3600, burnInSeconds: 0 } }, ['DESIGN_NOT_AVAILABLE design']],
    ['a canary', { design: 'CANARY' }, ['DESIGN_NOT_AVAILABLE design']],
    ['a cluster', { design: 'CLUSTER', hashKey: 'tenantId' }, []],
    ['switchback of another design', { switchback: { windowSeconds: 3600, burnInSeconds: 0 } }, ['BAD_USER_INPUT switchback']],
    ['a window of 721 hours', withPrimary({ windowHours: 721 }), ['INVALID_RANGE metrics primary windowHours']],
    ['a window of 720 hours', withPrimary({ windowHours: 720 }), []],
    ['cuped', withPrimary({ cuped: true }), []],
    ['a ratio', withPrimary({ type: 'RATIO', denominator: 'session' }), []],
    ['a ratio over nothing', withPrimary({ type: 'RATIO' }), ['BAD_USER_INPUT metrics primary denominator']],
    ['a ratio over no key', withPrimary({ type: 'RATIO', denominator: 'A b' }), ['BAD_USER_INPUT metrics primary denominator']],
    ['a ratio over itself', withPrimary({ type: 'RATIO', denominator: 'purchase' }), ['BAD_USER_INPUT metrics primary denominator']],
    [
      'a ratio with cuped',
      withPrimary({ type: 'RATIO', denominator: 'session', cuped: true }),
      ['METHOD_NOT_AVAILABLE metrics primary cuped'],
    ],
    [
      'a ratio that is to move a bandit',
      { ...asBandit({}), ...withPrimary({ type: 'RATIO', denominator: 'session' }) },
      ['METHOD_NOT_AVAILABLE metrics primary type'],
    ],
    [
      'a ratio beside what moves a bandit',
      {
        ...asBandit({}),
        metrics: { primary, secondary: [{ ...primary, key: 'clicks', type: 'RATIO', denominator: 'session' }], guardrails: [] },
      },
      [],
    ],
    [
      'a guardrail that is a ratio',
      { metrics: { primary, secondary: [], guardrails: [{ ...guardrail, type: 'RATIO', denominator: 'request' }] } },
      [],
    ],
    ['a denominator of no ratio', withPrimary({ denominator: 'visits' }), ['BAD_USER_INPUT metrics primary denominator']],
    ['a cap of zero', withPrimary({ type: 'COUNT', cap: 0 }), ['INVALID_RANGE metrics primary cap']],
    ['a cap that nine decimals round to zero', withPrimary({ type: 'COUNT', cap: 4e-10 }), ['INVALID_RANGE metrics primary cap']],
    ['a cap of the last decimal', withPrimary({ type: 'CONTINUOUS', cap: 1e-9 }), []],
    ['a cap of 1e15', withPrimary({ cap: 1e15 }), []],
    ['a cap beyond 1e15', withPrimary({ cap: 1.001e15 }), ['INVALID_RANGE metrics primary cap']],
    ['a cap that makes a conversion less than one', withPrimary({ cap: 0.5 }), ['INVALID_RANGE metrics primary cap']],
    [
      'a guardrail of the key of the primary',
      { metrics: { primary, secondary: [], guardrails: [{ ...guardrail, key: 'purchase' }] } },
      ['DUPLICATE_KEY metrics guardrails 0 key'],
    ],
    [
      'a threshold and a cap that nothing reaches',
      { metrics: { primary, secondary: [], guardrails: [{ ...guardrail, threshold: 1e16, cap: 1e300 }] } },
      ['INVALID_RANGE metrics guardrails 0 cap', 'INVALID_RANGE metrics guardrails 0 threshold'],
    ],
    ['a threshold of zero', { metrics: { primary, secondary: [], guardrails: [{ ...guardrail, threshold: 0 }] } }, []],
    ['group sequential without a horizon', withPlan({ method: 'GROUP_SEQUENTIAL' }), ['BAD_USER_INPUT evaluation horizonUnits']],
    ['group sequential', withPlan({ method: 'GROUP_SEQUENTIAL', horizonUnits: 10_000 }), []],
    [
      'more looks than are worth while',
      withPlan({ method: 'GROUP_SEQUENTIAL', horizonUnits: 10_000, maxPeeks: 101 }),
      ['INVALID_RANGE evaluation maxPeeks'],
    ],
    ['a sequential ratio test', withPlan({ method: 'SPRT', minimumEffect: 0.02 }), []],
    ['a sequential ratio test of nothing', withPlan({ method: 'SPRT' }), ['BAD_USER_INPUT evaluation minimumEffect']],
    [
      'a sequential ratio test that misses more than it finds by luck',
      withPlan({ method: 'SPRT', minimumEffect: 0.02, power: 0.04 }),
      ['INVALID_RANGE evaluation power'],
    ],
    ['a Bayesian plan', withPlan({ method: 'BAYESIAN', lossThreshold: 0.001 }), []],
    ['a Bayesian plan without an end', withPlan({ method: 'BAYESIAN' }), ['BAD_USER_INPUT evaluation lossThreshold']],
    ['segments', withPlan({ segments: ['region', 'plan'] }), []],
    ['six segments', withPlan({ segments: ['a', 'b', 'c', 'd', 'e', 'f'] }), ['INVALID_RANGE evaluation segments']],
    ['the same segment twice', withPlan({ segments: ['a', 'a'] }), ['DUPLICATE_KEY evaluation segments 1']],
    ['a segment that no attribute is called', withPlan({ segments: ['a b'] }), ['BAD_USER_INPUT evaluation segments 0']],
    ['a least sample of zero', withPlan({ minSampleSize: 0 }), ['INVALID_RANGE evaluation minSampleSize']],
    ['a horizon beyond 2^53', withPlan({ horizonUnits: 2 ** 53 }), ['INVALID_RANGE evaluation horizonUnits']],
    ['power of one', withPlan({ power: 1 }), ['INVALID_RANGE evaluation power']],
    ['an effect of zero', withPlan({ minimumEffect: 0 }), ['INVALID_RANGE evaluation minimumEffect']],
    ['an effect that squares to zero', withPlan({ minimumEffect: 1e-200 }), ['INVALID_RANGE evaluation minimumEffect']],
    [
      'a loss that is infinite in squares',
      withPlan({ method: 'BAYESIAN', lossThreshold: 1e200 }),
      ['INVALID_RANGE evaluation lossThreshold'],
    ],
    ['a bandit every 4 seconds', asBandit({ intervalSeconds: 4 }), ['INVALID_RANGE bandit intervalSeconds']],
    ['a bandit that never moves', asBandit({ smoothing: 1 }), ['INVALID_RANGE bandit smoothing']],
    ['bounds that 2 variants cannot keep', asBandit({ minWeight: 0.6 }), ['INFEASIBLE_BOUNDS bandit']],
    ['a cap that 3 variants cannot fill', asBandit({ maxWeight: 0.3 }, variantsOf('a', 'b', 'c')), ['INFEASIBLE_BOUNDS bandit']],
    ['a floor above the cap', asBandit({ minWeight: 0.4, maxWeight: 0.3 }), ['INFEASIBLE_BOUNDS bandit']],
    [
      'default bounds that 21 variants cannot keep',
      { design: 'BANDIT', variants: variantsOf(...Array.from({ length: 21 }, (_, i) => `v${i}`)) },
      ['INVALID_RANGE variants', 'INFEASIBLE_BOUNDS bandit'],
    ],
    [
      'first weights outside the bounds',
      asBandit({}, [
        { key: 'a', weight: 0.97, isControl: true },
        { key: 'b', weight: 0.03, isControl: false },
      ]),
      ['WEIGHT_OUT_OF_RANGE variants 0 weight', 'WEIGHT_OUT_OF_RANGE variants 1 weight'],
    ],
  ])('with %s', (_, changes, expected) => {
    expect(faults(changes)).toEqual(expected);
  });

  test('that has started is not held to the bounds by its first weights', () => {
    const input = sampleInput(
      asBandit({ maxWeight: 0.6 }, [
        { key: 'a', weight: 0.7, isControl: true },
        { key: 'b', weight: 0.3, isControl: false },
      ]),
    );
    expect(checkDefinition(input, { readSchedule, isStarted: true }).problems).toEqual([]);
    expect(checkDefinition(input, { readSchedule }).problems).toMatchObject([
      { code: 'WEIGHT_OUT_OF_RANGE', path: ['variants', '0', 'weight'] },
    ]);
  });

  test('has payloads of at most 16 KiB of JSON that a store can hold', () => {
    const withPayload = (payload: unknown) =>
      faults({ variants: variantsOf('a', 'b').map((variant) => ({ ...variant, payload: variant.key === 'b' ? payload : null })) });
    expect(withPayload('x'.repeat(16 * 1024 - 2))).toEqual([]);
    expect(withPayload('x'.repeat(16 * 1024 - 1))).toEqual(['INVALID_RANGE variants 1 payload']);
    expect(withPayload({ a: ['\0'] })).toEqual(['BAD_USER_INPUT variants 1 payload']);
    expect(withPayload(JSON.parse(`${'['.repeat(8_000)}${']'.repeat(8_000)}`))).toEqual(['INVALID_RANGE variants 1 payload']);
  });

  test('accepts weights whose sum is within 1e-9 of 1', () => {
    const off = (by: number) =>
      faults({
        variants: [
          { key: 'a', weight: 0.5, isControl: true },
          { key: 'b', weight: 0.5 + by, isControl: false },
        ],
      });
    expect([off(9e-10), off(-9e-10)]).toEqual([[], []]);
    expect([off(2e-9), off(-2e-9)]).toEqual([['WEIGHTS_DO_NOT_SUM_TO_ONE variants'], ['WEIGHTS_DO_NOT_SUM_TO_ONE variants']]);
  });

  test('of the usual kind, with three variants, guardrail, Bonferroni and five looks, has no problems', () => {
    const variants = variantsOf('control', 'variant-a', 'variant-b');
    const metric = { direction: 'INCREASE', cuped: false } as const;
    const input: Partial<DefinitionInput> = {
      key: 'exp-checkout-flow-v3',
      trafficAllocation: 0.25,
      variants,
      metrics: {
        primary: { ...metric, key: 'checkout_completion_rate', type: 'CONVERSION' },
        secondary: [
          { ...metric, key: 'avg_session_duration', type: 'CONTINUOUS' },
          { ...metric, key: 'cart_abandonment_rate', type: 'CONVERSION', direction: 'DECREASE' },
        ],
        guardrails: [guardrail],
      },
      ...withPlan({
        method: 'FREQUENTIST_T_TEST',
        correction: 'BONFERRONI',
        maxPeeks: 5,
        minSampleSize: 15_000,
        schedule: 'daily_0900_utc',
      }),
      targeting: { include: ['region:US', 'accountType:free'], exclude: ['internal:true', 'bot:true'] },
    };
    expect(check(input)).toEqual({ problems: [], warnings: [] });
  });

  test('is warned of four variants in a hypothesis test, not in a bandit', () => {
    const variants = variantsOf('a', 'b', 'c', 'd');
    expect(check({ variants })).toMatchObject({ problems: [], warnings: [{ code: 'MANY_VARIANTS', path: ['variants'] }] });
    expect(check({ variants, design: 'BANDIT' })).toEqual({ problems: [], warnings: [] });
  });

  test('is warned of looks that its schedule spends within a day, also by the default', () => {
    const warning = { code: 'UNDERPOWERED', path: ['evaluation', 'schedule'], received: 'every_60s' };
    expect(check(withPlan({ method: 'FREQUENTIST_T_TEST' }))).toMatchObject({ problems: [], warnings: [warning] });
    expect(check(withPlan({ method: 'FREQUENTIST_T_TEST', schedule: 'daily_0900_utc' })).warnings).toEqual([]);
    expect(check(withPlan({ method: 'FREQUENTIST_T_TEST', schedule: 'never' }))).toMatchObject({
      problems: [{ code: 'INVALID_SCHEDULE' }],
      warnings: [],
    });
  });

  test('is warned of cuped that looks further back than events are kept, where that is known', () => {
    const secondary = [
      { ...primary, key: 'spend', type: 'CONTINUOUS', cuped: true },
      { ...primary, key: 'visits', type: 'COUNT' },
    ] as const;
    const metrics = { primary: { ...primary, cuped: true }, secondary, guardrails: [] };
    const warnings = (retentionDays?: number) =>
      checkDefinition(sampleInput({ metrics }), { readSchedule, ...(retentionDays === undefined ? {} : { retentionDays }) }).warnings;
    expect(warnings(13)).toMatchObject([
      { code: 'UNDERPOWERED', path: ['metrics', 'primary', 'cuped'] },
      { code: 'UNDERPOWERED', path: ['metrics', 'secondary', '0', 'cuped'] },
    ]);
    expect([warnings(14), warnings()]).toEqual([[], []]);
  });
});
