import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.js';
import { type Problem, refusal } from '../core/errors.js';
import { takeRange } from '../core/exclusion.js';
import { controlOf, type Definition, type Experiment } from '../core/experiment.js';
import { dryRunWarnings, outlineOf, planWarnings } from '../core/health-power.js';
import { checkTransition, type ExperimentAction } from '../core/lifecycle.js';
import { planOf } from '../core/plan.js';
import { boundsOf, coverageOf, firstAllocation } from '../core/reallocation.js';
import { dryRunTraffic, reallocate, variantOf } from './allocations.js';
import type { Change, Changer, ExperimentPayload } from './change.js';
import { judge } from './judgement.js';
import type { Command } from './ports.js';
import { concludeDryRun, notValidated } from './validation.js';

/** From draft to archive. The states and their exits are at the head of `core/lifecycle.ts`. */

/** Every list of alerts and of the audit log carries it. */
const longestReason = 10_000;

export type Lifecycle = ReturnType<typeof createLifecycle>;

export function createLifecycle({ changer }: { readonly changer: Changer }) {
  type Step = (change: Change, before: Experiment, status: Experiment['status']) => Promise<Experiment>;

  interface Move {
    readonly command: Command;
    readonly key: string;
    readonly action: ExperimentAction;
    readonly expectedRevision: number | null;
    readonly reason?: string | null;
    /** What is unwise about a move that changes something, asked once it is made. */
    readonly warningsOf?: (change: Change, before: Experiment) => Promise<readonly Problem[]>;
  }

  /** Makes one move; one that was made already changes nothing. */
  async function move(asked: Move, step: Step): Promise<ExperimentPayload> {
    const { command, key, action, expectedRevision, reason = null, warningsOf } = asked;
    if (reason !== null && reason.length > longestReason) {
      throw refusal(
        'INVALID_RANGE',
        `A reason has at most ${longestReason} characters; received ${reason.length}.`,
        ['reason'],
        reason.length,
      );
    }
    return changer.run(command, async (change) => {
      const before = await change.lock(key, expectedRevision);
      const status = checkTransition(before, action);
      if (status === 'ALREADY') return { experiment: before, warnings: [] };
      const after = await step(change, before, status);
      const warnings = warningsOf ? await warningsOf(change, before) : [];
      return { experiment: after === before ? before : await change.save(before, after, { reason }), warnings };
    });
  }

  return {
    /** Registers the plan and starts; a dry run registers nothing. @throws GROUP_FULL */
    start(
      command: Command,
      key: string,
      { dryRun, expectedRevision }: { readonly dryRun: boolean; readonly expectedRevision: number | null },
    ) {
      const action = dryRun ? 'DRY_RUN' : 'START';
      const warningsOf = dryRun ? planningWarnings : startWarnings;
      return move({ command, key, action, expectedRevision, warningsOf }, async (change, before, status) => {
        const { definition } = before;
        await concludeDryRun(change, before);
        // Counting begins anew: harm to the few of a dry run is no harm that somebody has seen and bears.
        if (before.status === 'DRY_RUN') await change.resolve(before, ['GUARDRAIL_BREACH']);
        const traffic = dryRun ? Math.min(dryRunTraffic, definition.trafficAllocation) : definition.trafficAllocation;
        const period = dryRun ? 0 : 1;
        const placed = { ...before, status, exclusion: await rangeOf(change, before) };
        const allocated = before.allocation
          ? await reallocate(change, placed, { trafficAllocation: traffic, cause: 'START', period })
          : await allocateFirst(change, placed, traffic, period);
        await change.rulesChanged();
        return dryRun ? allocated : { ...allocated, planHash: hashOf(definition), startedAt: change.at };
      });
    },

    pause(command: Command, key: string, reason: string | null, expectedRevision: number | null) {
      return move({ command, key, action: 'PAUSE', expectedRevision, reason }, async (_, before, status) => ({ ...before, status }));
    },

    resume(command: Command, key: string, expectedRevision: number | null) {
      return move({ command, key, action: 'RESUME', expectedRevision }, async (_, before, status) => ({ ...before, status }));
    },

    resumeBandit(command: Command, key: string, expectedRevision: number | null) {
      return move({ command, key, action: 'RESUME_BANDIT', expectedRevision }, async (change, before) => {
        await change.resolve(before, ['BANDIT_HALTED', 'CONVERSION_ANOMALY']);
        return { ...before, banditHaltedAt: null, banditResumedAt: change.at };
      });
    },

    /** @param shipVariant null: none is shipped, or what is shipped stays. @throws VARIANT_NOT_FOUND */
    stop(command: Command, key: string, shipVariant: string | null, reason: string | null, expectedRevision: number | null) {
      return move({ command, key, action: 'STOP', expectedRevision, reason }, async (change, before) =>
        stopped(change, before, shipVariant),
      );
    },

    rollBack(command: Command, key: string, reason: string, expectedRevision: number | null) {
      return move({ command, key, action: 'ROLLBACK', expectedRevision, reason }, (change, before) => rolledBack(change, before, reason));
    },

    archive(command: Command, key: string, expectedRevision: number | null) {
      return move({ command, key, action: 'ARCHIVE', expectedRevision }, async (change, before, status) => {
        await change.resolve(before, [
          'GUARDRAIL_BREACH',
          'SRM_DETECTED',
          'ROLLED_BACK',
          'BANDIT_HALTED',
          'CONVERSION_ANOMALY',
          'STALE_POLICY',
          'MULTIPLE_EXPOSURE',
          'UNDERPOWERED',
        ]);
        return { ...before, status };
      });
    },
  };
}

