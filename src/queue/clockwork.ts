import { createBandit } from '../services/bandit.js';
import type { Changer } from '../services/change.js';
import { createEvaluations } from '../services/evaluations.js';
import { createGuardrails } from '../services/guardrails.js';
import { createHealth } from '../services/health.js';
import type { Clock, Sweeps } from '../services/ports.js';
import type { Registry } from '../services/registry.js';
import type { Log } from '../telemetry/log.js';
import { createJobs, type JobsParts } from './jobs.js';
import { leastGapMs, periodOf } from './schedules.js';
import { createSweeper } from './sweeper.js';

const definitionsEveryMs = 3_000;
const guardrailsEveryMs = 3_000;
const healthEveryMs = 10_000;
const partitionsEveryMs = 60_000;
const longestLockMs = 5_000;

export interface ClockworkParts extends Pick<JobsParts, 'connection'> {
  readonly changer: Changer;
  readonly registry: Registry;
  readonly sweeps: Sweeps;
  /** Keeps two workers from the same work; correctness never rests on it. */
  readonly locks: { tryHold(name: string, ttlMs: number): Promise<boolean> };
  readonly clock: Clock;
  readonly retentionDays: number;
  /** Whether this instance does the work of the clock; else it only looks for changed definitions. */
  readonly runsJobs: boolean;
  readonly log: Log;
}

export interface Clockwork {
  /** Makes what must be there before anything comes in. */
  prepare(): Promise<void>;
  start(): void;
  /** Soon compares what is scheduled with the experiments; to be called when one changes. */
  sync(): void;
  stop(): Promise<void>;
}

/** Everything an instance does by itself as time goes by. */
export function createClockwork({
  connection,
  changer,
  registry,
  sweeps,
  locks,
  clock,
  retentionDays,
  runsJobs,
  log,
}: ClockworkParts): Clockwork {
  const bandit = createBandit({ changer });
  const evaluations = createEvaluations({ changer });
  const guardrails = createGuardrails({ changer, sweeps, registry, clock, evaluationPeriodMs: periodOf });
  const health = createHealth({ changer, sweeps, registry, clock, evaluationPeriodMs: periodOf });
  let isStarted = false;

  async function makePartitions(): Promise<void> {
    await sweeps.exclusively('maintenance', async () => void (await sweeps.makePartitions(clock.now())));
  }

  async function maintain(): Promise<void> {
    await sweeps.exclusively('maintenance', async () => {
      await sweeps.makePartitions(clock.now());
      await sweeps.dropExpired(clock.now(), retentionDays);
    });
  }

  const jobs = createJobs({
    connection,
    experiments: registry.all,
    handlers: {
      async bandit(experimentId) {
        const intervalSeconds = registry.byId(experimentId)?.definition.bandit?.intervalSeconds ?? 0;
        // Gone before the next turn, which would else find it held.
        const lockMs = Math.min(longestLockMs, intervalSeconds * 500);
        if (await locks.tryHold(`bandit:${experimentId}`, lockMs)) await bandit.tick(experimentId);
      },
      evaluation: (experimentId) => {
        const schedule = registry.byId(experimentId)?.definition.evaluation.schedule;
        return evaluations.tick(experimentId, schedule === undefined ? 0 : leastGapMs(schedule));
      },
      maintenance: maintain,
    },
    log,
  });
  const sweepers = [
    createSweeper({ name: 'definitions', everyMs: definitionsEveryMs, run: registry.refresh, log }),
    ...(runsJobs
      ? [
          createSweeper({ name: 'guardrails', everyMs: guardrailsEveryMs, run: guardrails.sweep, log }),
          createSweeper({ name: 'health', everyMs: healthEveryMs, run: health.sweep, log }),
          // Beside the hourly job, which may fail and which an absent Redis keeps from coming.
          createSweeper({ name: 'partitions', everyMs: partitionsEveryMs, run: makePartitions, log }),
        ]
      : []),
  ];

  return {
    async prepare() {
      if (runsJobs) await maintain().catch((error: unknown) => log.error({ err: error }, 'Partitions could not be made yet'));
    },
    start() {
      isStarted = true;
      for (const sweeper of sweepers) sweeper.start();
      if (runsJobs) jobs.start();
    },
    sync() {
      if (isStarted && runsJobs) jobs.sync();
    },
    async stop() {
      await Promise.all([jobs.stop(), ...sweepers.map((sweeper) => sweeper.stop())]);
    },
  };
}
