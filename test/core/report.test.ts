import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/core/evaluation.js';
import type { Experiment } from '../../src/core/experiment.js';
import { type ReportInput, reportOf } from '../../src/core/report.js';
import { reportText } from '../../src/core/report-text.js';
import { slackMessage } from '../../src/core/webhook-slack.js';
import { sampleExperiment } from './samples.js';
import { arm, errorGuardrail, look, metric, plan } from './totals.js';

const since = new Date('2026-01-30T08:00:00.000Z');
const at = new Date('2026-01-31T08:00:03.000Z');
const startedAt = new Date('2026-01-28T09:00:00.000Z');
const definition = plan({}, [metric(), errorGuardrail]);
const running = sampleExperiment({ definition, startedAt });

const judged = (green: number, time: Date) => ({
  at: time,
  result: evaluate(look(definition, [arm('control', 10_000, 500), arm('green', 10_000, green)])),
});
const halves = [
  { variant: 'control', weight: 0.5 },
  { variant: 'green', weight: 0.5 },
];

function reported(changes: Partial<ReportInput> = {}, experiment: Experiment = running) {
  return reportOf({
    experiment,
    at,
    since,
    evaluation: judged(650, new Date('2026-01-31T07:00:00.000Z')),
    previous: judged(510, new Date('2026-01-30T07:00:00.000Z')),
    countsBefore: [
      { variant: 'control', exposures: 9_000, conversions: 450 },
      { variant: 'green', exposures: 8_900, conversions: 580 },
    ],
    countsSince: [
      { variant: 'control', exposures: 1_000, conversions: 50 },
      { variant: 'green', exposures: 1_100, conversions: 70 },
    ],
    previousWeights: halves,
    openAlerts: [],
    raisedAlerts: [],
    resolvedAlerts: [],
    ...changes,
  });
}

