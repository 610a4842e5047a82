import type { ExperimentDesign, ExperimentStatus, HashStrategy } from '../../core/experiment.js';
import type { ExperimentAction } from '../../core/lifecycle.js';
import { enumType } from '../enum-type.js';

export const HashStrategyEnum = enumType<HashStrategy>('HashStrategy', 'How a unit id becomes a number.', {
  CONSISTENT_HASH: 'SHA-256 of salt, experiment and unit, with independent draws for inclusion and variant.',
  GROWTHBOOK_V2: "The hash, coverage and ranges of GrowthBook's SDKs, version 2, to move in without moving anybody.",
});

export const ExperimentStatusEnum = enumType<ExperimentStatus>(
  'ExperimentStatus',
  'Where an experiment is in its life: DRAFT, DRY_RUN, RUNNING or PAUSED, then STOPPED or ROLLED_BACK, then ARCHIVED.',
  {
    DRAFT: 'Being written: all can change, nobody is assigned.',
    DRY_RUN: 'Started at 1% of eligible units to try the plumbing; they keep their variant later but stay out of confirmatory results.',
    RUNNING: 'Assigns, counts and evaluates under the registered plan.',
    PAUSED: 'Everybody gets the control and nobody is enrolled; events of units already exposed still count.',
    STOPPED: 'Ended by a person or by autoDeploy; every unit gets the shipped variant, or the control when none was shipped.',
    ROLLED_BACK: 'Ended by harm; every unit gets the control.',
    ARCHIVED: 'Put away: readable, left out of lists unless asked for, no longer assigned.',
  },
);

export const ExperimentDesignEnum = enumType<ExperimentDesign>('ExperimentDesign', 'What kind of comparison it is.', {
  AB_TEST: 'A fixed split, to learn which variant is better.',
  BANDIT: 'Weights that move by themselves towards what works.',
  CLUSTER: 'Accounts or other clusters are randomised, and analysed as the units.',
  CANARY: 'A new version takes a growing share while guardrails watch.',
  SWITCHBACK: 'Each cluster switches between variants from one time window to the next.',
});

export const ExperimentActionEnum = enumType<ExperimentAction>(
  'ExperimentAction',
  'What can be done to an experiment; each is the mutation of that name.',
  {
    UPDATE: 'updateExperiment.',
    DELETE: 'deleteExperiment.',
    START: 'startExperiment.',
    DRY_RUN: 'startExperiment with dryRun.',
    PAUSE: 'pauseExperiment.',
    RESUME: 'resumeExperiment.',
    RESUME_BANDIT: 'resumeBandit.',
    STOP: 'stopExperiment.',
    ROLLBACK: 'rollbackExperiment.',
    ARCHIVE: 'archiveExperiment.',
    SET_WEIGHTS: 'setWeights.',
    SET_TRAFFIC_ALLOCATION: 'setTrafficAllocation.',
    TOGGLE_VARIANT: 'toggleVariant.',
    EVALUATE: 'evaluateExperiment.',
  },
);
