import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/core/canonical-json.js';
import { evaluate } from '../../src/core/evaluation.js';
import { createPool } from '../../src/postgres/database.js';
import { createReads } from '../../src/postgres/reads.js';
import { sendPopulation } from '../setup/population.js';
import { type RunningService, startService } from '../setup/service.js';
import example from './example-experiment.json' with { type: 'json' };

const create = 'mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { key } warnings { code } } }';
const start = 'mutation ($key: ID!) { startExperiment(key: $key) { experiment { status planHash } } }';
const look = `mutation ($key: ID!) { evaluateExperiment(key: $key) { evaluation {
  sequence decision winner summary look maxLooks alphaSpent confirmatory final method
  srm { passed pValue chiSquarePValue variants { variant observed expected } }
  informationFraction
  comparisons { ...Numbers } segments { attribute value comparisons { ...Numbers } }
  guardrails { metric variant breached effect threshold action }
  provenance { planHash allocationVersions engineVersion watermark } } experiment { status } } }
  fragment Numbers on Comparison { variant metric role controlUnits variantUnits controlMean variantMean effect lift standardError pValue adjustedPValue
    probabilityToBeatControl expectedLoss minimumDetectableEffect significant outcome confirmatory unknownReason
    interval { lower upper level } liftInterval { lower upper } }`;

const conversion = (key: string) => ({ key, type: 'CONVERSION' });
const halves = [
  { key: 'control', weight: 0.5 },
  { key: 'treatment', weight: 0.5 },
];

