import { checkSampleRatio, grossRatioPValue, srmThreshold } from './evaluation-srm.js';
import type { ArmSums, MetricSums, VersionUnits } from './evaluation-types.js';
import type { Definition, MetricDefinition } from './experiment.js';
import { checkGuardrails } from './guardrail.js';
import { areExposuresMixed, toleratedMismatches } from './health-exposures.js';

/**
 * What a dry run is looked at for, one function a check. Each may be read at any time and as often as one likes without raising the chance
 * that a sound launch is called faulty: the tests are sequential ones, and those of events and mismatches hold their error over the whole run.
 */

export const validationCheckNames = ['DURATION', 'EXPOSURES', 'SAMPLE_RATIO', 'VARIANTS', 'EVENTS', 'GUARDRAIL'] as const;
export type ValidationCheckName = (typeof validationCheckNames)[number];

/** `PENDING`: nothing is wrong, and there is too little to say more. */
export const validationCheckStatuses = ['PASSED', 'FAILED', 'PENDING'] as const;
export type ValidationCheckStatus = (typeof validationCheckStatuses)[number];

export interface ValidationCheck {
  readonly name: ValidationCheckName;
  readonly status: ValidationCheckStatus;
  /** Of EVENTS and GUARDRAIL. */
  readonly metric: string | null;
  /** What was found, in the check's own measure: hours, units, a p-value, a share, units, an effect. Null while unknown. */
  readonly received: number | null;
  /** The bound that it is held against, in the same measure. */
  readonly expected: number | null;
  /** What was found and what is expected, for people. */
  readonly message: string;
  /** What to do about it; null when there is nothing to do. */
  readonly advice: string | null;
}

/** What a dry run has given so far. */
export interface DryRun {
  readonly since: Date;
  readonly versions: readonly VersionUnits[];
  /** Of the dry run's units alone. */
  readonly arms: readonly ArmSums[];
  /** Units of which an exposure was refused because it claimed a variant that they were not served. */
  readonly mismatchedUnits: number;
}

/** A day: what breaks at night, in one region or with one release shows within it. */
export const dryRunHours = 24;
/** Units in each variant below which the other checks have seen next to nothing. */
export const dryRunUnits = 30;
/** Units without one event after which a metric that should have some counts as not sent: of rates down to 0.7% it is wrong one time in 1,000. */
const silentUnits = 1_000;
/** Chance that a check of events fails for a variant of a sound experiment. */
const missingAlpha = 0.001;

const hourMs = 3_600_000;

type Finding = Omit<ValidationCheck, 'name' | 'metric'>;

const passed = (message: string, measured: Pick<Finding, 'received' | 'expected'>): Finding => ({
  status: 'PASSED',
  ...measured,
  message,
  advice: null,
});

export function checkDuration(since: Date, until: Date): Finding {
  const hours = Math.max(0, (until.getTime() - since.getTime()) / hourMs);
  const measured = { received: hours, expected: dryRunHours };
  const message = `It has run for ${hours.toFixed(1)} hours of ${dryRunHours}.`;
  if (hours >= dryRunHours) return passed(message, measured);
  return {
    status: 'PENDING',
    ...measured,
    message,
    advice: 'Let it run through a whole day: what fails at night or in one region shows then.',
  };
}

/** @param variants keys of those that are served, at least one */
export function checkExposures(variants: readonly string[], arms: readonly ArmSums[]): Finding {
  const counts = variants.map((variant) => ({ variant, units: unitsOf(arms, variant) }));
  const fewest = counts.reduce((least, count) => (count.units < least.units ? count : least));
  const measured = { received: fewest.units, expected: dryRunUnits };
  const message = `The variant "${fewest.variant}" has ${fewest.units} exposed units; ${dryRunUnits} in each variant are expected.`;
  if (fewest.units >= dryRunUnits) return passed(message, measured);
  const advice = 'Wait for more visitors. If none come, look for exposures that are not sent, and try the targeting with checkExperiment.';
  return { status: 'PENDING', ...measured, message, advice };
}

export function checkRatio({ variants }: Definition, versions: readonly VersionUnits[]): Finding {
  const keys = variants.map(({ key }) => key);
  const pValue = grossRatioPValue(versions);
  const measured = { received: pValue, expected: srmThreshold };
  const split = checkSampleRatio(keys, versions, null)
    .srm.variants.map(({ variant, observed, expected }) => `${variant} ${observed} of ${expected.toFixed(1)}`)
    .join(', ');
  if (pValue === null) return { status: 'PENDING', ...measured, message: 'No units yet whose split could be judged.', advice: null };
  const message = `Units against those planned: ${split}.`;
  if (pValue >= srmThreshold) return passed(message, measured);
  const advice = 'Look for what loses units of one variant: a slow or broken page, a redirect, exposures sent before or after a filter.';
  return { status: 'FAILED', ...measured, message, advice };
}

