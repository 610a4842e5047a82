import type { Experiment } from '../../src/core/experiment.js';
import { readCounts } from '../../src/postgres/counts.js';
import { createPool } from '../../src/postgres/database.js';
import { createDefinitionStore } from '../../src/postgres/definitions.js';
import { readMaturedArms, readSums } from '../../src/postgres/totals.js';
import type { Bench, BenchContext, Row } from './bench.js';
import { fill, startBusyExperiment } from './event-store.js';
import { ratioOf, type Samples, takeTurns } from './measure.js';
import { cpuSeconds } from './proc.js';
import { openRunningExperiments } from './running-experiments.js';

const readsARound = 500;

/** What reading results costs: beside a store that is nearly empty, and with a thousand running experiments. */
export const evaluation: Bench = {
  name: 'evaluation',
  title: 'Evaluation',
  async run(context) {
    return [...(await reads(context)), ...(await rounds(context))];
  },
};

/** The queries of evaluator, bandit and counts: they read variants, not events. */
async function reads(context: BenchContext): Promise<Row[]> {
  const events = context.full ? 10_000_000 : context.quick ? 20_000 : 1_000_000;
  const full = await openStore(context, { units: events / 10, events });
  const small = await openStore(context, { units: 100, events: 1_000 });
  const rows: Row[] = [];
  for (const name of ['evaluator', 'bandit', 'counts'] as const) {
    const samples = await takeTurns({ full: () => full.time(name), small: () => small.time(name) }, context);
    const ratio = ratioOf(samples.full, samples.small);
    rows.push({
      name: `query of the ${name}, ${events.toLocaleString('en-US')} events`,
      value: samples.full.median,
      range: samples.full.range,
      unit: 'ms',
      against: { name: '1,000 events', value: samples.small.median, ratio },
      goal: { text: 'ratio <= 2', met: ratio <= 2 },
    });
  }
  await Promise.all([full.close(), small.close()]);
  return rows;
}

async function openStore(context: BenchContext, filling: { readonly units: number; readonly events: number }) {
  context.progress(`filling a store: ${filling.events.toLocaleString('en-US')} events`);
  const databaseUrl = await (await context.stores()).createDatabase();
  const service = await context.bellwether({ databaseUrl, env: { BELLWETHER_ROLE: 'api' } });
  await startBusyExperiment(service);
  const id = await fill(databaseUrl, filling);
  await service.stop();
  const pool = createPool(databaseUrl, 1);
  const [experiment] = (await createDefinitionStore(pool).load([id])) as [Experiment];
  const queries = {
    evaluator: () => readSums(pool, experiment),
    bandit: () => readMaturedArms(pool, experiment, new Date()),
    counts: () => readCounts(pool, [experiment]),
  };
  return {
    /** Mean of a few hundred, in milliseconds. */
    async time(name: keyof typeof queries): Promise<number> {
      const from = performance.now();
      for (let read = 0; read < readsARound; read += 1) await queries[name]();
      return (performance.now() - from) / readsARound;
    },
    close: () => pool.end(),
  };
}

/** Rounds over all running experiments, by the CPU time of this process and of PostgreSQL together. */
async function rounds(context: BenchContext): Promise<Row[]> {
  const count = context.quick ? 100 : 1_000;
  const { createDatabase, postgresPid } = await context.stores();
  context.progress(`starting ${count} experiments`);
  const running = await openRunningExperiments(await createDatabase(), count);
  const cpuOf = async (work: () => Promise<unknown>): Promise<number> => {
    const spent = () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6 + (postgresPid === null ? 0 : cpuSeconds(postgresPid));
    };
    const before = spent();
    await work();
    return spent() - before;
  };
  const shown = count.toLocaleString('en-US');
  try {
    const samples = await takeTurns(
      {
        tick: async () => {
          await running.turn();
          return cpuOf(running.tickAll);
        },
        watch: () => cpuOf(running.watch),
      },
      context,
    );
    const row = (name: string, { median, range }: Samples, most: number): Row => ({
      name,
      value: median,
      range,
      unit: 's of CPU',
      goal: { text: `< ${most} s`, met: median < most },
    });
    return [
      row(`a round of ${shown} bandits, all of which move`, samples.tick, 2),
      row(`the watch of the guardrails of ${shown} experiments`, samples.watch, 1),
    ];
  } finally {
    await running.close();
  }
}
