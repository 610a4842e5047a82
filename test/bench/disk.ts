import { randomInt, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { Bellwether } from './bellwether.js';
import type { Bench, Row } from './bench.js';
import { metric, startBusyExperiment, unitName } from './event-store.js';

const perQuestion = 25;
const places = Array.from({ length: perQuestion }, (_, i) => i);
const assignments = `query (${places.map((i) => `$u${i}: UnitInput!`).join(' ')}) {
  ${places.map((i) => `a${i}: assignment(experimentKey: "busy", unit: $u${i}) { variant }`).join(' ')} }`;
const track = 'mutation ($input: TrackEventsInput!) { trackEvents(input: $input) { accepted } }';

/** Tables whose size grows with what comes in, and how long their rows stay. */
const grown = ['raw_exposure', 'unit_exposure', 'raw_event', 'event_ledger', 'unit_total'] as const;

/** What an exposure and an event leave on the disk, indexes and all, when they come as from clients: in any order, by ids of chance. */
export const disk: Bench = {
  name: 'disk',
  title: 'Disk',
  async run(context) {
    const [units, events] = context.quick ? [2_000, 10_000] : [50_000, 250_000];
    const databaseUrl = await (await context.stores()).createDatabase();
    const service = await context.bellwether({ databaseUrl, cores: context.cores.all });
    const sql = new Client({ connectionString: databaseUrl });
    await sql.connect();
    try {
      await startBusyExperiment(service);
      context.progress(`${units} units`);
      const empty = await sizes(sql);
      await expose(service, units);
      const exposed = await sizes(sql);
      context.progress(`${events} events`);
      await convert(service, units, events);
      const converted = await sizes(sql);
      const row = (name: string, bytes: number, count: number): Row => ({ name, value: bytes / count, unit: 'bytes' });
      return [
        row('exposure as it came', exposed.raw_exposure - empty.raw_exposure, units),
        row('exposed unit', exposed.unit_exposure - empty.unit_exposure, units),
        row('log of an exposure', exposed.log - empty.log, units),
        row('event as it came', converted.raw_event - exposed.raw_event, events),
        row('id of an event or exposure', converted.event_ledger - empty.event_ledger, units + events),
        row('total of a unit and metric', converted.unit_total - empty.unit_total, await countOf(sql, 'unit_total')),
        row('log of an event', converted.log - exposed.log, events),
      ];
    } finally {
      await sql.end();
    }
  },
};

/** In requests of a hundred, several at once, each taken whole. */
async function send(service: Bellwether, name: 'exposures' | 'events', inputs: readonly object[]): Promise<void> {
  const size = 100;
  const starts = Array.from({ length: Math.ceil(inputs.length / size) }, (_, i) => i * size);
  const client = async () => {
    for (let from = starts.pop(); from !== undefined; from = starts.pop()) {
      const some = inputs.slice(from, from + size);
      const { accepted } = (await service.ask(track, { input: { [name]: some } }, 'client')).trackEvents;
      if (accepted !== some.length) throw new Error(`${accepted} of ${some.length} ${name} were accepted.`);
    }
  };
  await Promise.all([client(), client(), client(), client()]);
}

async function expose(service: Bellwether, units: number): Promise<void> {
  const exposures: object[] = [];
  for (let from = 0; from < units; from += perQuestion) {
    const asked = places.map((i) => ({ userId: unitName(from + i) }));
    const answer = await service.ask(assignments, Object.fromEntries(asked.map((unit, i) => [`u${i}`, unit])), 'client');
    const occurredAt = new Date().toISOString();
    for (const [i, unit] of asked.entries()) {
      exposures.push({ eventId: randomUUID(), experimentKey: 'busy', unit, variant: answer[`a${i}`].variant, occurredAt });
    }
  }
  await send(service, 'exposures', exposures);
}

async function convert(service: Bellwether, units: number, events: number): Promise<void> {
  const occurredAt = new Date().toISOString();
  const inputs = Array.from({ length: events }, () => {
    const unit = { userId: unitName(randomInt(units)) };
    return { eventId: randomUUID(), metric, unit, value: randomInt(10_000) / 100, occurredAt };
  });
  await send(service, 'events', inputs);
}

/** Bytes of each table with its indexes and partitions, and of the log written so far. Tables are not vacuumed: in use they are as full as this. */
async function sizes(sql: Client): Promise<Record<(typeof grown)[number] | 'log', number>> {
  const { rows } = await sql.query<{ name: string; bytes: string }>(
    `select t.name, sum(pg_total_relation_size(part.relid)) as bytes
     from unnest($1::text[]) as t (name) cross join lateral (
       select relid from pg_partition_tree(t.name::regclass) union select t.name::regclass
     ) as part group by 1
     union all select 'log', pg_current_wal_insert_lsn() - '0/0'`,
    [grown],
  );
  return Object.fromEntries(rows.map(({ name, bytes }) => [name, Number(bytes)])) as Record<(typeof grown)[number] | 'log', number>;
}

async function countOf(sql: Client, table: string): Promise<number> {
  const { rows } = await sql.query<{ count: string }>(`select count(*) from ${table}`);
  return Number(rows[0]?.count);
}
