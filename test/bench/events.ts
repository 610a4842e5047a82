import { Client } from 'pg';
import { openBareWriter } from './bare-events.js';
import type { Bellwether } from './bellwether.js';
import type { Bench, BenchContext, Row } from './bench.js';
import { type EventLoad, sendEvents } from './event-load.js';
import { type Filling, fill, startBusyExperiment } from './event-store.js';
import { ratioOf, type Samples, samplesOf, takeTurns } from './measure.js';
import { cpuSeconds } from './proc.js';

const size = 100;
const clients = 12;
const single = { clients: 16, size: 1 };

/** Events acknowledged after their commit, over HTTP: beside the bare statement, on a full and an empty store, one by one, at two instances. */
export const events: Bench = {
  name: 'events',
  title: 'Events',
  async run(context) {
    const filling = fillingOf(context);
    const full = await storeOf(context, filling);
    const empty = await storeOf(context, { ...filling, events: 0 });
    const bare = await storeOf(context, filling);
    const second = await context.bellwether({ databaseUrl: full.databaseUrl, cores: context.cores.all, env: { BELLWETHER_ROLE: 'api' } });
    const writer = await openBareWriter(bare.databaseUrl, bare.experimentId, { units: filling.units, size });
    const batches = { seconds: context.seconds, clients, size, units: filling.units };
    const send = async (services: readonly Bellwether[], load: Omit<EventLoad, 'urls'>) =>
      (await sendEvents({ urls: services.map(({ url }) => url), ...load })).perSecond;
    try {
      context.progress('batches');
      const { postgresPid } = await context.stores();
      const costs = { bareStore: meter(postgresPid), store: meter(postgresPid), service: meter(full.service.pid) };
      const turns = await takeTurns(
        {
          bare: () => costs.bareStore.around(() => writer.write(context.seconds)),
          full: () => costs.store.around(() => costs.service.around(() => send([full.service], batches))),
          empty: () => send([empty.service], batches),
          both: () => send([full.service, second], batches),
        },
        context,
      );
      context.progress('half load');
      const half = await sendEvents({ urls: [full.service.url], ...batches, rate: turns.full.median / 2 });
      context.progress('one event a request');
      const ones = await takeTurns({ one: () => send([full.service], { ...batches, ...single }) }, context);
      return [
        beside('events in batches of 100', turns.full, { name: 'bare statement', samples: turns.bare, least: 0.6 }),
        ...cost('CPU time of PostgreSQL, of those', costs.store.samples(), costs.bareStore.samples()),
        ...cost('CPU time of the service, of those', costs.service.samples()),
        beside(`the same, ${shownEvents(filling.events)} stored`, turns.full, { name: 'none stored', samples: turns.empty, least: 0.8 }),
        beside('the same at two instances', turns.both, { name: 'one instance', samples: turns.full, least: 0.9 }),
        {
          name: 'a batch at half that load',
          value: half.p99Ms,
          unit: 'ms, 99th percentile',
          goal: { text: '< 150 ms', met: half.p99Ms < 150 },
        },
        {
          name: '16 clients with one event a request',
          value: ones.one.median,
          range: ones.one.range,
          unit: 'events a second',
          goal: { text: '>= 5,000', met: ones.one.median >= 5_000 },
        },
        await deadlocks(full.databaseUrl),
      ];
    } finally {
      await writer.close();
    }
  },
};

function fillingOf({ quick, full }: BenchContext): Filling {
  if (full) return { units: 1_000_000, events: 10_000_000 };
  return quick ? { units: 20_000, events: 20_000 } : { units: 1_000_000, events: 1_000_000 };
}

async function storeOf(context: BenchContext, filling: Filling) {
  context.progress(`filling a store: ${shownEvents(filling.units)} units, ${shownEvents(filling.events)} events`);
  const databaseUrl = await (await context.stores()).createDatabase();
  const service = await context.bellwether({ databaseUrl, cores: context.cores.all, env: { BELLWETHER_ROLE: 'api' } });
  await startBusyExperiment(service);
  return { databaseUrl, service, experimentId: await fill(databaseUrl, filling) };
}

const shownEvents = (count: number): string => count.toLocaleString('en-US');

function beside(name: string, samples: Samples, other: { readonly name: string; readonly samples: Samples; readonly least: number }): Row {
  const ratio = ratioOf(samples, other.samples);
  return {
    name,
    value: samples.median,
    range: samples.range,
    unit: 'events a second',
    against: { name: other.name, value: other.samples.median, ratio },
    goal: { text: `ratio >= ${other.least}`, met: ratio >= other.least },
  };
}

/** Takes down the CPU time that a process and its children spend while events are written. */
function meter(pid: number | null) {
  const rounds: number[] = [];
  return {
    /** @param work gives events a second */
    async around(work: () => Promise<number>): Promise<number> {
      const [before, from] = [pid === null ? 0 : cpuSeconds(pid), performance.now()];
      const perSecond = await work();
      const written = (perSecond * (performance.now() - from)) / 1_000;
      if (pid !== null) rounds.push(((cpuSeconds(pid) - before) * 1e6) / written);
      return perSecond;
    },
    /** Microseconds an event, without the round that warms up; null for a process that is not ours. */
    samples: (): Samples | null => (pid === null ? null : samplesOf(rounds.slice(1))),
  };
}

function cost(name: string, samples: Samples | null, bare: Samples | null = null): Row[] {
  if (!samples) return [];
  const against = bare && { against: { name: 'bare statement', value: bare.median, ratio: ratioOf(samples, bare) } };
  return [{ name, value: samples.median, range: samples.range, unit: 'µs an event', ...against }];
}

async function deadlocks(databaseUrl: string): Promise<Row> {
  const sql = new Client({ connectionString: databaseUrl });
  await sql.connect();
  const { rows } = await sql.query<{ deadlocks: number }>(
    'select deadlocks::int as deadlocks from pg_stat_database where datname = current_database()',
  );
  await sql.end();
  const value = rows[0]?.deadlocks ?? 0;
  return { name: 'deadlocks meanwhile', value, unit: 'deadlocks', goal: { text: 'none', met: value === 0 } };
}
