import { describe, expect, test } from 'vitest';
import { type Assignment, decide, fallback, isPending, settle, unknownExposure } from '../../src/core/assignment.js';
import { compile } from '../../src/core/compiled-experiment.js';
import type { Experiment, ExperimentStatus } from '../../src/core/experiment.js';
import type { Unit } from '../../src/core/unit.js';
import { moved, running, sha256, user, userWhere, variantsOf } from './samples.js';

const options = { experimentKey: 'checkout', sha256 };
const ask = (experiment: Experiment, unit: Unit) => decide(compile(experiment), unit, options);

/** The answer where no look-up is due. */
function answerOf(experiment: Experiment, unit: Unit): Assignment {
  const decision = ask(experiment, unit);
  if (isPending(decision)) throw new Error('pending');
  return decision;
}

const reasonOf = (experiment: Experiment, unit: Unit) => {
  const { reason, variant, inExperiment } = answerOf(experiment, unit);
  return [reason, variant, inExperiment];
};

describe('a unit of a running experiment', () => {
  test('gets the variant of its slot, with its payload and what an exposure repeats', () => {
    const unit = userWhere(running(), ({ slot }) => slot < 5_000);
    expect(answerOf(running(), unit)).toEqual({
      experimentKey: 'checkout',
      variant: 'control',
      payload: { colour: 'grey' },
      inExperiment: true,
      reason: 'SPLIT',
      hashKey: 'userId',
      unitId: unit.userId,
      allocationVersion: 1,
      exposureRecorded: null,
      asOf: null,
    });
    expect(
      answerOf(
        running(),
        userWhere(running(), ({ slot }) => slot >= 5_000),
      ),
    ).toMatchObject({ variant: 'green', payload: null });
  });

  test('outside the traffic share gets the control with NOT_INCLUDED', () => {
    const experiment = running({ trafficAllocation: 0.25 });
    const outside = userWhere(experiment, ({ inclusion, slot }) => inclusion >= 0.25 && slot >= 5_000);
    expect(reasonOf(experiment, outside)).toEqual(['NOT_INCLUDED', 'control', false]);
    const inside = userWhere(experiment, ({ inclusion, slot }) => inclusion < 0.25 && slot >= 5_000);
    expect(reasonOf(experiment, inside)).toEqual(['SPLIT', 'green', true]);
  });

  test('is assigned in a dry run by the share of the allocation', () => {
    const experiment = moved(running({}, { status: 'DRY_RUN' }), {});
    const dry = { ...experiment, allocation: { ...experiment.allocation, trafficAllocation: 0.01, maxTrafficAllocation: 0.01 } };
    expect(
      reasonOf(
        dry,
        userWhere(dry, ({ inclusion }) => inclusion < 0.01),
      ),
    ).toMatchObject(['SPLIT', expect.any(String), true]);
    expect(
      reasonOf(
        dry,
        userWhere(dry, ({ inclusion }) => inclusion >= 0.01),
      ),
    ).toEqual(['NOT_INCLUDED', 'control', false]);
  });

  test('without the hashed id gets the control with NO_UNIT', () => {
    expect(answerOf(running(), { deviceId: 'd', isBot: false })).toMatchObject({
      reason: 'NO_UNIT',
      variant: 'control',
      unitId: null,
      hashKey: 'userId',
    });
    const byAttribute = running({ hashKey: 'account' });
    expect(answerOf(byAttribute, { isBot: false, attributes: { account: 42 } })).toMatchObject({ inExperiment: true, unitId: '42' });
    expect(answerOf(byAttribute, { isBot: false, attributes: { account: '' } })).toMatchObject({ reason: 'NO_UNIT' });
  });
});