describe('an evaluation', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(async () => {
    await service.remove();
  });

  async function run(input: Record<string, unknown> & { readonly key: string }): Promise<void> {
    await service.ask(create, { input: { name: input.key, variants: halves, ...input } });
    await service.ask(start, { key: input.key });
  }

  test('finds a real difference, streams it, and ships it where the plan says so', async () => {
    const key = 'ship-it';
    await run({ key, metrics: { primary: conversion('order') }, evaluation: { schedule: 'every_5s' }, rollback: { autoDeploy: true } });
    const stream = service.subscribe(
      'subscription ($key: ID!) { resultsUpdated(experimentKey: $key) { sequence decision winner final experiment { status } } }',
      { key },
    );
    await sendPopulation(service, {
      experimentKey: key,
      metric: 'order',
      rates: { control: 0.1, treatment: 0.3 },
      units: 1_200,
      prefix: 's',
    });
    const seen = [];
    for (;;) {
      const message = await stream.next();
      if (!message) break; // the stream completes after the final evaluation
      seen.push(message.resultsUpdated);
    }
    await stream.close();
    expect(seen.map(({ sequence }) => sequence)).toEqual(seen.map((_, i) => i + 1));
    expect(seen.at(-1)).toMatchObject({ final: true, decision: 'SHIP', winner: 'treatment' });
    expect(seen.at(-2)).toMatchObject({ final: false, decision: 'SHIP', winner: 'treatment' });
    const { experiment } = await service.ask('query ($key: ID!) { experiment(key: $key) { status shippedVariant endedAt revision } }', {
      key,
    });
    expect(experiment).toMatchObject({ status: 'STOPPED', shippedVariant: 'treatment' });
    const { assignment } = await service.ask(
      'query ($key: ID!) { assignment(experimentKey: $key, unit: { userId: "anybody" }) { variant reason inExperiment } }',
      { key },
      'client',
    );
    expect(assignment).toEqual({ variant: 'treatment', reason: 'SHIPPED', inExperiment: false });
    const { auditLog } = await service.ask(
      'query ($key: ID!) { auditLog(first: 5, filter: { experimentKey: $key }) { nodes { actor action reason } } }',
      { key },
    );
    expect(auditLog.nodes[0]).toMatchObject({ actor: 'evaluator' });
  });

  test('of a fixed plan meters its looks and refuses one too many', async () => {
    const key = 'metered';
    await run({
      key,
      metrics: { primary: conversion('signup') },
      evaluation: { method: 'FREQUENTIST_T_TEST', maxPeeks: 2, minSampleSize: 50, schedule: 'daily_0900_utc', correction: 'BONFERRONI' },
    });
    const early = await service.ask(look, { key });
    expect(early.evaluateExperiment.evaluation).toMatchObject({ decision: 'INSUFFICIENT_DATA', look: 0, maxLooks: 2 });
    await sendPopulation(service, {
      experimentKey: key,
      metric: 'signup',
      rates: { control: 0.1, treatment: 0.12 },
      units: 400,
      prefix: 'm',
    });
    expect((await service.ask(look, { key })).evaluateExperiment.evaluation).toMatchObject({ look: 1 });
    const second = (await service.ask(look, { key })).evaluateExperiment.evaluation;
    expect(second).toMatchObject({ look: 2, alphaSpent: 0.05, decision: 'DO_NOT_SHIP' });
    const { errors } = await service.send(look, { key });
    expect(errors?.[0].extensions).toMatchObject({ code: 'LOOKS_EXHAUSTED', retryable: false });
  });

  test('reports no effect when the units do not fit the allocation, and rolls back where the plan says so', async () => {
    const key = 'lopsided';
    await run({ key, metrics: { primary: conversion('visit') }, evaluation: { schedule: 'daily_0900_utc' } });
    // The client reports the exposures of one variant only in part.
    const occurredAt = new Date().toISOString();
    const exposures = [];
    for (let from = 0; from < 3_000; from += 25) {
      const fields = Array.from(
        { length: 25 },
        (_, i) => `a${i}: assignment(experimentKey: "${key}", unit: { userId: "l${from + i}" }) { variant }`,
      );
      const answers = Object.values(await service.ask(`{ ${fields.join(' ')} }`, {}, 'client')) as { variant: string }[];
      for (const [i, { variant }] of answers.entries()) {
        if (variant === 'treatment' && i % 4 === 0) continue;
        exposures.push({ eventId: `l${from + i}`, experimentKey: key, unit: { userId: `l${from + i}` }, variant, occurredAt });
      }
    }
    for (let from = 0; from < exposures.length; from += 1_000) {
      await service.ask('mutation ($input: TrackEventsInput!) { trackEvents(input: $input) { accepted } }', {
        input: { exposures: exposures.slice(from, from + 1_000) },
      });
    }
    const { evaluation, experiment } = (await service.ask(look, { key })).evaluateExperiment;
    expect(evaluation).toMatchObject({ decision: 'INVALID', winner: null, srm: { passed: false } });
    expect(evaluation.srm.pValue).toBeLessThan(0.01);
    expect(evaluation.comparisons[0]).toMatchObject({ effect: null, pValue: null, significant: false, unknownReason: 'SRM_DETECTED' });
    expect(experiment.status).toBe('ROLLED_BACK');
    const { alerts } = await service.ask('query ($key: ID!) { alerts(filter: { experimentKeys: [$key] }) { nodes { kind severity } } }', {
      key,
    });
    expect(alerts.nodes.map(({ kind }: { kind: string }) => kind).sort()).toEqual(['ROLLED_BACK', 'SRM_DETECTED']);
  });

  test('of a guardrail that is breached rolls back within seconds, on open subscriptions too', async () => {
    const key = 'harmful';
    await run({
      key,
      metrics: { primary: conversion('buy'), guardrails: [{ key: 'crash', threshold: 0.02, action: 'ROLLBACK' }] },
      evaluation: { schedule: 'daily_0900_utc' },
    });
    const alerts = service.subscribe(
      'subscription ($key: ID!) { alertRaised(experimentKey: $key) { kind metric variant experiment { status } } }',
      { key },
    );
    await sendPopulation(service, {
      experimentKey: key,
      metric: 'crash',
      rates: { control: 0.01, treatment: 0.3 },
      units: 1_200,
      prefix: 'h',
    });
    const first = (await alerts.next()).alertRaised;
    expect(first).toMatchObject({ kind: 'GUARDRAIL_BREACH', metric: 'crash', variant: 'treatment' });
    const second = (await alerts.next()).alertRaised;
    expect(second).toMatchObject({ kind: 'ROLLED_BACK', experiment: { status: 'ROLLED_BACK' } });
    await alerts.close();
    const { experiment } = await service.ask(
      'query ($key: ID!) { experiment(key: $key) { status allocation { cause weights { weight } } results { final decision guardrails { variant breached } } } }',
      { key },
    );
    expect(experiment).toMatchObject({
      status: 'ROLLED_BACK',
      allocation: { cause: 'ROLLBACK', weights: [{ weight: 1 }, { weight: 0 }] },
      results: { final: true, decision: 'ROLL_BACK', guardrails: [{ variant: 'treatment', breached: true }] },
    });
  });

  test('runs the example configuration', async () => {
    const { experimentId: key, name, trafficAllocation, variants, assignment, metrics, evaluation, targeting, rollback } = example;
    const upper = (text: string) => text.toUpperCase();
    const input = {
      key,
      name,
      trafficAllocation,
      hashStrategy: upper(assignment.strategy),
      hashKey: assignment.hashKey,
      salt: assignment.salt,
      variants: variants.map((variant) => ({ key: variant, weight: 1 / variants.length })),
      metrics: {
        primary: { key: metrics.primary.name, type: upper(metrics.primary.type), direction: upper(metrics.primary.direction) },
        secondary: metrics.secondary.map((metric) => ({ key: metric.name, type: upper(metric.type) })),
        guardrails: metrics.guardrails.map((metric) => ({ key: metric.name, threshold: metric.threshold, action: upper(metric.action) })),
      },
      evaluation: { ...evaluation, method: upper(evaluation.method), correction: upper(evaluation.correction) },
      targeting,
      rollback: { ...rollback, conditions: rollback.conditions.map(upper) },
    };
    const created = await service.ask(create, { input });
    expect(created.createExperiment).toEqual({ experiment: { key }, warnings: [] });
    const started = await service.ask(start, { key });
    expect(started.startExperiment.experiment).toMatchObject({ status: 'RUNNING', planHash: expect.stringMatching(/^[0-9a-f]{64}$/) });

    const reasons: Record<string, number> = {};
    for (let from = 0; from < 2_000; from += 25) {
      const fields = Array.from(
        { length: 25 },
        (_, i) =>
          `a${i}: assignment(experimentKey: "${key}", unit: { userId: "e${from + i}", attributes: { region: "US", accountType: "free" } }) { variant reason }`,
      );
      for (const { variant, reason } of Object.values(await service.ask(`{ ${fields.join(' ')} }`, {}, 'client')) as {
        variant: string;
        reason: string;
      }[]) {
        const name = reason === 'SPLIT' ? variant : reason;
        reasons[name] = (reasons[name] ?? 0) + 1;
      }
    }
    // A quarter of 2,000 in three equal parts: 167 each, give or take five standard deviations of a binomial (12.4).
    for (const variant of variants) expect(Math.abs((reasons[variant] ?? 0) - 2_000 / 12)).toBeLessThan(62);
    expect(Math.abs((reasons.NOT_INCLUDED ?? 0) - 1_500)).toBeLessThan(97);
    const asked = `query ($unit: UnitInput!) { assignment(experimentKey: "${key}", unit: $unit) { reason } }`;
    const reasonOf = async (unit: object) => (await service.ask(asked, { unit })).assignment.reason;
    expect(await reasonOf({ userId: 'e1', attributes: { region: 'DE', accountType: 'free' } })).toBe('NOT_TARGETED');
    expect(await reasonOf({ userId: 'e1', attributes: { region: 'US', accountType: 'free', internal: true } })).toBe('NOT_TARGETED');
    expect(await reasonOf({ userId: 'e1', isBot: true, attributes: { region: 'US', accountType: 'free' } })).toBe('BOT');
    const { evaluateExperiment } = await service.ask(look, { key });
    expect(evaluateExperiment.evaluation).toMatchObject({ decision: 'INSUFFICIENT_DATA', method: 'FREQUENTIST_T_TEST', maxLooks: 5 });
  });

  test('can be computed again to the same bits from what was stored', async () => {
    const pool = createPool(service.env.DATABASE_URL ?? '', 2);
    const reads = createReads(pool);
    let recomputed = 0;
    for (const key of ['ship-it', 'metered', 'lopsided', 'harmful']) {
      const experiment = await reads.experiment({ key });
      if (!experiment) throw new Error(key);
      const records = await reads.evaluationsAfter(experiment, 0, 100);
      for (const [i, { result, input }] of records.entries()) {
        const previous = records[i - 1]?.result.carried ?? null;
        const again = evaluate({ definition: experiment.definition, previous, ...input });
        expect(canonicalJson(again)).toBe(canonicalJson(result));
        recomputed += 1;
      }
    }
    expect(recomputed).toBeGreaterThanOrEqual(8);
    await pool.end();
  });
});
