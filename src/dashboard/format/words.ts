import type {
  AlertKind,
  AllocationCause,
  Decision,
  EvaluationMethod,
  ExperimentDesign,
  ExperimentStatus,
  MetricRole,
} from '../generated/graphql.js';

/** The words of the API, as people read them. Values of a later server are shown as they come: see `wordOf`. */

export const statusWords: Readonly<Record<ExperimentStatus, string>> = {
  DRAFT: 'Draft',
  DRY_RUN: 'Dry run',
  RUNNING: 'Running',
  PAUSED: 'Paused',
  STOPPED: 'Stopped',
  ROLLED_BACK: 'Rolled back',
  ARCHIVED: 'Archived',
};

export const designWords: Readonly<Record<ExperimentDesign, string>> = {
  AB_TEST: 'A/B test',
  BANDIT: 'Bandit',
  CLUSTER: 'Cluster',
  CANARY: 'Canary',
  SWITCHBACK: 'Switchback',
};

/** Short, for badges and charts. */
export const decisionWords: Readonly<Record<Decision, string>> = {
  KEEP_RUNNING: 'Keep running',
  SHIP: 'Ship',
  DO_NOT_SHIP: 'Do not ship',
  ROLL_BACK: 'Roll back',
  INVALID: 'Invalid',
  INSUFFICIENT_DATA: 'Too little data',
};

export const causeWords: Readonly<Record<AllocationCause, string>> = {
  START: 'Start',
  MANUAL: 'Set by a person',
  BANDIT: 'Moved by the bandit',
  RAMP: 'Step of the ramp',
  TOGGLE: 'Variant switched',
  ROLLBACK: 'Rolled back',
  SHIP: 'Shipped',
  REVERT: 'Halted, equal again',
};

export const alertWords: Readonly<Record<AlertKind, string>> = {
  GUARDRAIL_BREACH: 'Guardrail breached',
  SRM_DETECTED: 'Sample ratio off',
  CONVERSION_ANOMALY: 'Odd conversion rate',
  BANDIT_HALTED: 'Bandit halted',
  ROLLED_BACK: 'Rolled back',
  MULTIPLE_EXPOSURE: 'Units in several variants',
  STALE_POLICY: 'Overdue',
  UNDERPOWERED: 'Too small',
};

export const methodWords: Readonly<Record<EvaluationMethod, string>> = {
  ALWAYS_VALID: 'Always valid (confidence sequences)',
  GROUP_SEQUENTIAL: 'Group sequential',
  FREQUENTIST_T_TEST: 'Welch’s t-test',
  SPRT: 'Sequential probability ratio',
  BAYESIAN: 'Bayesian',
};

export const correctionWords: Readonly<Record<string, string>> = {
  NONE: 'None',
  BONFERRONI: 'Bonferroni',
  HOLM: 'Holm',
  BENJAMINI_HOCHBERG: 'Benjamini-Hochberg (exploratory)',
};

export const roleWords: Readonly<Record<MetricRole, string>> = { PRIMARY: 'Primary', SECONDARY: 'Secondary', GUARDRAIL: 'Guardrail' };

export function wordOf(words: Readonly<Record<string, string>>, value: string): string {
  return words[value] ?? value;
}