/** Whether those who send exposures show the variants that the server gave. */
export function checkVariants(arms: readonly ArmSums[], mismatched: number): Finding {
  const exposed = arms.reduce((sum, { units }) => sum + units, 0);
  const expected = toleratedMismatches;
  if (exposed + mismatched === 0) {
    return { status: 'PENDING', received: null, expected, message: 'No unit has claimed a variant yet.', advice: null };
  }
  const measured = { received: mismatched / (exposed + mismatched), expected };
  const message = `${mismatched} units claimed a variant that they were not served, beside ${exposed} that are counted.`;
  if (areExposuresMixed({ exposed, mismatched })) {
    const advice = 'Look for clients that choose variants themselves, answer from an old copy, or share ids.';
    return { status: 'FAILED', ...measured, message, advice };
  }
  return exposed > 0 ? passed(message, measured) : { status: 'PENDING', ...measured, message, advice: null };
}

/**
 * Whether a metric's events arrive, in every variant. A variant has none by chance with probability at most (1 - n / N)^k, its units being n of N and
 * k units of all having events: below a thousandth it is a fault. Since k only grows, waiting does not raise that chance.
 */
export function checkEvents(variants: readonly string[], arms: readonly ArmSums[], metric: MetricDefinition): Finding {
  const counts = variants.map((variant) => ({ variant, units: unitsOf(arms, variant), active: activeOf(arms, variant, metric.key) }));
  const units = counts.reduce((sum, count) => sum + count.units, 0);
  const active = counts.reduce((sum, count) => sum + count.active, 0);
  const fewest = counts.reduce((least, count) => (count.active < least.active ? count : least));
  const measured = { received: fewest.active, expected: 1 };
  const message = `Units with an event of "${metric.key}": ${counts.map((count) => `${count.variant} ${count.active} of ${count.units}`).join(', ')}.`;
  if (fewest.active > 0) return passed(message, measured);
  if (active === 0) {
    // Errors and complaints that nobody has are what everybody hopes for.
    if (metric.direction === 'DECREASE' && metric.role !== 'PRIMARY' && units > 0) return passed(message, measured);
    const advice = `Look whether events of "${metric.key}" are sent, under this key, with the id that the experiment hashes, and after the exposure.`;
    return { status: units >= silentUnits ? 'FAILED' : 'PENDING', ...measured, message, advice };
  }
  const silent = counts.find((count) => count.active === 0 && (1 - count.units / units) ** active < missingAlpha / variants.length);
  if (!silent) return { status: 'PENDING', ...measured, message, advice: null };
  const advice = `Look at what "${silent.variant}" shows: nobody in it has sent an event of "${metric.key}", and others have.`;
  return { status: 'FAILED', ...measured, message, advice };
}

/** The worst variant of one guardrail. */
export function checkGuardrail(definition: Definition, arms: readonly ArmSums[], metric: MetricDefinition): Finding {
  const statuses = checkGuardrails(definition, arms).filter((status) => status.metric === metric.key);
  const breach = statuses.find(({ breached }) => breached);
  if (breach) {
    const message = `"${metric.key}" is proven to be harmed by the variant "${breach.variant}" beyond the ${breach.threshold} tolerated.`;
    const advice = `Roll back, and mend "${breach.variant}" before anybody else meets it.`;
    return { status: 'FAILED', received: breach.effect, expected: breach.threshold, message, advice };
  }
  const harm = (effect: number): number => (metric.direction === 'DECREASE' ? effect : -effect);
  const known = statuses.flatMap(({ effect, interval }) => (effect === null || interval === null ? [] : [effect]));
  const worst = known.length === 0 ? null : known.reduce((least, effect) => (harm(effect) > harm(least) ? effect : least));
  const message = worst === null ? `"${metric.key}" is not breached; too little is known to say more.` : `"${metric.key}" is not breached.`;
  return passed(message, { received: worst, expected: metric.threshold });
}

function unitsOf(arms: readonly ArmSums[], variant: string): number {
  return arms.reduce((sum, arm) => (arm.variant === variant ? sum + arm.units : sum), 0);
}

/** Units of the variant with at least one event of the metric. */
function activeOf(arms: readonly ArmSums[], variant: string, metric: string): number {
  const of = ({ metrics }: ArmSums): MetricSums | undefined => metrics[metric];
  return arms.reduce((sum, arm) => (arm.variant === variant ? sum + (of(arm)?.units ?? 0) : sum), 0);
}
