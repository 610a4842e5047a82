import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';

/** One id for a request, or a run of a job, wherever it shows. */

const key = 'watched';
const lines: Record<string, unknown>[] = [];
const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });

let service: RunningService;
let database: pg.Client;
let watcher: pg.Client;

beforeAll(async () => {
  const env = await makeEnvironment();
  service = await startService(env, { log });
  [database, watcher] = [0, 1].map(() => new pg.Client({ connectionString: env.DATABASE_URL })) as [pg.Client, pg.Client];
  await Promise.all([database.connect(), watcher.connect()]);
  const input = {
    key,
    name: 'Watched',
    variants: [
      { key: 'control', weight: 0.5 },
      { key: 'treatment', weight: 0.5 },
    ],
    metrics: { primary: { key: 'goal', type: 'CONVERSION' } },
    evaluation: { schedule: 'every_5s' },
  };
  await service.ask('mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { key } } }', { input });
});
afterAll(async () => {
  await Promise.all([database.end(), watcher.end()]);
  await service.remove();
});

/** Holds the experiment while the work is done; whoever wants it waits. */
async function holding<T>(work: () => Promise<T>): Promise<T> {
  await database.query('begin');
  await database.query('select from experiment where key = $1 for update', [key]);
  try {
    return await work();
  } finally {
    await database.query('rollback');
  }
}

/** Who waits for the experiment and bears an id, as the database names them; sweeps look at it too, and bear none. */
async function waiting(): Promise<{ readonly pid: number; readonly name: string }> {
  for (;;) {
    const { rows } = await watcher.query(
      `select pid, application_name as name from pg_stat_activity
       where wait_event_type = 'Lock' and application_name like 'bellwether %' and datname = current_database()`,
    );
    if (rows[0]) return rows[0];
  }
}

test('a mutation has the id of its answer in the database too', async () => {
  const { answer, seen } = await holding(async () => ({
    answer: service.send(`mutation { startExperiment(key: "${key}") { experiment { status } } }`),
    seen: await waiting(),
  }));
  const { headers, errors } = await answer;
  expect(errors).toBeUndefined();
  expect(seen.name).toBe(`bellwether ${headers.get('x-request-id')}`);
});

test('a job that fails is logged with the id that it had in the database', async () => {
  const { name } = await holding(async () => {
    const seen = await waiting();
    await watcher.query('select pg_terminate_backend($1)', [seen.pid]);
    for (;;)
      if (lines.some(({ job }) => job === 'evaluation')) return seen;
      else await new Promise(setImmediate);
  });
  const line = lines.find(({ job }) => job === 'evaluation');
  expect(line).toMatchObject({ requestId: expect.stringMatching(/^[\da-f-]{36}$/), msg: expect.stringMatching('A job failed') });
  expect(name).toBe(`bellwether ${line?.requestId}`);
});

test('a connection that is given back bears no id', async () => {
  await service.ask(
    `mutation { setWeights(key: "${key}", weights: [{variant: "control", weight: 0.4}, {variant: "treatment", weight: 0.6}]) { experiment { key } } }`,
  );
  const { rows } = await watcher.query(
    "select distinct application_name as name from pg_stat_activity where state = 'idle' and datname = current_database() and pid <> pg_backend_pid() and application_name <> ''",
  );
  expect(rows).toEqual([{ name: 'bellwether' }]);
});
