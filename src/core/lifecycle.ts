import { refusal } from './errors.js';
import type { Experiment, ExperimentStatus } from './experiment.js';

export const experimentActions = [
  'UPDATE',
  'DELETE',
  'START',
  'DRY_RUN',
  'PAUSE',
  'RESUME',
  'RESUME_BANDIT',
  'STOP',
  'ROLLBACK',
  'ARCHIVE',
  'SET_WEIGHTS',
  'SET_TRAFFIC_ALLOCATION',
  'TOGGLE_VARIANT',
  'EVALUATE',
] as const;
export type ExperimentAction = (typeof experimentActions)[number];

/** What an experiment's status allows, for an action the status that it leads to; the rest is refused.
 *
 *     DRAFT        START -> RUNNING, DRY_RUN -> DRY_RUN; gone by DELETE
 *     DRY_RUN      START -> RUNNING, STOP -> STOPPED, ROLLBACK -> ROLLED_BACK
 *     RUNNING      PAUSE -> PAUSED, STOP -> STOPPED, ROLLBACK -> ROLLED_BACK
 *     PAUSED       RESUME -> RUNNING, STOP -> STOPPED, ROLLBACK -> ROLLED_BACK
 *     STOPPED      STOP -> STOPPED (ships another variant), ARCHIVE -> ARCHIVED
 *     ROLLED_BACK  ARCHIVE -> ARCHIVED
 *     ARCHIVED     none
 */
const transitions: Readonly<Record<ExperimentStatus, Readonly<Partial<Record<ExperimentAction, ExperimentStatus>>>>> = {
  DRAFT: { UPDATE: 'DRAFT', DELETE: 'DRAFT', START: 'RUNNING', DRY_RUN: 'DRY_RUN', SET_WEIGHTS: 'DRAFT', SET_TRAFFIC_ALLOCATION: 'DRAFT' },
  DRY_RUN: {
    UPDATE: 'DRY_RUN',
    START: 'RUNNING',
    STOP: 'STOPPED',
    ROLLBACK: 'ROLLED_BACK',
    SET_WEIGHTS: 'DRY_RUN',
    SET_TRAFFIC_ALLOCATION: 'DRY_RUN',
    TOGGLE_VARIANT: 'DRY_RUN',
    EVALUATE: 'DRY_RUN',
  },
  RUNNING: {
    UPDATE: 'RUNNING',
    PAUSE: 'PAUSED',
    RESUME_BANDIT: 'RUNNING',
    STOP: 'STOPPED',
    ROLLBACK: 'ROLLED_BACK',
    SET_WEIGHTS: 'RUNNING',
    SET_TRAFFIC_ALLOCATION: 'RUNNING',
    TOGGLE_VARIANT: 'RUNNING',
    EVALUATE: 'RUNNING',
  },
  PAUSED: {
    UPDATE: 'PAUSED',
    RESUME: 'RUNNING',
    RESUME_BANDIT: 'PAUSED',
    STOP: 'STOPPED',
    ROLLBACK: 'ROLLED_BACK',
    SET_WEIGHTS: 'PAUSED',
    SET_TRAFFIC_ALLOCATION: 'PAUSED',
    TOGGLE_VARIANT: 'PAUSED',
    EVALUATE: 'PAUSED',
  },
  STOPPED: { UPDATE: 'STOPPED', STOP: 'STOPPED', ARCHIVE: 'ARCHIVED' },
  ROLLED_BACK: { UPDATE: 'ROLLED_BACK', ARCHIVE: 'ARCHIVED' },
  ARCHIVED: {},
};

/** Statuses in which an action has nothing left to do: asking for it again changes nothing and is no fault. */
const already: Readonly<Partial<Record<ExperimentAction, readonly ExperimentStatus[]>>> = {
  START: ['RUNNING'],
  DRY_RUN: ['DRY_RUN'],
  PAUSE: ['PAUSED'],
  RESUME: ['RUNNING'],
  ROLLBACK: ['ROLLED_BACK'],
  ARCHIVE: ['ARCHIVED'],
};

type Lifecycle = Pick<Experiment, 'status' | 'banditHaltedAt'> & { readonly definition: Pick<Experiment['definition'], 'key' | 'bandit'> };

/** What can be done to an experiment now, in the order of `experimentActions`. */
export function actionsOf(experiment: Lifecycle): ExperimentAction[] {
  const allowed = transitions[experiment.status];
  return experimentActions.filter(
    (action) => allowed[action] !== undefined && (action !== 'RESUME_BANDIT' || experiment.banditHaltedAt !== null),
  );
}

/**
 * Whether an action may be done.
 *
 * @returns the status that it leads to, the present one for an action that leaves it; `'ALREADY'` when what it would bring about is so
 * already and nothing is to be changed
 * @throws INVALID_TRANSITION naming the status and what it allows
 */
export function checkTransition(experiment: Lifecycle, action: ExperimentAction): ExperimentStatus | 'ALREADY' {
  const { status, definition, banditHaltedAt } = experiment;
  if (already[action]?.includes(status)) return 'ALREADY';
  const next = transitions[status][action];
  if (next !== undefined && action !== 'RESUME_BANDIT') return next;
  if (next !== undefined && definition.bandit) return banditHaltedAt ? next : 'ALREADY';
  const allowed = actionsOf(experiment).join(', ') || 'nothing';
  throw refusal(
    'INVALID_TRANSITION',
    `${action} is not possible while "${definition.key}" is ${status}; allowed now: ${allowed}.`,
    ['key'],
    status,
  );
}
