import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';
import { createCaller, problemsOf, sampleInput } from './operations.js';
import { openSocket } from './sockets.js';

let environment: Record<string, string>;
let service: RunningService;
const api = createCaller(() => service);
const now = new Date().toISOString();

type Args = Record<string, unknown>;

beforeAll(async () => {
  environment = await makeEnvironment();
  service = await startService(environment);
  await api.done('createExperiment', { input: sampleInput({ key: 'draft', metrics: { primary: { key: 'm', type: 'COUNT' } } }) });
});
afterAll(() => service.remove());

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

describe('an attribute that is counted by', () => {
  const running = async (key: string, input: object) => {
    await api.done('createExperiment', { input: sampleInput({ key, ...input }) });
    await api.done('startExperiment', { key });
  };
  const exposureOf = async (experimentKey: string, userId: string, city: unknown) => {
    const unit = { userId, attributes: { city } };
    const { variant } = await api.done('assignment', { experimentKey, unit }, '{ variant }');
    return { eventId: `${experimentKey} ${userId}`, experimentKey, unit, variant, occurredAt: now };
  };

  test('is cut after a hundred characters and never within one, and costs nothing else of its request', async () => {
    await running('cities', { evaluation: { segments: ['city'] } });
    const values = [`${'a'.repeat(99)}😀`, `${'b'.repeat(99)}😀😀`, '😀'.repeat(101), '漢'.repeat(100), 'Rome'];
    const exposures = await Promise.all(values.map((city, n) => exposureOf('cities', `citizen-${n}`, city)));
    const { results } = await api.done('trackEvents', { input: { exposures } });
    expect(results.map(({ status }: { status: string }) => status)).toEqual(values.map(() => 'ACCEPTED'));
    const sql = new Client({ connectionString: environment.DATABASE_URL });
    await sql.connect();
    const { rows } = await sql.query("select segments[1] as city from unit_exposure where unit_id like 'citizen-%' order by unit_id");
    await sql.end();
    const kept = [values[0], `${'b'.repeat(99)}😀`, '😀'.repeat(100), values[3], values[4]];
    expect(rows.map(({ city }) => city)).toEqual(kept.map((city) => `city=${city}`));
  });

  test('nor do the greatest values and the greatest cap cost a request', async () => {
    const primary = { key: 'huge', type: 'CONTINUOUS', cap: 1e15 };
    await running('huge', { metrics: { primary, secondary: [{ key: 'tiny', type: 'CONTINUOUS', cap: 1e-9 }] } });
    const exposure = await exposureOf('huge', 'whale', 'Rome');
    const event = (metric: string, n: number) => ({ eventId: `${metric} ${n}`, metric, unit: exposure.unit, value: 1e12, occurredAt: now });
    const events = Array.from({ length: 400 }, (_, n) => [event('huge', n), event('tiny', n)]).flat();
    const { accepted } = await api.done('trackEvents', { input: { exposures: [exposure], events } });
    expect(accepted).toBe(801);
    const { experiment } = await service.ask('{ experiment(key: "huge") { counts { variants { metrics { metric total } } } } }');
    const totals = experiment.counts.variants.flatMap(({ metrics }: { metrics: { metric: string; total: number }[] }) => metrics);
    expect(totals).toEqual(
      expect.arrayContaining([
        { metric: 'huge', total: 4e14 },
        { metric: 'tiny', total: 4e14 },
      ]),
    );
  });
});

