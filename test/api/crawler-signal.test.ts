import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { abTest, assign, assignment, createExperiment, startExperiment, trackEvents } from '../faults/operations.js';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';

/** A firewall in front says which requests are crawlers': one service believes it, the other one knows another firewall. */

const unit = { userId: 'u1' };
const said = { 'x-bot': 'true' };

let believing: RunningService;
let other: RunningService;

beforeAll(async () => {
  const env = await makeEnvironment({ BELLWETHER_BOT_HEADER: 'X-Bot', BELLWETHER_TRUSTED_PROXIES: '127.0.0.0/8,::1' });
  believing = await startService(env);
  other = await startService({ ...env, BELLWETHER_TRUSTED_PROXIES: '192.0.2.0/24' });
  await believing.ask(createExperiment, { input: abTest('shown') });
  await believing.ask(startExperiment, { key: 'shown' });
  await vi.waitFor(async () => expect((await reasonOf(other, {})).reason).toBe('SPLIT'), { timeout: 10_000 });
});
afterAll(async () => {
  await other.remove();
  await believing.remove();
});

async function post(service: RunningService, path: string, body: object, headers: Record<string, string>) {
  const response = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${service.secrets.client}`, ...headers },
    body: JSON.stringify(body),
  });
  return response.json();
}

async function reasonOf(service: RunningService, headers: Record<string, string>) {
  const { data } = await post(service, '/graphql', { query: assignment, variables: { key: 'shown', unit } }, headers);
  return data.assignment;
}

test('its units get the control and are not enrolled, by query, mutation and OFREP', async () => {
  expect(await reasonOf(believing, said)).toMatchObject({ variant: 'a', inExperiment: false, reason: 'BOT' });
  expect(await reasonOf(believing, { 'x-bot': '1' })).toMatchObject({ reason: 'BOT' });
  const assigned = await post(believing, '/graphql', { query: assign, variables: { key: 'shown', unit } }, said);
  expect(assigned.data.assign).toMatchObject({ reason: 'BOT', exposureRecorded: null });
  const flag = await post(believing, '/ofrep/v1/evaluate/flags/shown', { context: { targetingKey: 'u1' } }, said);
  expect(flag.metadata).toMatchObject({ assignmentReason: 'BOT' });
});

test('its events are refused', async () => {
  const occurredAt = new Date().toISOString();
  const input = {
    exposures: [{ eventId: 'e1', experimentKey: 'shown', unit, variant: 'a', occurredAt }],
    events: [{ eventId: 'e2', metric: 'bought', unit, occurredAt }],
  };
  const { data } = await post(believing, '/graphql', { query: trackEvents, variables: { input } }, said);
  expect(data.trackEvents.results.map(({ code }: { code: string }) => code)).toEqual(['BOT', 'BOT']);
});

test('holds for all of a socket that was opened with it', async () => {
  class FromProxy extends WebSocket {
    constructor(address: string, protocol: string) {
      super(address, protocol, { headers: said });
    }
  }
  const client = createClient({
    url: `${believing.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: FromProxy,
    connectionParams: { authorization: `Bearer ${believing.secrets.client}` },
  });
  const answers = client.iterate({ query: assignment, variables: { key: 'shown', unit } });
  expect((await answers.next()).value).toMatchObject({ data: { assignment: { reason: 'BOT' } } });
  await client.dispose();
});

test('is not believed without a word, from a peer that is not trusted, or when it says no', async () => {
  expect((await reasonOf(believing, {})).reason).toBe('SPLIT');
  expect((await reasonOf(believing, { 'x-bot': 'false' })).reason).toBe('SPLIT');
  expect((await reasonOf(other, said)).reason).toBe('SPLIT');
  const bot = { query: assignment, variables: { key: 'shown', unit: { ...unit, isBot: true } } };
  expect((await post(believing, '/graphql', bot, { 'x-bot': 'false' })).data.assignment.reason).toBe('BOT');
});
