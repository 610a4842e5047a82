import { describe, expect, test } from 'vitest';
import type { DomainError } from '../../src/core/errors.js';
import { experimentStatuses } from '../../src/core/experiment.js';
import { actionsOf, checkTransition, experimentActions } from '../../src/core/lifecycle.js';
import { sampleExperiment, startedAt } from './samples.js';

const outcome = (...[experiment, action]: Parameters<typeof checkTransition>) => {
  try {
    return checkTransition(experiment, action);
  } catch (error) {
    return (error as DomainError).code;
  }
};

describe('the life of an experiment', () => {
  test('leads from status to status as the design draws it', () => {
    const edges = experimentStatuses.flatMap((status) =>
      experimentActions.flatMap((action) => {
        const next = outcome(sampleExperiment({ status }), action);
        return next === 'INVALID_TRANSITION' || next === 'ALREADY' || next === status ? [] : [`${status} ${action} ${next}`];
      }),
    );
    expect(edges).toEqual([
      'DRAFT START RUNNING',
      'DRAFT DRY_RUN DRY_RUN',
      'DRY_RUN START RUNNING',
      'DRY_RUN STOP STOPPED',
      'DRY_RUN ROLLBACK ROLLED_BACK',
      'RUNNING PAUSE PAUSED',
      'RUNNING STOP STOPPED',
      'RUNNING ROLLBACK ROLLED_BACK',
      'PAUSED RESUME RUNNING',
      'PAUSED STOP STOPPED',
      'PAUSED ROLLBACK ROLLED_BACK',
      'STOPPED ARCHIVE ARCHIVED',
      'ROLLED_BACK ARCHIVE ARCHIVED',
    ]);
  });

  test('changes nothing where an action asks for what is so already', () => {
    const already = experimentStatuses.flatMap((status) =>
      experimentActions
        .filter((action) => outcome(sampleExperiment({ status }), action) === 'ALREADY')
        .map((action) => `${status} ${action}`),
    );
    expect(already).toEqual([
      'DRY_RUN DRY_RUN',
      'RUNNING START',
      'RUNNING RESUME',
      'PAUSED PAUSE',
      'ROLLED_BACK ROLLBACK',
      'ARCHIVED ARCHIVE',
    ]);
  });

  test('allows a stopped experiment to ship another variant', () => {
    expect(outcome(sampleExperiment({ status: 'STOPPED' }), 'STOP')).toBe('STOPPED');
  });

  test('refuses everything else by INVALID_TRANSITION, naming the status and what it allows', () => {
    expect(() => checkTransition(sampleExperiment({ status: 'PAUSED' }), 'START')).toThrow(
      'START is not possible while "checkout" is PAUSED; allowed now: UPDATE, RESUME, STOP, ROLLBACK, SET_WEIGHTS, SET_TRAFFIC_ALLOCATION, TOGGLE_VARIANT, EVALUATE.',
    );
    expect(() => checkTransition(sampleExperiment({ status: 'ARCHIVED' }), 'STOP')).toThrow('allowed now: nothing.');
  });

  test('lists as actions what is not refused and would do something', () => {
    for (const status of experimentStatuses) {
      const experiment = sampleExperiment({ status });
      const passing = experimentActions.filter((action) => !['INVALID_TRANSITION', 'ALREADY'].includes(outcome(experiment, action)));
      expect(actionsOf(experiment)).toEqual(passing);
    }
  });
});

describe('a bandit', () => {
  const bandit = (status: 'RUNNING' | 'PAUSED' | 'STOPPED', banditHaltedAt: Date | null) =>
    sampleExperiment({ status, banditHaltedAt }, { design: 'BANDIT' });

  test('is resumed only while it is halted and the experiment not ended', () => {
    expect(actionsOf(bandit('RUNNING', startedAt))).toContain('RESUME_BANDIT');
    expect(actionsOf(bandit('RUNNING', null))).not.toContain('RESUME_BANDIT');
    expect(outcome(bandit('RUNNING', startedAt), 'RESUME_BANDIT')).toBe('RUNNING');
    expect(outcome(bandit('PAUSED', startedAt), 'RESUME_BANDIT')).toBe('PAUSED');
    expect(outcome(bandit('RUNNING', null), 'RESUME_BANDIT')).toBe('ALREADY');
    expect(outcome(bandit('STOPPED', startedAt), 'RESUME_BANDIT')).toBe('INVALID_TRANSITION');
    expect(outcome(sampleExperiment(), 'RESUME_BANDIT')).toBe('INVALID_TRANSITION');
  });
});
