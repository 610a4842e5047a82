import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runBellwether } from './run.js';

const example = resolve('test/api/example-experiment.json');

describe('simulate, without a server', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bellwether-simulate-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const simulate = (...args: readonly string[]) => runBellwether(['simulate', ...args], { cwd: folder });

  function file(name: string, changes: object): string {
    const plan = {
      key: 'checkout',
      name: 'Checkout',
      variants: [
        { key: 'control', weight: 0.5 },
        { key: 'one-page', weight: 0.5 },
      ],
      metrics: { primary: { key: 'order', type: 'CONVERSION' } },
      ...changes,
    };
    writeFileSync(join(folder, name), JSON.stringify(plan));
    return name;
  }

  test('tells of a file in the older shape what it would do', async () => {
    const { code, stdout, stderr } = await simulate(example, '--runs', '20');
    expect(code).toBe(0);
    expect(stdout).toContain('exp-checkout-flow-v3: FREQUENTIST_T_TEST, alpha 0.05');
    expect(stdout).toContain('Effect on checkout_completion_rate: variant-a +10%');
    expect(stdout).toMatch(/^DO_NOT_SHIP +\d+% \(/m);
    expect(stdout).toMatch(/^effect found \(power\) +– +\d/m);
    expect(stdout).toMatch(/^error_rate, variant-b: false alarm +0%/m);
    expect(stderr).toContain('note: status is ignored');
  });

  test('gives the same figures for the same seed, and others for another', async () => {
    const name = file('plan.json', { evaluation: { horizonUnits: 8000 } });
    const [once, again, other] = await Promise.all(['7', '7', '8'].map((seed) => simulate(name, '--json', '--runs', '10', '--seed', seed)));
    expect(once?.stdout).toBe(again?.stdout);
    const unitsOf = (ran: typeof once) => JSON.parse(ran?.stdout ?? '').effect;
    expect(unitsOf(once)).not.toEqual(unitsOf(other));
    expect(JSON.parse(once?.stdout ?? '')).toMatchObject({
      runs: 10,
      seed: 7,
      plan: { unitsPerDay: 572, baselines: { order: { mean: 0.05 } }, effects: { 'one-page': 0.1 } },
      none: { runs: 10, falseClaims: { runs: expect.any(Number), share: expect.any(Number), lower: 0 } },
    });
  });

  test('shows of a bandit what it loses and where its traffic ends', async () => {
    const name = file('bandit.json', { design: 'BANDIT' });
    const { stdout } = await simulate(name, '--runs', '3', '--effect', 'one-page=0.4', '--units-per-day', '2000', '--days', '10');
    expect(stdout).toMatch(/^lost against the best variant +– +[\d.]+$/m);
    expect(stdout).toMatch(/^share of one-page at the end +[\d.]+% +[\d.]+%$/m);
  });

  test('says what of the plan it leaves out', async () => {
    const name = file('partial.json', {
      metrics: { primary: { key: 'spent', type: 'CONTINUOUS', cuped: true, windowHours: 24 } },
      evaluation: { segments: ['region'], horizonUnits: 2000 },
    });
    const { code, stderr } = await simulate(name, '--runs', '1');
    expect(code).toBe(0);
    for (const left of ['cuped', 'windowHours', 'Segments']) expect(stderr).toContain(left);
  });

  test.each([
    [{}, ['--base', '1.5'], 2, '--base: received 1.5 for order; expected a rate from 0 to 1.'],
    [{}, ['--base', 'orders=0.1'], 2, '--base: orders is no metric; expected order.'],
    [{}, ['--base', '1,2,3'], 2, '--base: received "1,2,3"; expected a mean, or a mean and a deviation.'],
    [{}, ['--effect', 'control=0.1'], 2, '--effect: control is no variant beside the control; expected one-page.'],
    [{}, ['--effect', '30'], 2, '--effect: 30 would make the rate of one-page 1.55; expected one from 0 to 1.'],
    [{}, ['--effect', 'much'], 2, '--effect: received "much"; expected numbers'],
    [{}, ['--runs', '0'], 2, '--runs: received 0; expected a whole number from 1 to 100000.'],
    [{}, ['--days', '0'], 2, '--days: received 0; expected a number above 0.'],
    [{ variants: ['control', 'blue'], evaluation: { alpha: 2 } }, [], 1, 'plan.json: evaluation.alpha: '],
    [{ evaluation: { schedule: 'at times' } }, [], 1, 'plan.json: evaluation.schedule: The schedule "at times" cannot be read'],
    [{ colour: 'blue' }, [], 1, 'plan.json: Field "colour" is not defined by type "CreateExperimentInput".'],
    [{ metrics: { primary: { key: 'order', type: 'SOMETIMES' } } }, [], 1, 'plan.json: metrics.primary.type: Value "SOMETIMES"'],
  ])('refuses %j with %j', async (changes, options, code, message) => {
    const refused = await simulate(file('plan.json', changes), ...options);
    expect(refused).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) });
  });

  test('refuses a file that is not there', async () => {
    expect(await simulate('absent.json')).toMatchObject({ code: 2, stderr: 'There is no file absent.json.\n' });
  });
});
