import { leastGapMs, periodOf } from '../schedule/schedules.js';
import { createBandit } from '../services/bandit.js';
import type { Changer } from '../services/change.js';
import type { DailyReports } from '../services/daily-reports.js';
import { createEvaluations } from '../services/evaluations.js';
import { createGuardrails, type GuardrailsParts } from '../services/guardrails.js';
import { createHealth } from '../services/health.js';
import { type BanditMeter, unmetered } from '../services/meters.js';
import { createOverdueJobs } from '../services/overdue-jobs.js';
import type { Clock, Sweeps } from '../services/ports.js';
import type { Registry } from '../services/registry.js';
import { type Tracer, untraced } from '../services/tracer.js';
import type { Webhooks } from '../services/webhooks.js';
import type { Log } from '../telemetry/log.js';
import type { Jobs, JobsParts } from './jobs.js';
import { createSweeper } from './sweeper.js';

const definitionsEveryMs = 3_000;
const guardrailsEveryMs = 3_000;
const overdueEveryMs = 3_000;
const healthEveryMs = 10_000;
const partitionsEveryMs = 60_000;
const webhooksEveryMs = 1_000;
const reportsEveryMs = 30_000;
const longestLockMs = 5_000;

/** What is told of the work: each run with its duration, and where jobs run, what they tell. */
export interface ClockworkMeter extends Partial<BanditMeter> {
  ran(job: string, outcome: 'done' | 'failed', milliseconds: number): void;
  /** A job of the queue began. @param milliseconds since it was due */
  began?(job: string, milliseconds: number): void;
}

const silent: ClockworkMeter = { ran: () => {} };

export interface ClockworkParts extends Pick<JobsParts, 'connection'> {
  readonly changer: Changer;
  readonly registry: Registry;
  readonly sweeps: Sweeps;
  /** The guardrails' own way to the store, which no other work keeps busy. */
  readonly watch: Pick<GuardrailsParts, 'changer' | 'sweeps'>;
  /** Keeps two workers from the same work; correctness never rests on it. */
  readonly locks: { tryHold(name: string, ttlMs: number): Promise<boolean> };
  readonly clock: Clock;
  readonly retentionDays: number;
  readonly webhooks: Webhooks;
  readonly dailyReports: DailyReports;
  /** Whether this instance does the work of the clock; else it only looks for changed definitions. */
  readonly runsJobs: boolean;
  readonly log: Log;
  readonly tracer?: Tracer;
  readonly meter?: ClockworkMeter;
}

export interface Clockwork {
  /** Makes what must be there before anything comes in. */
  prepare(): Promise<void>;
  start(): void;
  /** Soon compares what is scheduled with the experiments; to be called when one changes. @param experimentId which one */
  sync(experimentId?: string): void;
  /** What is in the queue of jobs; null while its server is away. */
  queueState: Jobs['state'];
  stop(): Promise<void>;
}

/** Everything an instance does by itself as time goes by. Only where jobs run is the code of the queue loaded, which takes 8 MB. */
export async function createClockwork({
  connection,
  changer,
  registry,
  sweeps,
  watch,
  locks,
  clock,
  retentionDays,
  webhooks,
  dailyReports,
  runsJobs,
  log,
  tracer = untraced,
  meter = silent,
}: ClockworkParts): Promise<Clockwork> {
  const bandit = createBandit({ changer, meter: { ...unmetered.bandits, ...meter } });
  const evaluations = createEvaluations({ changer });
  const guardrails = createGuardrails({ ...watch, registry });
  const overdueJobs = createOverdueJobs({ changer, sweeps, registry, clock, evaluationPeriodMs: periodOf });
  const health = createHealth({ changer, sweeps, registry, clock, evaluationPeriodMs: periodOf });
  let isStarted = false;

  async function makePartitions(): Promise<void> {
    await sweeps.exclusively('maintenance', async () => void (await sweeps.makePartitions(clock.now())));
  }

  async function maintain(): Promise<void> {
    await sweeps.exclusively('maintenance', async () => {
      await sweeps.makePartitions(clock.now());
      await sweeps.dropExpired(clock.now(), retentionDays);
      await webhooks.tidy();
    });
  }

  /** The work with its duration told. */
  function timed<Given extends readonly unknown[]>(name: string, work: (...given: Given) => Promise<unknown>) {
    return async (...given: Given): Promise<void> => {
      const from = performance.now();
      let outcome: 'done' | 'failed' = 'failed';
      try {
        await work(...given);
        outcome = 'done';
      } finally {
        meter.ran(name, outcome, performance.now() - from);
      }
    };
  }

  function sweeper(name: string, everyMs: number, run: () => Promise<unknown>) {
    return createSweeper({ name, everyMs, run: timed(name, run), log, tracer });
  }

  const jobsParts: JobsParts = {
    connection,
    experiments: registry.all,
    handlers: {
      bandit: timed('bandit', async (experimentId: string, requestId: string) => {
        const intervalSeconds = registry.byId(experimentId)?.definition.bandit?.intervalSeconds ?? 0;
        // Gone before the next turn, which would else find it held.
        const lockMs = Math.min(longestLockMs, intervalSeconds * 500);
        if (await locks.tryHold(`bandit:${experimentId}`, lockMs)) await bandit.tick(experimentId, requestId);
      }),
      evaluation: timed('evaluation', async (experimentId: string, requestId: string) => {
        const schedule = registry.byId(experimentId)?.definition.evaluation.schedule;
        return evaluations.tick(experimentId, schedule === undefined ? 0 : leastGapMs(schedule), requestId);
      }),
      maintenance: timed('maintenance', maintain),
    },
    onBegin: meter.began,
    log,
    tracer,
  };
  const jobs = runsJobs ? (await import('./jobs.js')).createJobs(jobsParts) : null;
  const sweepers = [
    sweeper('definitions', definitionsEveryMs, registry.refresh),
    ...(runsJobs
      ? [
          sweeper('guardrails', guardrailsEveryMs, guardrails.sweep),
          sweeper('overdue', overdueEveryMs, overdueJobs.sweep),
          sweeper('health', healthEveryMs, health.sweep),
          // Beside the hourly job, which may fail and which an absent Redis keeps from coming.
          sweeper('partitions', partitionsEveryMs, makePartitions),
          sweeper('webhooks', webhooksEveryMs, webhooks.route),
          // Each by itself: a receiver that hangs keeps nobody else waiting.
          ...webhooks.endpoints.map((endpoint) => sweeper(`webhook ${endpoint.name}`, webhooksEveryMs, () => webhooks.deliver(endpoint))),
          ...(webhooks.takesReports ? [sweeper('reports', reportsEveryMs, dailyReports.sweep)] : []),
        ]
      : []),
  ];

  return {
    async prepare() {
      if (runsJobs)
        await tracer
          .span('prepare', { parent: {} }, maintain)
          .catch((error: unknown) => log.error({ err: error }, 'Partitions could not be made yet'));
    },
    start() {
      isStarted = true;
      for (const sweeper of sweepers) sweeper.start();
      jobs?.start();
    },
    sync(experimentId) {
      if (isStarted) jobs?.sync(experimentId);
    },
    queueState: async () => (await jobs?.state()) ?? null,
    async stop() {
      webhooks.stop();
      await Promise.all([jobs?.stop(), ...sweepers.map((sweeper) => sweeper.stop())]);
    },
  };
}
