import { randomBytes } from 'node:crypto';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { readTracing } from '../../src/config-tracing.js';
import { createReader } from '../../src/config-values.js';
import { startTracing, type Tracing } from '../../src/telemetry/tracing/start.js';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';
import { openReceiver, type ReceivedSpan, type Receiver } from './receiver.js';

/** What a collector gets of two real instances that share their stores. */

const key = 'traced';
const canary = 'canary-5f0e';
const unit = { userId: `${canary}-user`, attributes: { mail: `${canary}@example.com` } };

let receiver: Receiver;
let first: RunningService;
let second: RunningService;
const tracings: Tracing[] = [];

async function startTraced(env: Record<string, string>, instance: string): Promise<RunningService> {
  const otel = {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_SERVICE_NAME: 'traced service',
    OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance},deployment.environment.name=test`,
  };
  const settings = readTracing(createReader(otel, []));
  if (!settings) throw new Error('it is on');
  const tracing = await startTracing(settings, console);
  tracings.push(tracing);
  return startService(env, { tracer: tracing.tracer });
}

beforeAll(async () => {
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '20');
  receiver = await openReceiver();
  const env = await makeEnvironment();
  [first, second] = [await startTraced(env, 'first'), await startTraced({ ...env, BELLWETHER_ROLE: 'api' }, 'second')];
  const input = {
    key,
    name: 'Traced',
    variants: [
      { key: 'control', weight: 0.5 },
      { key: 'treatment', weight: 0.5 },
    ],
    metrics: { primary: { key: 'goal', type: 'CONVERSION' } },
    evaluation: { schedule: 'every_5s' },
  };
  await first.ask('mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { key } } }', { input });
});
afterAll(async () => {
  await first.stop();
  await second.remove();
  await Promise.all(tracings.map(({ stop }) => stop()));
  await receiver.close();
  vi.unstubAllEnvs();
});

/** A caller's place of its own. */
function callerPlace(isSampled = true) {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, header: `00-${traceId}-${spanId}-0${isSampled ? 1 : 0}` };
}

async function post(service: RunningService, path: string, body: object, traceparent?: string) {
  const response = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${service.secrets.admin}`,
      ...(traceparent && { traceparent }),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, requestId: response.headers.get('x-request-id'), body: await response.json() };
}

const named = (name: string) => (span: ReceivedSpan) => span.name === name;
const childOf = (parent: ReceivedSpan, name: string) => (span: ReceivedSpan) => span.parentSpanId === parent.spanId && span.name === name;
const placeOf = ({ traceId, spanId }: ReceivedSpan) => expect.objectContaining({ traceId, spanId });

test('a mutation has a span by its name below its caller, with its statements and commands below it', async () => {
  const caller = callerPlace();
  const query = 'mutation Begin($key: ID!) { startExperiment(key: $key) { experiment { status } } }';
  const { requestId } = await post(first, '/graphql', { query, variables: { key } }, caller.header);
  const mutation = await receiver.span(named('mutation Begin'));
  expect(mutation).toMatchObject({
    traceId: caller.traceId,
    parentSpanId: caller.spanId,
    kind: 2,
    status: 0,
    attributes: {
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'http.route': '/graphql',
      'graphql.operation.type': 'mutation',
      'graphql.operation.name': 'Begin',
      'bellwether.request.id': requestId,
    },
    resource: { 'service.name': 'traced service', 'service.instance.id': 'first', 'deployment.environment.name': 'test' },
  });
  for (const name of ['begin', 'lock_experiment_by_key', 'save_experiment', 'commit']) {
    expect(await receiver.span(childOf(mutation, name))).toMatchObject({ kind: 3, attributes: { 'db.system.name': 'postgresql' } });
  }
  expect(await receiver.span(childOf(mutation, 'publish'))).toMatchObject({ kind: 3, attributes: { 'db.system.name': 'redis' } });
});