/** What speaks against letting everybody in. */
async function startWarnings(change: Change, before: Experiment): Promise<readonly Problem[]> {
  return [...(await planningWarnings(change, before)), ...(await notValidated(change, before))];
}

/** What the plan gives away before there are results, or the dry run that it follows. */
async function planningWarnings(change: Change, before: Experiment): Promise<readonly Problem[]> {
  const { definition, allocation, status } = before;
  const fromPlan = planWarnings(outlineOf(definition));
  if (fromPlan.length > 0 || status !== 'DRY_RUN' || !allocation) return fromPlan;
  const { arms } = await change.transaction.sums(before);
  const growth = definition.trafficAllocation / Math.max(allocation.trafficAllocation, Number.EPSILON);
  return dryRunWarnings(definition, { arms, startedAt: allocation.startedAt, now: change.at, growth });
}

/** The experiment stopped, with its last evaluation made and a variant shipped to every unit, or none; still to be saved. */
export async function stopped(change: Change, before: Experiment, shipVariant: string | null): Promise<Experiment> {
  if (shipVariant !== null) variantOf(before, shipVariant, ['shipVariant']);
  const ended = before.status === 'STOPPED' ? before : await end(change, before, 'STOPPED');
  if (shipVariant === null || shipVariant === before.shippedVariant) return ended;
  const weights = before.definition.variants.map(({ key }) => (key === shipVariant ? 1 : 0));
  const allocated = await reallocate(change, ended, { weights, cause: 'SHIP', period: before.allocation?.period ?? 1 });
  return { ...allocated, shippedVariant: shipVariant };
}

/** The experiment ended for harm, with an alert; still to be saved. */
export async function rolledBack(change: Change, before: Experiment, reason: string): Promise<Experiment> {
  const ended = await end(change, before, 'ROLLED_BACK');
  const control = controlOf(before.definition).key;
  const weights = before.definition.variants.map(({ key }) => (key === control ? 1 : 0));
  const message = `"${before.definition.name}" was rolled back: ${reason}`;
  await change.raise(before, { kind: 'ROLLED_BACK', severity: 'CRITICAL', message });
  return reallocate(change, ended, { weights, cause: 'ROLLBACK', period: before.allocation?.period ?? 1 });
}

async function end(change: Change, before: Experiment, status: 'STOPPED' | 'ROLLED_BACK'): Promise<Experiment> {
  await change.transaction.holdCounting(before.id);
  await concludeDryRun(change, before);
  await change.resolve(before, ['STALE_POLICY', 'UNDERPOWERED']);
  // Read when counting stands still, so that no event that counted came after it.
  const ended = { ...before, status, endedAt: change.now() };
  return (await judge(change, ended, { final: true })).experiment;
}

async function allocateFirst(change: Change, experiment: Experiment, trafficAllocation: number, period: number): Promise<Experiment> {
  const { definition, id: experimentId } = experiment;
  const first = firstAllocation({
    variants: definition.variants,
    bounds: boundsOf(definition),
    coverage: coverageOf(definition),
    trafficAllocation,
    at: change.at,
  });
  const allocation = { ...first, period };
  await change.allocate({ ...allocation, experimentId, endedAt: null, previousWeights: [], probabilityBest: [] });
  return { ...experiment, allocation };
}

/** The range of the exclusion group: taken at the first start, and as wide as the whole share even in a dry run, so that the start finds room. */
async function rangeOf(change: Change, { id, definition, exclusion }: Experiment): Promise<Experiment['exclusion']> {
  const { exclusionGroup: group, trafficAllocation: width } = definition;
  if (exclusion || group === null) return exclusion;
  return takeRange({ group, width, held: await change.transaction.heldRanges(group, id) });
}

function hashOf(definition: Definition): string {
  return createHash('sha256')
    .update(canonicalJson(planOf(definition)))
    .digest('hex');
}
