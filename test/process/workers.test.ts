import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lookUp, sendSignal } from '../../src/embedded/process-table.js';
import { isGoneWithin } from '../../src/embedded/store-process.js';
import { makeEnvironment } from '../setup/service.js';
import { type Launched, launchService } from './launched.js';

/** Several API processes on one port. */

let service: Launched;
let env: Record<string, string>;

const command = [process.execPath, 'dist/main.js'] as const;

beforeAll(async () => {
  env = await makeEnvironment({ BELLWETHER_ROLE: 'api', WEB_CONCURRENCY: '2', LOG_LEVEL: 'info' });
  service = await launchService({ dataDir: env.BELLWETHER_DATA_DIR ?? '', command, env });
  await service.printed(/"All workers serve"/);
});
afterAll(async () => {
  service.signal('SIGKILL', 'group');
  await service.ended;
});

/** Pids of the workers that have begun to serve so far, in order. */
const workers = (): number[] => [...service.output().matchAll(/"worker":(\d+),"msg":"A worker serves"/g)].map(([, pid]) => Number(pid));

const body = JSON.stringify({ query: '{ assignments(unit: {userId: "a"}) { variant } }' });
const headers = () => ({ 'content-type': 'application/json', authorization: `Bearer ${env.BELLWETHER_CLIENT_KEY}`, connection: 'close' });

async function ask(): Promise<number> {
  const response = await fetch(`${service.address}/graphql`, { method: 'POST', headers: headers(), body });
  return response.status;
}

test('replaces a worker that is killed, and the others serve meanwhile', async () => {
  const [victim = 0, other = 0] = workers();
  expect(lookUp(victim)).not.toBeNull();
  sendSignal(victim, 'SIGKILL');
  await service.printed(/"A worker is gone; another takes its place"/);
  for (let i = 0; i < 10; i += 1) expect(await ask()).toBe(200);
  await service.printed(/(?:"A worker serves"[\s\S]*){3}/);
  expect(workers()).toHaveLength(3);
  expect(new Set(workers()).size).toBe(3);
  expect(lookUp(other)).not.toBeNull();
  for (let i = 0; i < 10; i += 1) expect(await ask()).toBe(200);
});

test('drains all of them on SIGTERM and leaves none behind', async () => {
  // Its head has arrived, and its body not yet, when the signal comes.
  const underWay = request(`${service.address}/graphql`, {
    method: 'POST',
    headers: { ...headers(), 'content-length': body.length, expect: '100-continue' },
  });
  underWay.flushHeaders();
  await once(underWay, 'continue');
  service.signal('SIGTERM', 'process');
  await service.printed(/SIGTERM: stopping/);
  underWay.end(body);
  const [response] = (await once(underWay, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  response.resume();
  expect(await service.ended).toEqual({ code: 0 });
  for (const pid of workers()) expect(await isGoneWithin(pid, 0)).toBe(true);
});

test('ends its workers when it is killed itself', async () => {
  service = await launchService({ dataDir: env.BELLWETHER_DATA_DIR ?? '', command, env });
  await service.printed(/"All workers serve"/);
  service.signal('SIGKILL', 'process');
  for (const pid of workers()) expect(await isGoneWithin(pid, 10_000)).toBe(true);
});

test('does not start when a worker cannot', async () => {
  const starting = launchService({
    dataDir: env.BELLWETHER_DATA_DIR ?? '',
    command,
    env: { ...env, REDIS_URL: 'redis://127.0.0.1:1', BELLWETHER_DATA_DIR: `${env.BELLWETHER_DATA_DIR}/none` },
  });
  await expect(starting).rejects.toThrow(/Ended with 1/);
});
