import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, sampleInput } from './operations.js';

/** Plans that the schema can say and the service does not take: each refused when the experiment is created, with a code and the way out. */

const evaluation = (changes: object) => ({ evaluation: { schedule: 'daily_0000_utc', ...changes } });
const primary = (changes: object) => ({ metrics: { primary: { key: 'm', type: 'CONVERSION', ...changes } } });
const ratio = { type: 'RATIO', denominator: 'visits' };

type Refused = readonly [name: string, changes: Record<string, unknown>, code: string, path: string, message: RegExp];

const refused: readonly Refused[] = [
  [
    'GROUP_SEQUENTIAL without a horizon',
    evaluation({ method: 'GROUP_SEQUENTIAL' }),
    'BAD_USER_INPUT',
    'evaluation.horizonUnits',
    /needs horizonUnits/,
  ],
  ['SPRT without an effect', evaluation({ method: 'SPRT' }), 'BAD_USER_INPUT', 'evaluation.minimumEffect', /needs minimumEffect/],
  ['BAYESIAN without a threshold', evaluation({ method: 'BAYESIAN' }), 'BAD_USER_INPUT', 'evaluation.lossThreshold', /needs lossThreshold/],
  [
    'SPRT that finds no more than chance',
    evaluation({ method: 'SPRT', minimumEffect: 0.1, power: 0.04 }),
    'INVALID_RANGE',
    'evaluation.power',
    /above alpha; received 0.04/,
  ],
  [
    'more group-sequential looks than are computed',
    evaluation({ method: 'GROUP_SEQUENTIAL', horizonUnits: 1_000, maxPeeks: 101 }),
    'INVALID_RANGE',
    'evaluation.maxPeeks',
    /100.*101/,
  ],
  ['more segments than five', evaluation({ segments: ['a', 'b', 'c', 'd', 'e', 'f'] }), 'INVALID_RANGE', 'evaluation.segments', /6.*5/],
  ['a segment twice', evaluation({ segments: ['a', 'a'] }), 'DUPLICATE_KEY', 'evaluation.segments.1', /a/],
  ['a RATIO of nothing', primary({ type: 'RATIO' }), 'BAD_USER_INPUT', 'metrics.primary.denominator', /RATIO needs denominator/],
  ['a RATIO of itself', primary({ ...ratio, denominator: 'm' }), 'BAD_USER_INPUT', 'metrics.primary.denominator', /another metric/],
  ['a denominator of no RATIO', primary({ denominator: 'visits' }), 'BAD_USER_INPUT', 'metrics.primary.denominator', /received CONVERSION/],
  ['a RATIO with cuped', primary({ ...ratio, cuped: true }), 'METHOD_NOT_AVAILABLE', 'metrics.primary.cuped', /type RATIO/],
  ['a conversion that is capped below 1', primary({ cap: 0.5 }), 'INVALID_RANGE', 'metrics.primary.cap', /1.*0.5/],
  [
    'a bandit moved by a RATIO',
    { design: 'BANDIT', ...primary(ratio) },
    'METHOD_NOT_AVAILABLE',
    'metrics.primary.type',
    /cannot be a RATIO/,
  ],
];

describe('a plan is refused that has', () => {
  let service: RunningService;
  const api = createCaller(() => service);
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(async () => {
    await service.remove();
  });

  test.each(refused)('%s', async (_name, changes, code, path, message) => {
    const input = sampleInput(changes);
    const refusal = await api.refused('createExperiment', { input });
    expect(refusal.problems).toEqual([expect.objectContaining({ code, path: path.split('.'), message: expect.stringMatching(message) })]);
    expect(refusal).toMatchObject({ code, retryable: false });
    const { data } = await api.call('experiment', { key: input.key }, { selection: '{ key }' });
    expect(data.experiment).toBeNull();
  });

  test('nothing of that kind where the RATIO does not move the bandit', async () => {
    const metrics = { primary: { key: 'm', type: 'CONVERSION' }, secondary: [{ key: 'r', ...ratio }] };
    const { experiment } = await api.done('createExperiment', { input: sampleInput({ design: 'BANDIT', metrics }) });
    expect(experiment.metrics[1]).toMatchObject({ type: 'RATIO', denominator: 'visits' });
  });
});
