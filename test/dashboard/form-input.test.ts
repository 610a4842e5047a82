import { describe, expect, test } from 'vitest';
import { checkDefinition } from '../../src/core/definition-check.js';
import { readDefinitionFile } from '../../src/core/definition-file.js';
import type { DefinitionInput } from '../../src/core/definition-input.js';
import { inputOf, valuesOf } from '../../src/dashboard/form/input.js';
import { evenWeights, templates } from '../../src/dashboard/form/templates.js';
import { emptyValues, scheduleFor } from '../../src/dashboard/form/values.js';
import { readSchedule } from '../../src/schedule/schedules.js';
import example from '../api/example-experiment.json' with { type: 'json' };

describe('the form', () => {
  test.each(templates)('needs only key and name beside the template "$title"', ({ values }) => {
    const { input, faults } = inputOf({ ...values, key: 'from-a-template', name: 'From a template' });
    expect(faults).toEqual([]);
    const checked = checkDefinition({ ramp: [], ...input } as unknown as DefinitionInput, { readSchedule });
    expect(checked).toEqual({ problems: [], warnings: [] });
  });

  test.each([
    ['GROUP_SEQUENTIAL', 'every_60s', 'daily_0000_utc'],
    ['FREQUENTIST_T_TEST', 'every_60s', 'daily_0000_utc'],
    ['FREQUENTIST_T_TEST', 'hourly', 'hourly'],
    ['ALWAYS_VALID', 'every_60s', 'every_60s'],
    ['BAYESIAN', 'daily_0000_utc', 'daily_0000_utc'],
  ])('with %s makes of the schedule %s %s', (method, schedule, expected) => {
    expect(scheduleFor(method, schedule)).toBe(expected);
  });

  test('gives back an input that it was filled with', () => {
    const { values } = templates.find(({ id }) => id === 'bandit') ?? { values: emptyValues };
    const [first, ...others] = values.variants;
    const withPayload = {
      ...values,
      key: 'k',
      name: 'n',
      variants: [{ ...(first ?? others[0]), payload: '{\n  "size": 3\n}' }, ...others],
    };
    const { input } = inputOf(withPayload as typeof values);
    expect(valuesOf(input)).toEqual({ values: withPayload, unknown: [] });
    expect(inputOf(valuesOf(input).values).input).toEqual(input);
  });

  test('is filled from a file of the older shape', () => {
    const read = readDefinitionFile(example);
    if (!read.ok) throw new Error(read.fault);
    const { values, unknown } = valuesOf(read.input);
    expect(unknown).toEqual([]);
    expect(values).toMatchObject({ key: 'exp-checkout-flow-v3', trafficAllocation: 0.25, salt: 'prod-experiment-2024-q3' });
    expect(values.variants.map(({ key, isControl }) => [key, isControl])).toEqual([
      ['control', true],
      ['variant-a', false],
      ['variant-b', false],
    ]);
    // What a guardrail of a file leaves out is the contract's default, not the form's suggestion.
    expect(values.metrics.guardrails).toMatchObject([{ key: 'error_rate', type: 'CONVERSION', direction: 'DECREASE', threshold: 0.02 }]);
  });

  test('names what it has no field for, and a payload that is no JSON', () => {
    expect(valuesOf({ key: 'x', colour: 'red', ramp: [] }).unknown).toEqual(['colour', 'ramp']);
    const [first, second] = emptyValues.variants;
    const { faults, input } = inputOf({
      ...emptyValues,
      variants: [first, { ...second, payload: '{"a":' }] as typeof emptyValues.variants,
    });
    expect(faults).toMatchObject([{ path: ['variants', '1', 'payload'] }]);
    expect(input.variants).toMatchObject([{ key: 'control' }, { key: 'treatment' }]);
  });

  test.each([2, 3, 7, 20])('evens %i variants to weights that sum to 1 within what the service allows', (variants) => {
    const weights = evenWeights(variants);
    expect(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1)).toBeLessThan(1e-9);
    expect(Math.max(...weights) - Math.min(...weights)).toBeLessThan(1.01e-4);
  });
});
