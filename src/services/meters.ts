import type { AssignmentReason } from '../core/assignment.js';
import type { ProblemCode } from '../core/errors.js';
import type { EventResult } from '../core/event.js';
import type { Experiment } from '../core/experiment.js';
import type { RateScore } from '../core/health-score.js';
import type { TickOutcome } from './bandit.js';

/** What services tell of what they do, for metrics to be made of it; `telemetry/metrics` implements it, {@link unmetered} where nobody counts. */

export interface AssignmentMeter {
  served(reason: AssignmentReason): void;
}

/** Is told twice of every request: when it comes, and when it is answered or refused as a whole. */
export interface EventMeter {
  received(exposures: number, events: number): void;
  /** @param results the exposures' first. @param replayed whether the answer was given before: then nothing was stored this time */
  answered(exposures: number, results: readonly EventResult[], replayed: boolean): void;
  refused(exposures: number, events: number, code: ProblemCode): void;
}

export interface CommitMeter {
  /** The turn of a request came. */
  waited(milliseconds: number): void;
  committed(events: number, requests: number, milliseconds: number): void;
  failed(milliseconds: number): void;
}

export interface BanditMeter {
  /** A tick came to something. */
  ticked(outcome: TickOutcome): void;
  /** How far a bandit's rates stand from their history. */
  scored(experiment: Experiment, scores: readonly RateScore[]): void;
}

export const unmetered = {
  assignments: { served: () => {} } satisfies AssignmentMeter,
  commits: { waited: () => {}, committed: () => {}, failed: () => {} } satisfies CommitMeter,
  bandits: { ticked: () => {}, scored: () => {} } satisfies BanditMeter,
};