describe('reasons', () => {
  const targeting = { include: ['region:US'], exclude: [] };
  const everything = running({ targeting, trafficAllocation: 0 }, { status: 'PAUSED', overrides: [{ unitId: 'qa', variant: 'green' }] });

  test('are tried in the order of the contract: each fault hides those after it', () => {
    const qa = user('qa', { isBot: true });
    const bot = user('u', { isBot: true });
    expect(decide(undefined, qa, options)).toMatchObject({
      reason: 'NOT_FOUND',
      variant: null,
      inExperiment: false,
      experimentKey: 'checkout',
    });
    expect(reasonOf(everything, qa)).toEqual(['OVERRIDE', 'green', false]);
    expect(reasonOf(everything, bot)).toEqual(['BOT', 'control', false]);
    expect(reasonOf({ ...everything, status: 'STOPPED', shippedVariant: 'green' }, bot)).toEqual(['BOT', 'control', false]);
    expect(reasonOf(everything, { isBot: false })).toEqual(['NOT_RUNNING', 'control', false]);
    expect(reasonOf({ ...everything, status: 'RUNNING' }, { isBot: false })).toEqual(['NOT_TARGETED', 'control', false]);
    expect(reasonOf({ ...everything, status: 'RUNNING' }, { isBot: false, attributes: { region: 'US' } })).toEqual([
      'NO_UNIT',
      'control',
      false,
    ]);
    expect(reasonOf({ ...everything, status: 'RUNNING' }, user('u', { attributes: { region: 'US' } }))).toEqual([
      'NOT_INCLUDED',
      'control',
      false,
    ]);
  });

  test.each(['DRAFT', 'PAUSED', 'STOPPED', 'ROLLED_BACK', 'ARCHIVED'] as const)(
    'for %s are NOT_RUNNING with the control',
    (status: ExperimentStatus) => {
      expect(reasonOf({ ...running(), status }, user('u'))).toEqual(['NOT_RUNNING', 'control', false]);
      expect(reasonOf({ ...running(), status, allocation: null }, user('u'))).toEqual(['NOT_RUNNING', 'control', false]);
    },
  );

  test('of a shipped experiment are SHIPPED for every unit, eligible or not, until it is archived', () => {
    const shipped = running({ targeting }, { status: 'STOPPED', shippedVariant: 'green' });
    expect(reasonOf(shipped, user('u'))).toEqual(['SHIPPED', 'green', false]);
    expect(reasonOf(shipped, { isBot: false })).toEqual(['SHIPPED', 'green', false]);
    expect(reasonOf({ ...shipped, status: 'ARCHIVED' }, user('u'))).toEqual(['NOT_RUNNING', 'control', false]);
  });

  test('of an override hold in every status but ARCHIVED, and only for its unit', () => {
    for (const status of ['DRAFT', 'DRY_RUN', 'RUNNING', 'PAUSED', 'STOPPED', 'ROLLED_BACK'] as const) {
      expect(reasonOf({ ...everything, status }, user('qa'))).toEqual(['OVERRIDE', 'green', false]);
    }
    expect(reasonOf({ ...everything, status: 'ARCHIVED' }, user('qa'))).toEqual(['NOT_RUNNING', 'control', false]);
    expect(reasonOf(everything, { deviceId: 'qa', isBot: false })).toEqual(['NOT_RUNNING', 'control', false]);
  });

  test('of an unknown experiment are FALLBACK without a variant while the stores were never reached', () => {
    expect(fallback('x')).toMatchObject({ experimentKey: 'x', reason: 'FALLBACK', variant: null, inExperiment: false, hashKey: null });
  });

  test('make nobody eligible where stored targeting cannot be read', () => {
    const experiment = running({ targeting: { include: [], exclude: ['a newer grammar'] } });
    expect(reasonOf(experiment, user('u'))).toEqual(['NOT_TARGETED', 'control', false]);
  });
});

