import type { Problem } from '../core/errors.js';
import type { Definition, Experiment } from '../core/experiment.js';
import { missingValidation, type Validation, validate, validationWarnings } from '../core/validation.js';
import type { Change } from './change.js';
import type { Clock } from './ports.js';
import type { ValidationReads } from './reads.js';

/** Verdicts on dry runs: made anew at each reading while one is under way, kept as it was when it ends. */

export type Validations = ReturnType<typeof createValidations>;

export function createValidations({ reads, clock }: { readonly reads: ValidationReads; readonly clock: Clock }) {
  async function of(experiments: readonly Experiment[]): Promise<readonly Validation[]> {
    const kept = await reads.validations(experiments.map(({ id }) => id));
    return Promise.all(
      experiments.map(async (experiment, i) => {
        if (experiment.status !== 'DRY_RUN') return kept[i] ?? missingValidation;
        return validate(experiment, await reads.dryRun(experiment), { at: clock.now(), ended: false });
      }),
    );
  }

  return {
    /** In the order asked. @throws UNAVAILABLE */
    of,
    /** What {@link growthWarnings} would say once the experiment is brought up to a definition. @throws UNAVAILABLE */
    async growthWarnings(experiment: Experiment, { trafficAllocation }: Definition): Promise<readonly Problem[]> {
      if (!isGrowth(experiment, trafficAllocation)) return [];
      const [validation = missingValidation] = await of([experiment]);
      return validationWarnings(validation);
    },
  };
}

/** Keeps the verdict on a dry run that ends in this change; does nothing for an experiment that was in none. */
export async function concludeDryRun(change: Change, experiment: Experiment): Promise<void> {
  if (experiment.status !== 'DRY_RUN') return;
  const dryRun = await change.transaction.dryRun(experiment);
  await change.transaction.insertValidation(experiment.id, validate(experiment, dryRun, { at: change.at, ended: true }));
}

/** What is unwise about giving the experiment all its visitors, once its dry run is concluded. */
export async function notValidated(change: Change, { id }: Experiment): Promise<readonly Problem[]> {
  return validationWarnings((await change.transaction.validation(id)) ?? missingValidation);
}

/** The same when a change raises the share of visitors of an experiment that runs already. */
export async function growthWarnings(change: Change, before: Experiment, { allocation }: Experiment): Promise<readonly Problem[]> {
  return allocation && isGrowth(before, allocation.trafficAllocation) ? notValidated(change, before) : [];
}

/** Whether an experiment that runs already would get more visitors by this share. */
function isGrowth({ status, allocation }: Experiment, trafficAllocation: number): boolean {
  return (status === 'RUNNING' || status === 'PAUSED') && trafficAllocation > (allocation?.trafficAllocation ?? 0);
}