describe('a report', () => {
  test('adds what came since to what was there, in the order of the experiment', () => {
    expect(reported().variants).toEqual([
      {
        variant: 'control',
        isControl: true,
        isEnabled: true,
        weight: 0.5,
        previousWeight: 0.5,
        exposures: 10_000,
        conversions: 500,
        newExposures: 1_000,
        newConversions: 50,
      },
      {
        variant: 'green',
        isControl: false,
        isEnabled: true,
        weight: 0.5,
        previousWeight: 0.5,
        exposures: 10_000,
        conversions: 650,
        newExposures: 1_100,
        newConversions: 70,
      },
    ]);
  });

  test('shows the comparisons as they were judged, beside the effect as it was', () => {
    const { effects, decision, previousDecision, evaluatedAt, summary } = reported();
    const { comparisons, summary: said } = judged(650, at).result;
    expect(effects[0]).toEqual({ ...comparisons[0], metricType: 'CONVERSION', previousEffect: expect.closeTo(0.001, 12) });
    expect(effects.map(({ metric }) => metric)).toEqual(comparisons.map(({ metric }) => metric));
    expect({ decision, previousDecision, evaluatedAt, summary }).toEqual({
      decision: 'SHIP',
      previousDecision: 'KEEP_RUNNING',
      evaluatedAt: '2026-01-31T07:00:00.000Z',
      summary: said,
    });
  });

  test('says what changed', () => {
    expect(reported().changes).toEqual(['It is judged SHIP, where it was KEEP_RUNNING.', '2,100 units were exposed, 20,000 in all.']);
    const moved = [
      { variant: 'control', weight: 0.7 },
      { variant: 'green', weight: 0.3 },
    ];
    expect(reported({ previousWeights: moved }).changes).toContain(
      '20.0% of the traffic moved: control from 70.0% to 50.0% and green from 30.0% to 50.0%.',
    );
    const alert = { kind: 'STALE_POLICY', severity: 'WARNING', message: 'Overdue.', at } as const;
    expect(reported({ raisedAlerts: [alert, alert], resolvedAlerts: [alert] }).changes).toEqual(
      expect.arrayContaining(['2 alerts were raised: STALE_POLICY.', 'An alert was resolved: STALE_POLICY.']),
    );
    expect(reported({ countsSince: [], evaluation: null, previous: null }).changes).toEqual([
      'No unit was exposed; there are 17,900 in all.',
    ]);
    expect(reported({ countsSince: [{ variant: 'green', exposures: 1, conversions: 0 }] }).changes).toContain(
      '1 unit was exposed, 17,901 in all.',
    );
  });

  test('says that it has just begun, and knows no weights from before', () => {
    const begun = sampleExperiment({ definition, startedAt: new Date('2026-01-31T01:00:00.000Z') });
    const report = reported({ previous: null, previousWeights: null, countsBefore: [] }, begun);
    expect(report.changes.slice(0, 2)).toEqual(['It was started.', 'It is judged SHIP for the first time.']);
    expect(report).toMatchObject({ days: 0, previousDecision: null });
    expect(report.variants.map(({ previousWeight }) => previousWeight)).toEqual([null, null]);
    const dryRun = sampleExperiment({ definition, status: 'DRY_RUN', startedAt: null });
    expect(reported({ previousWeights: null }, dryRun)).toMatchObject({
      days: null,
      changes: expect.arrayContaining(['Its dry run began.']),
    });
  });

  test('says what to do, whatever was decided', () => {
    const advised = (decision: string, experiment: Experiment = running) => {
      const evaluation = judged(650, at);
      const result = { ...evaluation.result, decision: decision as 'SHIP', winner: decision === 'SHIP' ? 'green' : null };
      return reported({ evaluation: { at, result } }, experiment).advice[0];
    };
    expect(advised('SHIP')).toBe('Ship green: bellwether stop checkout --ship green');
    expect(advised('SHIP', sampleExperiment({ definition, status: 'DRY_RUN' }))).toBe('Ship nothing from a dry run.');
    const off = sampleExperiment({ definition, startedAt, disabledVariants: ['green'] });
    expect(advised('SHIP', off)).toBe('Switch green on again if it may be shipped, or stop without it: bellwether stop checkout');
    expect(reported({}, off).summary).toMatch(/^green beats the control .* green is switched off\.$/);
    expect(advised('DO_NOT_SHIP')).toContain('bellwether stop checkout');
    expect(advised('ROLL_BACK')).toContain('bellwether rollback checkout');
    expect(advised('INVALID')).toContain('Read no effect');
    expect(advised('KEEP_RUNNING')).toContain('Let it run');
    expect(advised('INSUFFICIENT_DATA')).toContain('each variant needs');
    expect(reported({ evaluation: null }).advice).toEqual(['Wait for the first evaluation.']);
    const alert = { kind: 'BANDIT_HALTED', severity: 'CRITICAL', message: 'Halted.', at } as const;
    expect(reported({ openAlerts: [alert] }).advice).toEqual([
      'Once you know why an alert is open, ship green: bellwether stop checkout --ship green',
      expect.stringContaining('resumeBandit'),
    ]);
  });

  test('tells no decision without the critical alerts that are open', () => {
    const halted = { kind: 'BANDIT_HALTED', severity: 'CRITICAL', message: 'Halted.', at } as const;
    const text = reportText(reported({ openAlerts: [halted] }));
    expect(text).toMatch(/^SHIP: green beats the control .*\)\. An alert is open: BANDIT_HALTED\.$/m);
  });

  test('writes an effect as a difference where the relative interval knows no end', () => {
    const evaluation = judged(650, at);
    const [first, ...rest] = evaluation.result.comparisons;
    if (!first) throw new Error('nothing was compared');
    const endless = {
      ...first,
      interval: { lower: 0.001, upper: 0.03, level: 0.95 },
      liftInterval: { lower: null, upper: 0.6, level: 0.95 },
    };
    const text = reportText(reported({ evaluation: { at, result: { ...evaluation.result, comparisons: [endless, ...rest] } } }));
    expect(text).toContain('purchase (primary), green: +1.50 points, 95% interval +0.100 points to +3.00 points; adjusted p');
  });

  test('before the first evaluation has no numbers, and says why', () => {
    const report = reported({ evaluation: null, previous: null });
    expect(report).toMatchObject({ decision: null, effects: [], sampleRatio: null, guardrails: [], evaluatedAt: null });
    expect(report.summary).toMatch(/^It has not been evaluated yet; its schedule is /);
  });

  test('leaves no effect standing where the units do not fit', () => {
    const arms = [arm('control', 10_000, 500), arm('green', 5_000, 650)];
    const report = reported({ evaluation: { at, result: evaluate(look(definition, arms)) } });
    expect(report.effects[0]).toMatchObject({ effect: null, interval: null, unknownReason: 'SRM_DETECTED' });
    expect(reportText(report)).toContain('purchase (primary), green: unknown (SRM_DETECTED)');
    expect(reportText(report)).toContain('Sample ratio: does NOT fit (p below 0.0001)');
  });

  test('reads so', () => {
    const alert = { kind: 'UNDERPOWERED', severity: 'WARNING', message: 'Too few units.', at } as const;
    const text = reportText(reported({ openAlerts: [alert] }));
    const [comparison] = judged(650, at).result.comparisons;
    expect(comparison?.lift).toBeCloseTo(0.3, 12);
    expect(text.replace(/interval .*;/, 'interval …;').split('\n')).toEqual([
      'checkout (Checkout): RUNNING, 2 days old',
      '2026-01-30 08:00 to 2026-01-31 08:00 UTC',
      '',
      expect.stringMatching(/^SHIP: green beats the control on purchase: 6\.50% against 5\.00% \(\+30\.0%, 95% interval …; adjusted p /),
      'Judged at 2026-01-31 07:00 UTC.',
      '',
      'What to do',
      '- Ship green: bellwether stop checkout --ship green',
      '- Give it more traffic or more time, or plan for a larger effect: as it is, it cannot reach its size.',
      '',
      'What changed',
      '- It is judged SHIP, where it was KEEP_RUNNING.',
      '- 2,100 units were exposed, 20,000 in all.',
      '',
      'Variants',
      'variant            weight   units     new  converted  new',
      'control (control)  50.0%   10,000  +1,000        500  +50',
      'green              50.0%   10,000  +1,100        650  +70',
      '',
      'Effects',
      expect.stringMatching(/^purchase \(primary\), green: \+30\.0%, 95% interval \+[\d.]+% to \+[\d.]+%; adjusted p [\w. ]+; BETTER$/),
      'error (guardrail), green: 0 points; INCONCLUSIVE; not all is known (ZERO_VARIANCE)',
      '',
      'Health',
      'Sample ratio: fits (p 1)',
      'Guardrail error, green: holds',
      'UNDERPOWERED: Too few units.',
    ]);
  });

  test('of many variants still fits what Slack takes', () => {
    const many = Array.from({ length: 200 }, (_, i) => ({ ...reported().effects[0], variant: `v${i}`.padEnd(100, 'x') }));
    const report = { ...reported(), effects: many as ReturnType<typeof reported>['effects'] };
    const { blocks } = slackMessage({ type: 'report.daily', timestamp: report.at, data: report });
    expect(blocks.length).toBeGreaterThan(5);
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const { text } of blocks) expect(text.text.length).toBeLessThanOrEqual(3_000);
    expect(blocks.at(-1)?.text.text).toContain('Sample ratio: fits');
  });
});
