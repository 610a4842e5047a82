/** A thousand running bandits with a guardrail each, and their rounds, in this process on a real database. */
import { createSweeps } from '../../src/postgres/sweeps.js';
import { createBandit } from '../../src/services/bandit.js';
import { createGuardrails } from '../../src/services/guardrails.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance } from '../setup/instance.js';

/** Ticks under way at a time, as many as a worker has. */
const concurrency = 8;
const minuteMs = 60_000;

export async function openRunningExperiments(databaseUrl: string, count: number) {
  let now = Date.now();
  const instance = createInstance(databaseUrl, { now: () => new Date(now) });
  const { changer, experiments, lifecycle, pool, registry } = instance;
  await registry.refresh();
  const purchase = { key: 'purchase', type: 'CONVERSION', direction: 'INCREASE', cuped: false } as const;
  const errors = { key: 'errors', type: 'CONVERSION', direction: 'DECREASE', cuped: false, threshold: 0.02, action: 'ROLLBACK' } as const;
  for (let number = 0; number < count; number += 1) {
    const key = `bandit-${number}`;
    const metrics = { primary: purchase, secondary: [], guardrails: [errors] };
    await experiments.create(command, sampleInput({ key, design: 'BANDIT', metrics }));
    await lifecycle.start(command, key, { dryRun: false, expectedRevision: null });
  }
  await pool.query(
    `insert into version_units (experiment_id, allocation_version, period, variant, shard, units)
     select id, 1, 1, variant, shard, 1000 from experiment, unnest('{control,green}'::text[]) as variant, generate_series(0, 1) as shard`,
  );
  await pool.query(
    `insert into metric_total (experiment_id, period, variant, metric, shard, units, events, total, sum_x, sum_x2)
     select experiment_id, 1, variant, metric, shard, n, n, n, n, n
     from version_units, unnest('{purchase,errors}'::text[]) as metric, lateral (select case variant when 'control' then 100 else 108 end as n) as n`,
  );
  await pool.query('vacuum analyze');

  const bandit = createBandit({ changer });
  const sweeps = createSweeps(pool);
  const guardrails = createGuardrails({ changer, sweeps, registry });
  return {
    /** Lets the arms change places, so that every bandit has reason to move. */
    async turn(): Promise<void> {
      await pool.query("update metric_total set variant = variant || '?'");
      await pool.query("update metric_total set variant = case variant when 'control?' then 'green' else 'control' end");
    },
    /** A tick of each. @throws when not nearly all of them move */
    async tickAll(): Promise<void> {
      now += 60 * minuteMs;
      const left = registry.all().map(({ id }) => id);
      let moved = 0;
      const worker = async () => {
        for (let id = left.pop(); id !== undefined; id = left.pop()) if ((await bandit.tick(id)) === 'moved') moved += 1;
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      if (moved < count * 0.9) throw new Error(`${moved} of ${count} bandits moved.`);
    },
    watch: () => guardrails.sweep(),
    close: () => instance.close(),
  };
}