test('what other instances do because of it goes on in its trace', async () => {
  const mutation = await receiver.span(named('mutation Begin'));
  const elsewhere = await receiver.span(
    ({ traceId, resource }) => traceId === mutation.traceId && resource['service.instance.id'] === 'second',
  );
  expect(elsewhere).toMatchObject({ parentSpanId: mutation.spanId, kind: 3 });
});

test('a job has a trace of its own, linked to the change that asked for it', async () => {
  const mutation = await receiver.span(named('mutation Begin'));
  const job = await receiver.span(named('job evaluation'));
  expect(job).toMatchObject({ parentSpanId: '', kind: 5, status: 0, attributes: { 'bellwether.experiment.key': key } });
  expect(job.traceId).not.toBe(mutation.traceId);
  expect(job.links).toEqual([placeOf(mutation)]);
  expect(await receiver.span(childOf(job, 'lock_experiment_by_id'))).toMatchObject({ kind: 3 });
});

test('sweeps have traces of their own', async () => {
  const sweep = await receiver.span(named('sweep guardrails'));
  expect(sweep).toMatchObject({ parentSpanId: '', kind: 1, links: [] });
});

test('an assignment on the short way has a span below its request, which tells what was answered', async () => {
  const query = 'query Page($unit: UnitInput!) { assignment(experimentKey: "traced", unit: $unit) { variant reason } }';
  const { body } = await post(first, '/graphql', { query, variables: { unit } });
  const { variant } = (body as { data: { assignment: { variant: string } } }).data.assignment;
  const request = await receiver.span(named('query Page'));
  expect(request).toMatchObject({ parentSpanId: '', kind: 2, attributes: { 'http.response.status_code': 200 } });
  expect((await receiver.span(childOf(request, 'assignment'))).attributes).toEqual({
    'feature_flag.provider.name': 'bellwether',
    'feature_flag.key': key,
    'feature_flag.result.reason': 'SPLIT',
    'feature_flag.result.variant': variant,
  });
});

test('a key that names no experiment is not told: nobody knows what a caller has put there', async () => {
  const query = `query Unknown { assignment(experimentKey: "${canary}-key", unit: {userId: "u"}) { variant } }`;
  await post(first, '/graphql', { query });
  const assignment = await receiver.span(childOf(await receiver.span(named('query Unknown')), 'assignment'));
  expect(assignment.attributes).toEqual({ 'feature_flag.provider.name': 'bellwether', 'feature_flag.result.reason': expect.any(String) });
});

test('requests that share a transaction are linked to it and it to them', async () => {
  const query = 'mutation Track($input: TrackEventsInput!) { trackEvents(input: $input) { accepted } }';
  const events = (i: number) => [{ eventId: `${canary}-${i}`, metric: 'goal', unit, value: 1, occurredAt: new Date().toISOString() }];
  const sent = [0, 1, 2, 3, 4, 5].map((i) =>
    post(first, '/graphql', { query, variables: { input: { exposures: [], events: events(i) } } }),
  );
  for (const { body } of await Promise.all(sent)) expect(body).toEqual({ data: { trackEvents: { accepted: 1 } } });
  const commitOf = new Map<ReceivedSpan, ReceivedSpan>();
  await receiver.span(() => receiver.spans().filter(named('ingest')).length === 6);
  for (const wait of receiver.spans().filter(named('ingest'))) {
    expect(wait.links).toHaveLength(1);
    commitOf.set(wait, await receiver.span(({ spanId }) => spanId === wait.links[0]?.spanId));
  }
  for (const [wait, commit] of commitOf) {
    expect(commit).toMatchObject({ name: 'ingest commit', parentSpanId: '', status: 0 });
    expect(commit.links).toContainEqual(placeOf(wait));
    expect(commit.links).toHaveLength(Number(commit.attributes['bellwether.ingest.requests']));
    expect(await receiver.span(childOf(commit, 'commit'))).toMatchObject({ kind: 3 });
    const request = await receiver.span(({ spanId }) => spanId === wait.parentSpanId);
    expect(request).toMatchObject({ name: 'mutation Track', kind: 2 });
  }
  // At least two shared one.
  expect(new Set(commitOf.values()).size).toBeLessThan(6);
});