describe('numbers that no double holds', () => {
  const raw = async (body: string) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${service.secrets.admin}` };
    return (await (await fetch(`${service.url}/graphql`, { method: 'POST', headers, body })).json()) as {
      data: never;
      errors?: { extensions: never }[];
    };
  };

  test('are refused by name where they are needed, in variables and in documents', async () => {
    const query = 'mutation ($w: Float!) {setTrafficAllocation(key: "draft", trafficAllocation: $w) {experiment {key}}}';
    const ofVariable = await raw(JSON.stringify({ query, variables: { w: 'huge' } }).replace('"huge"', '1e400'));
    expect(problemsOf(ofVariable.errors?.[0]?.extensions as never)).toEqual(['BAD_USER_INPUT at trafficAllocation']);
    for (const literal of ['1e400', '-1e400', '9'.repeat(400)]) {
      const { errors } = await service.send(
        `mutation {setTrafficAllocation(key: "draft", trafficAllocation: ${literal}) {experiment {key}}}`,
      );
      expect(problemsOf(errors?.[0].extensions)).toEqual(['BAD_USER_INPUT at trafficAllocation']);
    }
    const { errors } = await service.send(
      'mutation {createExperiment(input: {key: "inf", name: "n", trafficAllocation: 1e400, metrics: {primary: {key: "m", type: COUNT, cap: 1e999}}, variants: [{key: "a", weight: 1e400, payload: {x: [1e400]}}, {key: "b", weight: 0.5}]}) {experiment {key}}}',
    );
    expect(problemsOf(errors?.[0].extensions)).toEqual([
      'BAD_USER_INPUT at variants.0.payload',
      'INVALID_RANGE at metrics.primary.cap',
      'INVALID_RANGE at trafficAllocation',
      'WEIGHTS_DO_NOT_SUM_TO_ONE at variants',
      'WEIGHT_OUT_OF_RANGE at variants.0.weight',
    ]);
  });

  test('as the value of an event refuse that event alone', async () => {
    const event = (eventId: string, value: unknown) => ({ eventId, metric: 'm', unit: { userId: 'u' }, occurredAt: now, value });
    const events = [event('n1', 'huge'), event('n2', 1), event('n3', null), event('n4', 1.000001e12), event('n5', -1e12)];
    const query = 'mutation ($input: TrackEventsInput!) {trackEvents(input: $input) {results {status code}}}';
    const { data } = await raw(JSON.stringify({ query, variables: { input: { events } } }).replace('"huge"', '-1e400'));
    const refused = { status: 'REJECTED', code: 'INVALID_VALUE' };
    const accepted = { status: 'ACCEPTED', code: null };
    expect(data).toEqual({ trackEvents: { results: [refused, accepted, refused, refused, accepted] } });
  });
});

describe('odd units', () => {
  test('refuse their event alone, in a batch that holds sound ones', async () => {
    const event = (eventId: string, odd: Args) => ({ eventId, metric: 'm', unit: { userId: 'u', ...odd }, occurredAt: now });
    const units = [
      {},
      { userId: 'a\u0000b' },
      { userId: '\ud800' },
      { userId: ' ' },
      { userId: 'ü'.repeat(129) },
      { attributes: { deep: nested(70) } },
      { attributes: { text: '\u0000' } },
      { attributes: { 'na\ud800me': 1 } },
      { attributes: { text: 'x'.repeat(4_100) } },
    ];
    const events = units.map((odd, i) => event(`unit-${i}`, odd));
    const { results } = await api.done('trackEvents', { input: { events: [...events, event('\u0000', {}), event('unit-last', {})] } });
    const codes = results.map(({ code }: { code: string | null }) => code);
    const invalid = [
      'INVALID_ID',
      'INVALID_ID',
      'INVALID_ID',
      'INVALID_ID',
      'INVALID_RANGE',
      'BAD_USER_INPUT',
      'BAD_USER_INPUT',
      'INVALID_RANGE',
    ];
    expect(codes).toEqual([null, ...invalid, 'INVALID_ID', null]);
  });

  test('that name their attributes as objects name their own have no attribute by that', async () => {
    for (const hashKey of ['constructor', 'toString', '__proto__']) {
      const input = sampleInput({ hashKey, targeting: { include: ['isPrototypeOf:x|y'] } });
      await api.done('createExperiment', { input });
      await api.done('startExperiment', { key: input.key });
      const assignment = async (attributes: Args) =>
        (await api.done('assignment', { experimentKey: input.key, unit: { attributes } })).reason;
      expect(await assignment({})).toBe('NOT_TARGETED');
      expect(await assignment({ isPrototypeOf: 'x' })).toBe('NO_UNIT');
      if (hashKey !== '__proto__') expect(await assignment({ isPrototypeOf: 'x', [hashKey]: 'id' })).toBe('SPLIT');
    }
  });

  test('that would lend their attributes by a prototype lend none', async () => {
    const input = sampleInput({ targeting: { include: ['plan:gold'] } });
    await api.done('createExperiment', { input });
    await api.done('startExperiment', { key: input.key });
    const socket = await openSocket(service.url, service.secrets.client);
    const query = 'query ($unit: UnitInput!) {assignment(experimentKey: "KEY", unit: $unit) {reason}}'.replace('KEY', input.key);
    const ask = async (attributes: string) =>
      (await socket.ask(query, { unit: { userId: 'u', attributes: JSON.parse(attributes) as unknown } })).data?.assignment.reason;
    expect(await ask('{"plan":"gold"}')).toBe('SPLIT');
    expect(await ask('{"__proto__":{"plan":"gold"}}')).toBe('NOT_TARGETED');
    expect(await ask('{"constructor":{"prototype":{"plan":"gold"}}}')).toBe('NOT_TARGETED');
    const literal = `{assignment(experimentKey: "${input.key}", unit: {userId: "u", attributes: {__proto__: {plan: "gold"}}}) {reason}}`;
    expect((await service.send(literal)).data).toEqual({ assignment: { reason: 'NOT_TARGETED' } });
    expect(({} as Args).plan).toBeUndefined();
    await socket.close();
  });
});
