import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawUnit, experimentPrefix } from '../../src/core/hash.js';
import { sendPopulation } from '../setup/population.js';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, createUnits, sampleInput } from './operations.js';

/** What the service does by itself, and how people have the last word on it. */

let service: RunningService;
const api = createCaller(() => service);
const { assign } = createUnits(api);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

const guardrail = (key: string, action: string) => ({ key, type: 'CONVERSION', direction: 'DECREASE', threshold: 0.02, action });

async function create(key: string, changes: object): Promise<void> {
  await api.done('createExperiment', { input: sampleInput({ key, ...changes }) });
}

/** Every unit of the variant does it, and no unit of the control: nothing varies in either. */
function harm(experimentKey: string, metric: string, units = 400) {
  return sendPopulation(service, { experimentKey, metric, rates: { control: 0, green: 1 }, units, prefix: `${experimentKey} ${metric} ` });
}

/** Of so many users the hundredth part that a dry run takes in. */
async function includedUsers(key: string, users: number): Promise<readonly string[]> {
  const { salt } = await api.done('experiment', { key }, '{salt}');
  const prefix = experimentPrefix({ salt, experimentKey: key });
  const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('binary');
  return Array.from({ length: users }, (_, i) => `u${i}`).filter((userId) => drawUnit(prefix, userId, sha256).inclusion < 0.01);
}

/** Who did what, the first first. */
async function storyOf(key: string): Promise<readonly string[]> {
  const { nodes } = await api.done('auditLog', { first: 20, filter: { experimentKey: key } }, '{nodes {actor action reason}}');
  return nodes
    .map(({ actor, action, reason }: Record<string, string | null>) => [actor?.startsWith('guardrail') ? actor : action, reason].join(': '))
    .toReversed();
}

const alertStream = (key: string) =>
  service.subscribe('subscription ($key: ID) { alertRaised(experimentKey: $key) { kind metric resolvedAt experiment { status } } }', {
    key,
  });

describe('a guardrail that pauses', () => {
  test('does so once for the same harm: who resumes bears it, while other harm pauses again and a rollback stays one', async () => {
    const key = 'borne';
    const guardrails = [guardrail('slow', 'PAUSE'), guardrail('broken', 'PAUSE'), guardrail('lost', 'ROLLBACK')];
    await create(key, { metrics: { primary: { key: 'purchase', type: 'CONVERSION' }, guardrails } });
    await api.done('startExperiment', { key });
    const alerts = alertStream(key);
    const raised = async () => (await alerts.next()).alertRaised;
    for (const metric of ['slow', 'broken']) {
      await harm(key, metric);
      expect(await raised()).toEqual({ kind: 'GUARDRAIL_BREACH', metric, resolvedAt: null, experiment: { status: 'PAUSED' } });
      await api.done('resumeExperiment', { key });
    }
    await harm(key, 'lost');
    expect(await raised()).toMatchObject({ kind: 'GUARDRAIL_BREACH', metric: 'lost' });
    expect(await raised()).toMatchObject({ kind: 'ROLLED_BACK', experiment: { status: 'ROLLED_BACK' } });
    await alerts.close();
    const told = (metric: string) => expect.stringMatching(`^.*guardrail.*: Guardrail "${metric}" .* rose by .* in variant "green"`);
    expect(await storyOf(key)).toEqual([
      'createExperiment: ',
      'startExperiment: ',
      told('slow'),
      'resumeExperiment: ',
      told('broken'),
      'resumeExperiment: ',
      told('lost'),
    ]);
  });

  test('pauses for harm that a dry run has shown before: the start ends that alert, and what follows it is news', async () => {
    const key = 'rehearsed';
    await create(key, { metrics: { primary: { key: 'purchase', type: 'CONVERSION' }, guardrails: [guardrail('crash', 'PAUSE')] } });
    await api.done('startExperiment', { key, dryRun: true });
    const alerts = alertStream(key);
    const raised = async () => (await alerts.next()).alertRaised;
    const events = [];
    for (const userId of await includedUsers(key, 30_000)) {
      const { variant } = await assign(key, userId);
      const event = { eventId: `crash of ${userId}`, metric: 'crash', unit: { userId }, occurredAt: new Date().toISOString() };
      if (variant === 'green') events.push(event);
    }
    await api.done('trackEvents', { input: { events } });
    expect(await raised()).toMatchObject({ metric: 'crash', resolvedAt: null, experiment: { status: 'DRY_RUN' } });
    await api.done('startExperiment', { key });
    expect(await raised()).toMatchObject({ metric: 'crash', resolvedAt: expect.any(String), experiment: { status: 'RUNNING' } });
    await sendPopulation(service, {
      experimentKey: key,
      metric: 'crash',
      rates: { control: 0, green: 1 },
      units: 400,
      prefix: 'in earnest ',
    });
    expect(await raised()).toMatchObject({ metric: 'crash', resolvedAt: null, experiment: { status: 'PAUSED' } });
    await alerts.close();
  });
});

describe('autoDeploy', () => {
  test('leaves a winner that is switched off to people, says so, and ships it once it is on again', async () => {
    const key = 'withdrawn';
    await create(key, { rollback: { autoDeploy: true } });
    await api.done('startExperiment', { key });
    await sendPopulation(service, {
      experimentKey: key,
      metric: 'purchase',
      rates: { control: 0.1, green: 0.6 },
      units: 500,
      prefix: 'w',
    });
    const look = () => api.done('evaluateExperiment', { key }, '{evaluation {decision winner} experiment {status shippedVariant}}');
    await api.done('toggleVariant', { key, variant: 'green', enabled: false });
    expect(await look()).toEqual({
      evaluation: { decision: 'SHIP', winner: 'green' },
      experiment: { status: 'RUNNING', shippedVariant: null },
    });
    const { report } = await api.done('experiment', { key }, '{report {summary advice}}');
    expect(report).toEqual({
      summary: expect.stringMatching(/^green beats the control .* green is switched off\.$/),
      advice: ['Switch green on again if it may be shipped, or stop without it: bellwether stop withdrawn'],
    });
    await api.done('toggleVariant', { key, variant: 'green', enabled: true });
    expect(await look()).toMatchObject({ experiment: { status: 'STOPPED', shippedVariant: 'green' } });
  });
});
