import { describe, expect, test } from 'vitest';
import type { ArmSums } from '../../src/core/evaluation-types.js';
import { type Validation, validate, validationWarnings, validationWords } from '../../src/core/validation.js';
import type { DryRun, ValidationCheckName } from '../../src/core/validation-checks.js';
import { createRandom } from '../faults/random.js';
import { sampleExperiment, startedAt } from './samples.js';

const hourMs = 3_600_000;
const experiment = sampleExperiment(
  {},
  {
    metrics: {
      primary: { key: 'purchase', type: 'CONVERSION', direction: 'INCREASE', cuped: false },
      secondary: [{ key: 'visits', type: 'COUNT', direction: 'INCREASE', cuped: false }],
      guardrails: [{ key: 'errors', type: 'CONVERSION', direction: 'DECREASE', threshold: 0.05, action: 'ALERT' }],
    },
  },
);

interface Arm {
  readonly units: number;
  readonly purchase?: number;
  readonly visits?: number;
  readonly errors?: number;
}

/** Units that each had one event, or none, of a metric. */
function armOf(variant: string, { units, purchase = 0, visits = 0, errors = 0 }: Arm): ArmSums {
  const sumsOf = (active: number) => {
    const text = String(active);
    return { units: active, events: active, total: text, sumX: text, sumX2: text };
  };
  return { variant, period: 0, units, metrics: { purchase: sumsOf(purchase), visits: sumsOf(visits), errors: sumsOf(errors) } };
}

function dryRunOf(control: Arm, green: Arm, mismatchedUnits = 0): DryRun {
  return {
    since: startedAt,
    versions: [{ version: 1, propensities: [0.5, 0.5], units: [control.units, green.units] }],
    arms: [armOf('control', control), armOf('green', green)],
    mismatchedUnits,
  };
}

const verdictAfter = (hours: number, dryRun: DryRun, ended = false, subject = experiment): Validation =>
  validate(subject, dryRun, { at: new Date(startedAt.getTime() + hours * hourMs), ended });

const found = ({ checks }: Validation, name: ValidationCheckName, metric: string | null = null) =>
  checks.find((check) => check.name === name && check.metric === metric);

const sound = { units: 100, purchase: 10, visits: 60, errors: 1 };

