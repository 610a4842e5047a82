import type { ArmSums } from '../core/evaluation.js';
import type { Experiment } from '../core/experiment.js';
import { areExposuresMixed } from '../core/health-exposures.js';
import { checkPower, powerWords } from '../core/health-power.js';
import type { Change, Changer } from './change.js';
import { ruleCommand, type Sweeps } from './ports.js';
import type { Registry } from './registry.js';

/**
 * Watches what makes results worth nothing, slower than harm: units that met several variants, and plans that cannot reach their size.
 * Rates that leave their history are watched by the bandit, which they halt. Bots are turned away and shown among the counts; they raise nothing.
 */

export interface HealthParts {
  readonly changer: Changer;
  readonly sweeps: Sweeps;
  readonly registry: Registry;
  readonly clock: { now(): Date };
  /** Longest gap between two scheduled evaluations. */
  readonly evaluationPeriodMs: (schedule: string) => number;
}

export function createHealth({ changer, sweeps, registry, clock, evaluationPeriodMs }: HealthParts) {
  /** Those whose alert is open for sure, so that each is raised once and not at every round. */
  const mixed = new Set<string>();
  const underpowered = new Map<string, boolean>();

  const isWatched = ({ status }: Experiment): boolean => status === 'RUNNING' || status === 'DRY_RUN';
  const hasSize = ({ status, definition: { evaluation } }: Experiment): boolean =>
    status === 'RUNNING' && (evaluation.horizonUnits !== null || evaluation.minimumEffect !== null);

  async function round(): Promise<void> {
    const mismatches = await sweeps.mismatches();
    const running = registry.all().filter(isWatched);
    for (const experiment of running) {
      const units = mismatches.get(experiment.id);
      if (units && !mixed.has(experiment.id)) await watchExposures(experiment, units);
    }
    const planned = running.filter(hasSize);
    if (planned.length === 0) return;
    const arms = await sweeps.arms(planned, 'PRIMARY');
    for (const experiment of planned) await watchPower(experiment, arms.get(experiment.id) ?? []);
  }

  async function watchExposures(
    { id, definition }: Experiment,
    units: { readonly exposed: number; readonly mismatched: number },
  ): Promise<void> {
    if (!areExposuresMixed(units)) return;
    const { exposed, mismatched } = units;
    const message =
      `${mismatched} units of "${definition.name}" claimed a variant that they were not served, beside ${exposed} that are counted: more than errors ` +
      'explain. Their claims are not counted; look for clients that choose variants themselves or share ids.';
    await changing(id, (change, experiment) => change.raise(experiment, { kind: 'MULTIPLE_EXPOSURE', severity: 'WARNING', message }));
    mixed.add(id);
  }

  async function watchPower({ id, definition, startedAt, looksUsed }: Experiment, arms: readonly ArmSums[]): Promise<void> {
    if (!startedAt) return;
    const lookPeriodMs = evaluationPeriodMs(definition.evaluation.schedule);
    const check = checkPower({ definition, arms, startedAt, now: clock.now(), looksUsed, lookPeriodMs });
    const isUnderpowered = check.state === 'UNDERPOWERED';
    if (check.state === 'UNKNOWN' || underpowered.get(id) === isUnderpowered) return;
    await changing(id, (change, experiment) =>
      check.state === 'UNDERPOWERED'
        ? change.raise(experiment, { kind: 'UNDERPOWERED', severity: 'WARNING', message: powerWords(definition, check) })
        : change.resolve(experiment, ['UNDERPOWERED']),
    );
    underpowered.set(id, isUnderpowered);
  }

  /** Does nothing when the experiment has ended meanwhile: its alerts were resolved then. */
  function changing(id: string, work: (change: Change, experiment: Experiment) => Promise<unknown>): Promise<void> {
    return changer.run(ruleCommand('guardrail', 'watchHealth'), async (change) => {
      const experiment = await change.transaction.lockExperimentById(id);
      if (experiment && isWatched(experiment)) await work(change, experiment);
    });
  }

  return {
    /** One round over all experiments; does nothing while another worker makes it. */
    async sweep(): Promise<void> {
      await sweeps.exclusively('health', round);
    },
  };
}
