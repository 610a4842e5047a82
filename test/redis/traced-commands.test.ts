import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { traceRedisCommands } from '../../src/redis/traced-commands.js';
import { redisUrl } from '../setup/stores.js';
import { createRecorder } from '../telemetry/recorded.js';
import { ready } from './clients.js';

const { tracer, taken } = createRecorder();
const end = traceRedisCommands(tracer);
let client: Redis;

beforeAll(async () => {
  client = new Redis(await redisUrl());
  await ready(client);
});
afterAll(() => {
  end();
  client.disconnect();
});

const told = () => taken().flatMap(({ name, below, attributes, failed }) => (below === null ? [] : [{ name, attributes, failed }]));
const attributesOf = (name: string) => ({ 'db.system.name': 'redis', 'db.operation.name': name });

test('a command is told by its name below what asks for it, and nothing of what it is given', async () => {
  await tracer.span('request', {}, () => client.set('unit:hunter2', 'hunter2'));
  expect(told()).toEqual([{ name: 'set', attributes: attributesOf('set'), failed: false }]);
});

test('each command of a pipeline is told', async () => {
  await tracer.span('request', {}, () => client.pipeline().get('a').get('b').exec());
  expect(told().map(({ name }) => name)).toEqual(['get', 'get']);
});

test('a command that fails is told so, without the words of the server', async () => {
  await tracer.span('request', {}, () => client.hget('unit:hunter2', 'a').catch(() => {}));
  expect(told()).toEqual([{ name: 'hget', attributes: { ...attributesOf('hget'), 'error.type': 'ReplyError' }, failed: true }]);
});

test('nothing is told outside of a span, nor after its end', async () => {
  await client.get('a');
  end();
  await tracer.span('request', {}, () => client.get('a'));
  expect(told()).toEqual([]);
});
