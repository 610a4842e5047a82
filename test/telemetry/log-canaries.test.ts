import { once } from 'node:events';
import { connect } from 'node:net';
import { createClient } from 'graphql-ws';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { type Launched, launchService } from '../process/launched.js';
import { makeEnvironment } from '../setup/service.js';
import { openReceiver, type Receiver } from './receiver.js';

/** The whole life of an experiment, with all that can go wrong on the way, and the logs and traces of those who saw it at their most talkative. */

/** Stands in everything that is personal or secret. */
const canary = 'canary5f0e';
const value = 918_273_645.25;
const key = 'telling';
const unit = { userId: `${canary}-user`, deviceId: `${canary}-device`, attributes: { mail: `${canary}@example.com`, plan: 'paid' } };

let env: Record<string, string>;
let receiver: Receiver;
let api: Launched;
let worker: Launched;
let database: pg.Client;

beforeAll(async () => {
  receiver = await openReceiver();
  const otel = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  env = await makeEnvironment({ LOG_LEVEL: 'trace', ...otel });
  const launch = (role: string) =>
    launchService({
      dataDir: `${env.BELLWETHER_DATA_DIR}/${role}`,
      command: [process.execPath, 'dist/main.js'],
      env: { ...env, BELLWETHER_ROLE: role, BELLWETHER_DATA_DIR: `${env.BELLWETHER_DATA_DIR}/${role}` },
    });
  [api, worker] = await Promise.all([launch('api'), launch('worker')]);
  database = new pg.Client({ connectionString: env.DATABASE_URL });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  for (const launched of [api, worker]) launched.signal('SIGKILL', 'group');
  await receiver.close();
});

async function send(query: string, variables: object = {}, headers: Record<string, string> = {}) {
  const response = await fetch(`${api.address}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${env.BELLWETHER_ADMIN_KEY}`,
      cookie: `bw_device=${canary}-cookie`,
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: the test looks into answers of any shape
  return (await response.json()) as { readonly data: any; readonly errors?: readonly { readonly extensions: { readonly code: string } }[] };
}

/** The data of an answer that must have no errors. */
async function done(query: string, variables: object = {}) {
  const { data, errors } = await send(query, variables);
  expect(errors).toBeUndefined();
  return data;
}

const codeOf = ({ errors }: Awaited<ReturnType<typeof send>>) => errors?.[0]?.extensions.code;

const track = 'mutation ($input: TrackEventsInput!) { trackEvents(input: $input) { accepted results { code } } }';
let events = 0;
const eventOf = (changes: object = {}) => {
  events += 1;
  return { eventId: `${canary}-event-${events}`, metric: 'goal', unit, value, occurredAt: new Date().toISOString(), ...changes };
};
const exposureOf = (variant: string, changes: object = {}) => {
  const { metric: _, value: __, ...rest } = eventOf();
  return { ...rest, experimentKey: key, variant, ...changes };
};

async function liveWell(): Promise<void> {
  const input = {
    key,
    name: 'Telling',
    variants: [
      { key: 'control', weight: 0.5 },
      { key: 'treatment', weight: 0.5 },
    ],
    metrics: { primary: { key: 'goal', type: 'CONTINUOUS' } },
    evaluation: { schedule: 'every_5s', segments: ['plan'] },
  };
  await done('mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { key } } }', {
    input,
  });
  await done(`mutation { startExperiment(key: "${key}") { experiment { status } } }`);
  const data = await done('query ($unit: UnitInput!) { assignment(experimentKey: "telling", unit: $unit) { variant } }', { unit });
  const { variant } = data.assignment;
  await done('mutation ($unit: UnitInput!) { assign(experimentKey: "telling", unit: $unit) { variant } }', { unit });
  const idempotencyKey = `${canary}-idempotent`;
  const tracked = await done(track, { input: { idempotencyKey, exposures: [exposureOf(variant)], events: [eventOf()] } });
  expect(tracked.trackEvents.accepted).toBe(2);
  // The worker has made it.
  const results = `subscription { resultsUpdated(experimentKey: "${key}") { sequence } }`;
  expect(await overSocket(results, env.BELLWETHER_READ_KEY ?? '')).toEqual({ resultsUpdated: { sequence: 1 } });
  await done(`mutation { setOverride(key: "${key}", unitId: "${canary}-colleague", variant: "treatment") { experiment { key } } }`);
  await done(`mutation { createApiKey(name: "${canary} key", scope: READ) { secret } }`);
}

async function goWrong(): Promise<void> {
  const other = (changes: object) => ({ ...unit, ...changes });
  const refused = [
    eventOf({ value: null }),
    eventOf({ eventId: `${canary}\u0007` }),
    eventOf({ occurredAt: canary }),
    eventOf({ metric: `${canary}-metric` }),
    eventOf({ unit: other({ isBot: true }) }),
    eventOf({ unit: { attributes: {} } }),
  ];
  const exposures = [exposureOf('control'), exposureOf('treatment'), exposureOf('none'), exposureOf('control', { experimentKey: canary })];
  await send(track, { input: { exposures, events: refused } });
  await send(track, { input: { exposures: [], events: [{ ...eventOf(), eventId: `${canary}-event-1`, value: 1 }] } });
  await send(track, { input: { idempotencyKey: `${canary}-idempotent`, exposures: [], events: [eventOf()] } });
  await send(`{ assignment(experimentKey: "${canary}", unit: {userId: "${canary}\\u0000"}) { variant } }`);
  await send(`{ ${canary} }`);
  await send(`{ "${canary}`);
  await send('query ($a: Int!) { viewer { scope } }', { a: canary });
  await send('{ viewer { scope } }', {}, { authorization: `Bearer ${canary}-secret` });
  await send('{ viewer { scope } }', {}, { origin: `https://${canary}.example` });
  const at = (path: string, init?: RequestInit) => fetch(`${api.address}${path}`, init).then((response) => response.text());
  await at(`/${canary}?mail=${canary}`);
  await at('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"query": ${canary}` });
  await at('/graphql', { method: 'POST', headers: { 'content-type': canary }, body: canary });
  await at(`/ofrep/v1/evaluate/flags/${canary}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${env.BELLWETHER_CLIENT_KEY}` },
    body: JSON.stringify({ context: { targetingKey: unit.userId, mail: unit.attributes.mail } }),
  });
  for (const noise of [`${canary} not http at all\r\n\r\n`, `GET / HTTP/1.1\r\nhost: a\r\ncookie: ${canary.repeat(3_000)}\r\n\r\n`]) {
    const { hostname, port } = new URL(api.address);
    const socket = connect(Number(port), hostname).on('error', () => {});
    socket.end(noise).resume();
    await once(socket, 'close');
  }
  const watch = `subscription { weightsUpdated(experimentKey: "${canary}") { sequence } }`;
  expect(await overSocket(watch, `${canary}-secret`)).toBeUndefined();
  expect(await overSocket(watch, env.BELLWETHER_READ_KEY ?? '')).toBeFalsy();
}

