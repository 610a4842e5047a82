import { describe, expect, test } from 'vitest';
import { readDefinitionFile } from '../../src/core/definition-file.js';
import example from '../api/example-experiment.json' with { type: 'json' };

describe('a file with an experiment', () => {
  test('is read from the older shape: names become keys, parts equal, enums upper case', () => {
    const read = readDefinitionFile(example);
    expect(read).toEqual({
      ok: true,
      input: {
        key: 'exp-checkout-flow-v3',
        name: 'Checkout Flow Optimization',
        trafficAllocation: 0.25,
        hashStrategy: 'CONSISTENT_HASH',
        hashKey: 'userId',
        salt: 'prod-experiment-2024-q3',
        variants: [
          { key: 'control', weight: 1 / 3 },
          { key: 'variant-a', weight: 1 / 3 },
          { key: 'variant-b', weight: 1 / 3 },
        ],
        metrics: {
          primary: { key: 'checkout_completion_rate', type: 'CONVERSION', direction: 'INCREASE' },
          secondary: [
            { key: 'avg_session_duration', type: 'CONTINUOUS' },
            { key: 'cart_abandonment_rate', type: 'CONVERSION' },
          ],
          guardrails: [{ key: 'error_rate', threshold: 0.02, action: 'ROLLBACK' }],
        },
        evaluation: {
          method: 'FREQUENTIST_T_TEST',
          alpha: 0.05,
          correction: 'BONFERRONI',
          maxPeeks: 5,
          minSampleSize: 15000,
          schedule: 'daily_0900_utc',
        },
        targeting: { include: ['region:US', 'accountType:free'], exclude: ['internal:true', 'bot:true'] },
        rollback: { enabled: true, conditions: ['GUARDRAIL_BREACH', 'SRM_DETECTED'], autoDeploy: false },
      },
      notes: [
        'status is ignored: an experiment starts as a draft; received "running".',
        'avg_session_duration does not say which direction is better: INCREASE is taken.',
        'cart_abandonment_rate does not say which direction is better: INCREASE is taken.',
      ],
    });
  });

  test('is left as it is in the shape of the input', () => {
    const input = {
      key: 'cta',
      name: 'Call to action',
      design: 'BANDIT',
      variants: [
        { key: 'a', weight: 0.3, payload: { type: 'plain', direction: 'left' } },
        { key: 'b', weight: 0.7, isControl: true },
      ],
      metrics: { primary: { key: 'click', name: 'Clicks', type: 'COUNT' }, secondary: [], guardrails: [] },
      bandit: { intervalSeconds: 60 },
    };
    expect(readDefinitionFile(input)).toEqual({ ok: true, input, notes: [] });
  });

  test('keeps what it does not know, for the service to refuse by name', () => {
    const read = readDefinitionFile({ key: 'x', assignment: 'hash', variants: 'two', metrics: [], evaluation: null, colour: 'red' });
    expect(read).toEqual({
      ok: true,
      input: { key: 'x', assignment: 'hash', variants: 'two', metrics: [], evaluation: null, colour: 'red' },
      notes: [],
    });
  });

  test.each([
    [[], 'An experiment is a JSON object; received a list.'],
    [null, 'An experiment is a JSON object; received null.'],
    ['x', 'An experiment is a JSON object; received a string.'],
    [{ name: 'No key' }, 'An experiment needs key (or experimentId).'],
  ])('%j is none', (content, fault) => {
    expect(readDefinitionFile(content)).toEqual({ ok: false, fault });
  });
});
