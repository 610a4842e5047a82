import type { Problem } from './errors.js';
import type { Experiment } from './experiment.js';
import {
  checkDuration,
  checkEvents,
  checkExposures,
  checkGuardrail,
  checkRatio,
  checkVariants,
  type DryRun,
  type ValidationCheck,
} from './validation-checks.js';

/** The verdict on a dry run: whether what was built can be trusted with more visitors. It judges the plumbing and the harm, never the effect. */

/**
 *     MISSING     there was no dry run
 *     RUNNING     it is under way, nothing is wrong, and not all is known yet
 *     PASSED      all is known and nothing is wrong
 *     FAILED      something is wrong for certain
 *     INCOMPLETE  it ended before all was known
 */
export const validationStatuses = ['MISSING', 'RUNNING', 'PASSED', 'FAILED', 'INCOMPLETE'] as const;
export type ValidationStatus = (typeof validationStatuses)[number];

export interface Validation {
  readonly status: ValidationStatus;
  /** When the dry run began; null without one. */
  readonly since: Date | null;
  /** When it ended; null before. The verdict is that of this moment, whatever is counted later. */
  readonly until: Date | null;
  /** Units that it exposed. */
  readonly units: number;
  readonly checks: readonly ValidationCheck[];
}

export const missingValidation: Validation = { status: 'MISSING', since: null, until: null, units: 0, checks: [] };

/**
 * The verdict from what the dry run has given.
 *
 * @param at     now, or when the dry run ended
 * @param ended  whether it has ended
 */
export function validate(
  { definition, disabledVariants }: Pick<Experiment, 'definition' | 'disabledVariants'>,
  dryRun: DryRun,
  { at, ended }: { readonly at: Date; readonly ended: boolean },
): Validation {
  const { since, versions, arms, mismatchedUnits } = dryRun;
  // A variant that is switched off or has no share is not waited for. Who asks a store that lags behind may find no allocation yet, and
  // then waits for all.
  const hasShare = (place: number): boolean => versions.length === 0 || versions.some(({ propensities }) => (propensities[place] ?? 0) > 0);
  const isServed = (key: string, place: number): boolean => !disabledVariants.includes(key) && hasShare(place);
  const served = definition.variants.map(({ key }) => key).filter(isServed);
  const guardrails = definition.metrics.filter(({ role }) => role === 'GUARDRAIL');
  const checks: ValidationCheck[] = [
    { name: 'DURATION', metric: null, ...checkDuration(since, at) },
    { name: 'EXPOSURES', metric: null, ...checkExposures(served, arms) },
    { name: 'SAMPLE_RATIO', metric: null, ...checkRatio(definition, versions) },
    { name: 'VARIANTS', metric: null, ...checkVariants(arms, mismatchedUnits) },
    ...definition.metrics.map((metric) => ({ name: 'EVENTS' as const, metric: metric.key, ...checkEvents(served, arms, metric) })),
    ...guardrails.map((metric) => ({ name: 'GUARDRAIL' as const, metric: metric.key, ...checkGuardrail(definition, arms, metric) })),
  ];
  const has = (status: ValidationCheck['status']): boolean => checks.some((check) => check.status === status);
  const open = ended ? 'INCOMPLETE' : 'RUNNING';
  return {
    status: has('FAILED') ? 'FAILED' : has('PENDING') ? open : 'PASSED',
    since,
    until: ended ? at : null,
    units: arms.reduce((sum, arm) => sum + arm.units, 0),
    checks,
  };
}

/** A plan may have a hundred metrics; each of the checks is told beside the words. */
const mostMessages = 3;

/** The verdict in a few sentences. */
export function validationWords({ status, checks }: Pick<Validation, 'status' | 'checks'>): string {
  const said = (wanted: ValidationCheck['status']): string => {
    const messages = checks.flatMap(({ status: found, message }) => (found === wanted ? [message] : []));
    const more = messages.length - mostMessages;
    return [...messages.slice(0, mostMessages), ...(more > 0 ? [`And ${more} more.`] : [])].join(' ');
  };
  switch (status) {
    case 'MISSING':
      return 'There was no dry run: nobody has seen whether units, variants and events arrive as planned.';
    case 'RUNNING':
      return `The dry run is under way and nothing is wrong so far. ${said('PENDING')}`;
    case 'PASSED':
      return 'The dry run found nothing wrong.';
    case 'FAILED':
      return `The dry run found faults. ${said('FAILED')}`;
    case 'INCOMPLETE':
      return `The dry run ended before all was known. ${said('PENDING')}`;
    default:
      return status satisfies never;
  }
}

/** What is unwise about giving more visitors to an experiment with this verdict, as one warning NOT_VALIDATED; none when it passed. */
export function validationWarnings(validation: Validation): readonly Problem[] {
  if (validation.status === 'PASSED') return [];
  return [{ code: 'NOT_VALIDATED', message: validationWords(validation), path: [], received: validation.status }];
}
