import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/core/canonical-json.js';
import { defaultBandit, defaultEvaluation, defaultRollback, definitionInput, normalise } from '../../src/core/definition.js';
import { checkDefinition } from '../../src/core/definition-check.js';
import { diffDefinitions, lockedMembers } from '../../src/core/definition-diff.js';
import type { DefinitionInput } from '../../src/core/definition-input.js';
import type { experimentStatuses } from '../../src/core/experiment.js';
import { planOf } from '../../src/core/plan.js';
import { readSchedule } from '../../src/schedule/schedules.js';
import { sampleInput, variantsOf } from './samples.js';

const seed = 20_250_102;
const made = (changes: Partial<DefinitionInput> = {}) => normalise(sampleInput(changes), { salt: 'made' });

const key = fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{0,9}$/);
const words = fc.option(fc.string({ maxLength: 20, unit: 'grapheme' }), { nil: undefined });
const metric = fc.record({
  key,
  name: words,
  type: fc.constantFrom('CONVERSION', 'COUNT', 'CONTINUOUS'),
  direction: fc.constantFrom('INCREASE', 'DECREASE'),
  windowHours: fc.option(fc.double({ min: 0.01, max: 720, noNaN: true })),
  cap: fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined }),
});
/** Sound definitions with members left out, null and given. */
const anyInput: fc.Arbitrary<DefinitionInput> = fc
  .record({
    key,
    name: fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter((name) => name.trim() !== ''),
    hypothesis: words,
    tags: fc.array(key, { maxLength: 3 }),
    design: fc.constantFrom('AB_TEST' as const, 'BANDIT' as const, 'CLUSTER' as const),
    salt: fc.option(key, { nil: undefined }),
    exclusionGroup: fc.option(key),
    trafficAllocation: fc.double({ min: 0, max: 1, noNaN: true }),
    variantKeys: fc.uniqueArray(key, { minLength: 2, maxLength: 5 }),
    payload: fc.jsonValue({ maxDepth: 2 }),
    metrics: fc.uniqueArray(metric, { minLength: 3, maxLength: 6, selector: ({ key: own }) => own }),
    targeting: fc.option(fc.record({ include: fc.constantFrom([], ['region:US', 'age>=18']), exclude: fc.constantFrom([], ['bot:true']) })),
    evaluation: fc.option(
      fc.record({ horizonUnits: fc.option(fc.integer({ min: 1 }), { nil: undefined }), alpha: fc.constantFrom(0.01, 0.05) }),
    ),
    rollback: fc.option(fc.constant({ ...defaultRollback, autoDeploy: true }), { nil: undefined }),
  })
  .map(({ variantKeys, payload, metrics, evaluation, ...rest }) => {
    const [primary, guardrail, ...secondary] = metrics.map((own) => ({ ...own, cuped: false }) as const);
    return sampleInput({
      ...rest,
      variants: variantsOf(...variantKeys).map((variant) => ({ ...variant, isControl: false, payload })),
      metrics: { primary, secondary, guardrails: [{ ...guardrail, threshold: 0.1, action: 'PAUSE' }] } as DefinitionInput['metrics'],
      evaluation: evaluation && { ...defaultEvaluation, ...evaluation },
    });
  });

describe('a definition', () => {
  test('takes its defaults, the first variant as control, and a salt when none is named', () => {
    const definition = made({ salt: null });
    expect(definition.salt).toBe('made');
    expect(made().salt).toBe('pepper');
    expect(definition.variants.map(({ isControl }) => isControl)).toEqual([true, false]);
    expect(definition).toMatchObject({
      evaluation: defaultEvaluation,
      rollback: defaultRollback,
      bandit: null,
      targeting: { include: [], exclude: [] },
    });
    expect(made({ design: 'BANDIT' }).bandit).toEqual(defaultBandit);
  });

  test('keeps the control that is named', () => {
    const variants = variantsOf('a', 'b').map((variant) => ({ ...variant, isControl: variant.key === 'b' }));
    expect(made({ variants }).variants.map(({ isControl }) => isControl)).toEqual([false, true]);
  });

  test('lists the primary metric first, then secondary, then guardrails with limit and action', () => {
    const metric = { type: 'COUNT', direction: 'INCREASE', cuped: false } as const;
    const guardrails = [{ key: 'g', type: 'CONVERSION', direction: 'DECREASE', threshold: 0.02, action: 'ROLLBACK' }] as const;
    const { metrics } = made({ metrics: { primary: { ...metric, key: 'p' }, secondary: [{ ...metric, key: 's' }], guardrails } });
    expect(metrics.map((own) => [own.key, own.role, own.threshold, own.action])).toEqual([
      ['p', 'PRIMARY', null, null],
      ['s', 'SECONDARY', null, null],
      ['g', 'GUARDRAIL', 0.02, 'ROLLBACK'],
    ]);
  });

  test('comes back from its own input unchanged, through JSON too, and finds no fault there', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const definition = normalise(input, { salt: 'made' });
        const again = JSON.parse(JSON.stringify(definitionInput(definition))) as DefinitionInput;
        const read = normalise(again, { salt: 'another' });
        expect(canonicalJson(read)).toBe(canonicalJson(definition));
        expect(diffDefinitions(definition, read, 'RUNNING')).toEqual([]);
        const options = { readSchedule };
        expect(checkDefinition(again, options)).toEqual(checkDefinition(input, options));
        expect(checkDefinition(input, options).problems).toEqual([]);
      }),
      { seed, numRuns: 200 },
    );
  });
});