describe('the verdict on a dry run', () => {
  test('is PASSED when a day has gone by, every variant has units, and nothing is wrong', () => {
    const verdict = verdictAfter(24, dryRunOf(sound, sound));
    expect(verdict).toMatchObject({ status: 'PASSED', since: startedAt, until: null, units: 200 });
    expect(verdict.checks.map(({ name, metric, status }) => [name, metric, status])).toEqual([
      ['DURATION', null, 'PASSED'],
      ['EXPOSURES', null, 'PASSED'],
      ['SAMPLE_RATIO', null, 'PASSED'],
      ['VARIANTS', null, 'PASSED'],
      ['EVENTS', 'purchase', 'PASSED'],
      ['EVENTS', 'visits', 'PASSED'],
      ['EVENTS', 'errors', 'PASSED'],
      ['GUARDRAIL', 'errors', 'PASSED'],
    ]);
    expect(verdict.checks.every(({ advice }) => advice === null)).toBe(true);
    expect(validationWarnings(verdict)).toEqual([]);
  });

  test('is open a minute before a day has gone by, and INCOMPLETE when it ends then', () => {
    const dryRun = dryRunOf(sound, sound);
    const open = verdictAfter(24 - 1 / 60, dryRun);
    expect(open).toMatchObject({ status: 'RUNNING', until: null });
    expect(found(open, 'DURATION')).toMatchObject({ status: 'PENDING', expected: 24 });
    const ended = verdictAfter(24 - 1 / 60, dryRun, true);
    expect(ended.status).toBe('INCOMPLETE');
    expect(ended.until).toEqual(new Date(startedAt.getTime() + 24 * hourMs - 60_000));
    expect(validationWarnings(ended)).toMatchObject([{ code: 'NOT_VALIDATED', received: 'INCOMPLETE' }]);
  });

  test('waits for 30 units in each variant that is served', () => {
    const few = { units: 29, purchase: 5, visits: 5 };
    expect(found(verdictAfter(30, dryRunOf(few, { ...few, units: 31 })), 'EXPOSURES')).toMatchObject({
      status: 'PENDING',
      received: 29,
      expected: 30,
    });
    expect(found(verdictAfter(30, dryRunOf({ ...few, units: 30 }, { ...few, units: 31 })), 'EXPOSURES')?.status).toBe('PASSED');
    const disabled = { ...experiment, disabledVariants: ['green'] };
    expect(found(verdictAfter(30, dryRunOf({ ...few, units: 30 }, { units: 0 }), false, disabled), 'EXPOSURES')?.status).toBe('PASSED');
  });

  test('is FAILED by a sample ratio that does not fit, whatever the hour', () => {
    const verdict = verdictAfter(1, dryRunOf({ ...sound, units: 100 }, { ...sound, units: 40 }));
    expect(verdict.status).toBe('FAILED');
    expect(found(verdict, 'SAMPLE_RATIO')).toMatchObject({ status: 'FAILED', expected: 0.01 });
    expect(validationWords(verdict)).toBe('The dry run found faults. Units against those planned: control 100 of 70.0, green 40 of 70.0.');
  });

  test('is FAILED by units that claim variants that they were not served', () => {
    expect(found(verdictAfter(30, dryRunOf(sound, sound, 9)), 'VARIANTS')?.status).toBe('PASSED');
    const verdict = verdictAfter(30, dryRunOf(sound, sound, 10));
    expect(found(verdict, 'VARIANTS')).toMatchObject({ status: 'FAILED', expected: 0.001 });
    expect(found(verdict, 'VARIANTS')?.received).toBeCloseTo(10 / 210, 12);
  });

  test('is FAILED by a variant from which no event comes, once chance is ruled out', () => {
    // Half of the units are silent: by chance with 2^-k when k units of the other half are not. 2^-10 is above 0.001 / 2, 2^-11 below.
    const silent = { units: 100, visits: 60 };
    expect(found(verdictAfter(30, dryRunOf({ ...sound, purchase: 10 }, silent)), 'EVENTS', 'purchase')?.status).toBe('PENDING');
    const verdict = verdictAfter(30, dryRunOf({ ...sound, purchase: 11 }, silent));
    expect(found(verdict, 'EVENTS', 'purchase')).toMatchObject({ status: 'FAILED', received: 0, expected: 1 });
    expect(found(verdict, 'EVENTS', 'purchase')?.advice).toMatch(/what "green" shows/);
  });

  test('is FAILED by a metric of which 1,000 units sent nothing; harm that nobody suffers is as it should be', () => {
    const arm = (units: number) => ({ units, visits: 10 });
    expect(found(verdictAfter(30, dryRunOf(arm(500), arm(499))), 'EVENTS', 'purchase')?.status).toBe('PENDING');
    const verdict = verdictAfter(30, dryRunOf(arm(500), arm(500)));
    expect(found(verdict, 'EVENTS', 'purchase')?.status).toBe('FAILED');
    expect(found(verdict, 'EVENTS', 'errors')?.status).toBe('PASSED');
  });

  test('is FAILED by a guardrail that is breached', () => {
    const verdict = verdictAfter(30, dryRunOf({ ...sound, units: 200 }, { ...sound, units: 200, errors: 120 }));
    expect(found(verdict, 'GUARDRAIL', 'errors')).toMatchObject({ status: 'FAILED', expected: 0.05 });
    expect(found(verdict, 'GUARDRAIL', 'errors')?.received).toBeCloseTo(119 / 200, 12);
  });

  test('has finite numbers or null before the first unit', () => {
    const verdict = verdictAfter(0, dryRunOf({ units: 0 }, { units: 0 }));
    expect(verdict.status).toBe('RUNNING');
    for (const { received } of verdict.checks) expect(received === null || Number.isFinite(received)).toBe(true);
  });

  test('waits for every variant where its store has not heard of the start yet', () => {
    const verdict = verdictAfter(0, { since: startedAt, versions: [], arms: [], mismatchedUnits: 0 });
    expect(verdict.status).toBe('RUNNING');
    expect(found(verdict, 'EXPOSURES')).toMatchObject({ status: 'PENDING', received: 0 });
  });

  test('calls few sound dry runs faulty, read after every 20 units, and finds an arm that loses half of its units', () => {
    const random = createRandom('dry runs').next;
    const runs = 400;
    /** Whether a run of 400 planned units ever failed. @param kept share of the variant's units that arrive */
    const fails = (kept: number): boolean => {
      const units = [0, 0];
      for (let planned = 1; planned <= 400; planned++) {
        const arm = random() < 0.5 ? 0 : 1;
        if (arm === 0 || random() < kept) units[arm] = (units[arm] ?? 0) + 1;
        if (planned % 20 > 0) continue;
        const dryRun = dryRunOf({ ...sound, units: units[0] ?? 0 }, { ...sound, units: units[1] ?? 0 });
        if (found(verdictAfter(30, dryRun), 'SAMPLE_RATIO')?.status === 'FAILED') return true;
      }
      return false;
    };
    const share = (kept: number): number => Array.from({ length: runs }, () => fails(kept)).filter(Boolean).length / runs;
    // Promised is 0.01 over all readings; of 400 runs three standard errors are 0.015.
    expect(share(1)).toBeLessThan(0.025);
    expect(share(0.5)).toBeGreaterThan(0.9);
  });
});