/** The first message of a subscription; undefined when it is refused. */
async function overSocket(query: string, secret: string): Promise<Record<string, unknown> | null | undefined> {
  const client = createClient({
    url: `${api.address.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${secret}` },
    retryAttempts: 0,
  });
  const message = await client
    .iterate({ query })
    .next()
    .catch(() => undefined);
  await client.dispose();
  return message?.value?.data;
}

/** Faults of the store that quote what they were given. */
async function breakStore(): Promise<void> {
  await database.query(`alter table unit_exposure add constraint no_canaries check (unit_id not like '%poison%')`);
  const poisoned = { ...unit, userId: `${canary}-poison` };
  const { data } = await send('query ($unit: UnitInput!) { assignment(experimentKey: "telling", unit: $unit) { variant } }', {
    unit: poisoned,
  });
  const exposure = exposureOf(data.assignment.variant, { unit: poisoned });
  expect(codeOf(await send(track, { input: { exposures: [exposure], events: [] } }))).toBe('INTERNAL_SERVER_ERROR');
  await database.query(`create function refuse() returns trigger language plpgsql as $$ begin
    raise exception 'cannot take "%"', new.unit_id using errcode = '22023', detail = new.event_id; end $$`);
  await database.query('create trigger refuse before insert on raw_event for each row execute function refuse()');
  expect(codeOf(await send(track, { input: { exposures: [], events: [eventOf()] } }))).toBe('INTERNAL_SERVER_ERROR');
  await database.query('alter table alert rename to gone');
  expect(codeOf(await send('{ alerts(first: 1) { edges { node { id } } } }'))).toBe('INTERNAL_SERVER_ERROR');
}

test('no log and no span holds an id of a unit, an attribute, a cookie, a value, an id of an event or a secret, whatever goes wrong', async () => {
  await liveWell();
  await goWrong();
  await breakStore();
  await worker.printed(/"msg":"Ready"/);
  await api.printed(/a request failed/);
  for (const launched of [api, worker]) {
    launched.signal('SIGTERM', 'process');
    expect(await launched.ended).toEqual({ code: 0 });
  }
  const logs = `${api.output()}${worker.output()}`;
  expect(logs).toContain('"constraint":"no_canaries"');
  // A line of a request that failed leads to the request's span.
  const line = JSON.parse(logs.split('\n').find((text) => text.includes('no_canaries')) ?? '{}');
  const failed = await receiver.span(({ attributes }) => attributes['bellwether.request.id'] === line.requestId);
  expect(failed).toMatchObject({ traceId: line.trace_id, status: 2, attributes: { 'error.type': 'INTERNAL_SERVER_ERROR' } });
  const secrets = [canary, String(value), ...Object.entries(env).flatMap(([name, text]) => (name.endsWith('_KEY') ? [text] : []))];
  for (const secret of secrets) for (const told of [logs, receiver.text()]) expect(told).not.toContain(secret);
});