describe('a unit whose variant may have changed', () => {
  const before = running();
  const after = moved(before, { weights: [0.2, 0.8] });
  const inMovedSlot = userWhere(after, ({ slot }) => slot >= 2_000 && slot < 5_000);
  const pendingOf = (experiment: Experiment, unit: Unit) => {
    const decision = ask(experiment, unit);
    if (!isPending(decision)) throw new Error(`not pending: ${decision.reason}`);
    return decision;
  };

  test('is looked up only where its slot has changed hands', () => {
    expect(pendingOf(after, inMovedSlot).lookup).toEqual({ experimentId: after.id, unitId: inMovedSlot.userId });
    expect(
      reasonOf(
        after,
        userWhere(after, ({ slot }) => slot < 2_000),
      ),
    ).toEqual(['SPLIT', 'control', true]);
    expect(
      reasonOf(
        after,
        userWhere(after, ({ slot }) => slot >= 5_000),
      ),
    ).toEqual(['SPLIT', 'green', true]);
  });

  test('keeps the recorded one, gets the present one when none is recorded, and a marked answer when nobody can tell', () => {
    const pending = pendingOf(after, inMovedSlot);
    expect(settle(pending, 'control')).toMatchObject({ reason: 'STICKY', variant: 'control', inExperiment: true, allocationVersion: 2 });
    expect(settle(pending, 'green')).toMatchObject({ reason: 'STICKY', variant: 'green', inExperiment: true });
    expect(settle(pending, null)).toMatchObject({ reason: 'SPLIT', variant: 'green', inExperiment: true });
    expect(settle(pending, unknownExposure)).toMatchObject({
      reason: 'FALLBACK',
      variant: 'green',
      inExperiment: false,
      unitId: inMovedSlot.userId,
    });
  });

  test('gets the control with VARIANT_DISABLED when the recorded one is off', () => {
    const three = running({ variants: variantsOf('control', 'green', 'blue') });
    const off = { ...moved(three, { weights: [0.5, 0, 0.5] }), disabledVariants: ['green'] };
    const pending = pendingOf(
      off,
      userWhere(three, ({ slot }) => slot >= 3_334 && slot < 6_667),
    );
    expect(settle(pending, 'green')).toMatchObject({ reason: 'VARIANT_DISABLED', variant: 'control', inExperiment: false });
    expect(settle(pending, null)).toMatchObject({ reason: 'SPLIT', inExperiment: true });
    expect(settle(pending, null).variant).not.toBe('green');
  });

  test('is looked up between the present and the greatest traffic share, and is out when it was never exposed', () => {
    const shrunk = moved(running({ trafficAllocation: 0.5 }), { trafficAllocation: 0.2 });
    const between = userWhere(shrunk, ({ inclusion, slot }) => inclusion >= 0.2 && inclusion < 0.5 && slot >= 5_000);
    const pending = pendingOf(shrunk, between);
    expect(settle(pending, 'green')).toMatchObject({ reason: 'STICKY', variant: 'green', inExperiment: true });
    expect(settle(pending, null)).toMatchObject({ reason: 'NOT_INCLUDED', variant: 'control', inExperiment: false });
    expect(settle(pending, unknownExposure)).toMatchObject({ reason: 'FALLBACK', variant: 'green', inExperiment: false });
    expect(
      reasonOf(
        shrunk,
        userWhere(shrunk, ({ inclusion }) => inclusion >= 0.5),
      ),
    ).toEqual(['NOT_INCLUDED', 'control', false]);
    expect(
      reasonOf(
        shrunk,
        userWhere(shrunk, ({ inclusion, slot }) => inclusion < 0.2 && slot >= 5_000),
      ),
    ).toEqual(['SPLIT', 'green', true]);
  });
});

describe('a member of an exclusion group', () => {
  const exclusion = { group: 'pricing', start: 0.25, end: 0.75 };
  const member = running({ exclusionGroup: 'pricing', trafficAllocation: 0.5 }, { exclusion });

  test('includes by the place in the group alone, without a second draw', () => {
    const inside = userWhere(member, ({ place, inclusion, slot }) => place >= 0.25 && place < 0.75 && inclusion >= 0.5 && slot >= 5_000);
    const outside = userWhere(member, ({ place, inclusion }) => (place < 0.25 || place >= 0.75) && inclusion < 0.5);
    expect(reasonOf(member, inside)).toEqual(['SPLIT', 'green', true]);
    expect(reasonOf(member, outside)).toEqual(['EXCLUDED', 'control', false]);
  });

  test('looks up the part of its range that it no longer uses', () => {
    const shrunk = moved(member, { trafficAllocation: 0.1 });
    const between = ask(
      shrunk,
      userWhere(shrunk, ({ place }) => place >= 0.35 && place < 0.75),
    );
    expect(isPending(between) && settle(between, null)).toMatchObject({ reason: 'EXCLUDED', variant: 'control', inExperiment: false });
    expect(isPending(between) && settle(between, 'green')).toMatchObject({ reason: 'STICKY', variant: 'green' });
  });
});