test('operations over WebSocket have a span each, by their names', async () => {
  const stream = first.subscribe('subscription Follow { weightsUpdated(experimentKey: "traced") { sequence } }');
  await stream.next();
  expect(await receiver.span(named('subscription Follow'))).toMatchObject({
    parentSpanId: '',
    kind: 2,
    attributes: { 'graphql.operation.type': 'subscription', 'graphql.operation.name': 'Follow' },
  });
  await stream.close();
  const asked = first.subscribe('query OverSocket { viewer { scope } }');
  expect(await asked.next()).toEqual({ viewer: { scope: 'READ' } });
  await asked.close();
  expect(await receiver.span(named('query OverSocket'))).toMatchObject({ parentSpanId: '', kind: 2 });
});

test('an operation over WebSocket goes on where its extensions say', async () => {
  const caller = callerPlace();
  const client = createClient({
    url: `${first.url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${first.secrets.read}` },
  });
  const messages = client.iterate({ query: 'query Continued { viewer { scope } }', extensions: { traceparent: caller.header } });
  expect((await messages.next()).value?.data).toEqual({ viewer: { scope: 'READ' } });
  await client.dispose();
  expect(await receiver.span(named('query Continued'))).toMatchObject({ traceId: caller.traceId, parentSpanId: caller.spanId });
});

test('other routes are named by their pattern', async () => {
  await post(first, `/ofrep/v1/evaluate/flags/${key}`, { context: { targetingKey: unit.userId } });
  const request = await receiver.span(named('POST /ofrep/v1/evaluate/flags/:key'));
  expect(request.attributes).toMatchObject({ 'http.route': '/ofrep/v1/evaluate/flags/:key', 'http.response.status_code': 200 });
  expect((await receiver.span(childOf(request, 'assignment'))).attributes).toMatchObject({ 'feature_flag.key': key });
});

test('a refusal is told by its code', async () => {
  await post(first, '/graphql', { query: `mutation Wrong { startExperiment(key: "${canary}") { experiment { key } } }` });
  expect(await receiver.span(named('mutation Wrong'))).toMatchObject({
    status: 0,
    attributes: { 'bellwether.refusal': 'EXPERIMENT_NOT_FOUND' },
  });
});

test('a caller that does not sample is not traced, nor is a probe', async () => {
  const caller = callerPlace(false);
  const query = 'query Unsampled { assignment(experimentKey: "traced", unit: {userId: "u"}) { variant } }';
  await post(first, '/graphql', { query }, caller.header);
  await (await fetch(`${first.url}/ready`)).text();
  // What comes after them arrives after them.
  await post(first, '/graphql', { query: 'query Later { assignment(experimentKey: "traced", unit: {userId: "u"}) { variant } }' });
  await receiver.span(childOf(await receiver.span(named('query Later')), 'assignment'));
  expect(receiver.spans().filter(({ traceId }) => traceId === caller.traceId)).toEqual([]);
  expect(receiver.spans().filter(({ name }) => /Unsampled|ready/.test(name))).toEqual([]);
});

test('lines of the log name the span under way', () => {
  const { tracer, logFields } = tracings[0] as Tracing;
  expect(logFields()).toEqual({});
  const told = tracer.span('logged', {}, (span) => ({ fields: logFields(), traceparent: span?.traceparent }));
  expect(`00-${told.fields.trace_id}-${told.fields.span_id}-01`).toBe(told.traceparent);
});

test('no span holds an id of a unit, an attribute, an event, a key or a value', () => {
  expect(receiver.spans().length).toBeGreaterThan(50);
  for (const secret of [canary, ...Object.values(first.secrets)]) expect(receiver.text()).not.toContain(secret);
});