describe('a change', () => {
  test('is named by its place in the input, with before and after', () => {
    const after = made({
      name: 'New',
      targeting: { include: ['region:US'], exclude: [] },
      evaluation: { ...defaultEvaluation, alpha: 0.01 },
    });
    expect(diffDefinitions(made(), after, 'DRAFT')).toEqual([
      { path: ['name'], before: 'Checkout', after: 'New', locked: false },
      { path: ['targeting', 'include', '0'], before: null, after: 'region:US', locked: false },
      { path: ['evaluation', 'alpha'], before: 0.05, after: 0.01, locked: false },
    ]);
  });

  test('takes a payload as one member and a missing variant as nothing', () => {
    const before = made({ variants: [...variantsOf('a', 'b')].map((variant) => ({ ...variant, payload: { a: 1, b: 2 } })) });
    const after = made({ variants: [...variantsOf('a', 'b', 'c')].map((variant) => ({ ...variant, payload: { b: 2, a: 3 } })) });
    const changes = diffDefinitions(before, after, 'RUNNING');
    expect(changes.map(({ path }) => path.join('.'))).toEqual(['variants.0.payload', 'variants.1.payload', 'variants.2']);
    expect(changes[0]).toEqual({ path: ['variants', '0', 'payload'], before: { a: 1, b: 2 }, after: { b: 2, a: 3 }, locked: true });
    expect(changes[2]).toMatchObject({ before: null, locked: true });
  });

  test('of weights counts on a draft only', () => {
    const weighted = (...weights: number[]) =>
      made({ variants: weights.map((weight, i) => ({ key: `v${i}`, weight, isControl: i === 0 })) });
    expect(diffDefinitions(weighted(0.5, 0.5), weighted(0.4, 0.6), 'DRAFT')).toHaveLength(2);
    expect(diffDefinitions(weighted(0.5, 0.5), weighted(0.4, 0.6), 'RUNNING')).toEqual([]);
    expect(diffDefinitions(weighted(0.5, 0.5), weighted(0.4, 0.6), 'DRY_RUN')).toEqual([]);
  });

  test('is locked by status: of a draft only key and salt, of a started one the plan, of an ended one all but labels', () => {
    const open = (status: (typeof experimentStatuses)[number]) =>
      Object.keys(definitionInput(made())).filter((member) => !(lockedMembers(status) as string[]).includes(member));
    expect(lockedMembers('DRAFT')).toEqual(['key', 'salt']);
    const afterStart = ['name', 'hypothesis', 'owner', 'tags', 'trafficAllocation', 'targeting', 'bandit', 'rollback', 'ramp'];
    for (const status of ['DRY_RUN', 'RUNNING', 'PAUSED'] as const) expect(open(status).sort()).toEqual([...afterStart].sort());
    for (const status of ['STOPPED', 'ROLLED_BACK'] as const) expect(open(status).sort()).toEqual(['hypothesis', 'name', 'owner', 'tags']);
    expect(open('ARCHIVED')).toEqual([]);
    expect(diffDefinitions(made(), made({ salt: 'other', name: 'x' }), 'DRAFT').map(({ path, locked }) => [path[0], locked])).toEqual([
      ['name', false],
      ['salt', true],
    ]);
  });
});

describe('the registered plan', () => {
  const hash = (changes: Partial<DefinitionInput>) =>
    createHash('sha256')
      .update(canonicalJson(planOf(made(changes))))
      .digest('hex');

  test('stays the same over everything that may change after the start', () => {
    const changes: Partial<DefinitionInput> = {
      name: 'x',
      hypothesis: 'y',
      owner: 'z',
      tags: ['t'],
      targeting: { include: ['a:b'], exclude: [] },
      trafficAllocation: 0.1,
      rollback: { ...defaultRollback, enabled: false },
    };
    expect(hash(changes)).toBe(hash({}));
  });

  test('changes with whatever decides how results come about', () => {
    const primary = sampleInput().metrics.primary;
    const hashes = [
      {},
      { hashKey: 'tenantId' },
      { design: 'CLUSTER' as const },
      { variants: variantsOf('control', 'blue') },
      { variants: variantsOf('control', 'green').map((variant) => ({ ...variant, isControl: variant.key === 'green' })) },
      { metrics: { primary: { ...primary, windowHours: 24 }, secondary: [], guardrails: [] } },
      { evaluation: { ...defaultEvaluation, alpha: 0.01 } },
      { evaluation: { ...defaultEvaluation, horizonUnits: 1_000 } },
    ].map(hash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

test('canonical JSON is the same for equal values whatever their order, and reads back', () => {
  expect(canonicalJson({ b: 1, a: [true, null, { d: 'ü', c: undefined }] })).toBe('{"a":[true,null,{"d":"ü"}],"b":1}');
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
      expect(JSON.stringify(JSON.parse(canonicalJson(value))).length).toBe(JSON.stringify(value).length);
    }),
    { seed },
  );
});
