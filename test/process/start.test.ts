import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { livingStores, removeDataFolder, storesEnd } from '../setup/left-overs.js';
import { packageDir } from '../setup/names.js';
import { makeDataFolder } from '../setup/stores.js';
import { type Launched, type LaunchOptions, launchService, runToEnd } from './launched.js';
import { lendRedis } from './lent-redis.js';

// Whole services start and end here, beside everything else that the run does.
vi.setConfig({ testTimeout: 60_000 });

let dataDir: string;
let running: Launched | null = null;

beforeEach(() => {
  dataDir = makeDataFolder();
  lendRedis(packageDir, dataDir);
});
afterEach(async () => {
  running?.signal('SIGKILL', 'group');
  running = null;
  await removeDataFolder(dataDir);
});

async function start(options: Partial<LaunchOptions> = {}): Promise<Launched> {
  running = await launchService({ dataDir, ...options });
  return running;
}

async function ask(service: Launched, query: string): Promise<{ data: Record<string, unknown> | null }> {
  const response = await fetch(`${service.address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${service.adminKey}` },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as { data: Record<string, unknown> | null };
}

const make = (service: Launched, key: string) =>
  ask(
    service,
    `mutation { createExperiment(input: { key: "${key}", name: "${key}", variants: [{ key: "a", weight: 0.5 }, { key: "b", weight: 0.5 }],
       metrics: { primary: { key: "bought", type: CONVERSION } } }) { experiment { key } } }`,
  );

async function keysOf(service: Launched): Promise<string[]> {
  const { data } = await ask(service, '{ experiments { edges { node { key } } } }');
  return ((data?.experiments ?? { edges: [] }) as { edges: { node: { key: string } }[] }).edges.map(({ node }) => node.key).sort();
}

async function end(service: Launched, signal: NodeJS.Signals, whom: 'process' | 'group'): Promise<{ code: number | null; tookMs: number }> {
  const from = performance.now();
  service.signal(signal, whom);
  const { code } = await service.ended;
  return { code, tookMs: performance.now() - from };
}

test('npm start brings everything up, says where, and a Ctrl-C ends all of it', async () => {
  const service = await start({ command: ['npm', 'start'] });
  expect((await fetch(`${service.address}/ready`)).status).toBe(200);
  expect((await fetch(`${service.address}/`)).status).toBe(200);
  expect(await make(service, 'kept')).toEqual({ data: { createExperiment: { experiment: { key: 'kept' } } } });
  expect(livingStores(dataDir)).toEqual({ postgres: expect.any(Number), redis: expect.any(Number) });
  const { code, tookMs } = await end(service, 'SIGINT', 'group');
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(5_000);
  expect(livingStores(dataDir)).toEqual({ postgres: null, redis: null });
});

test('a SIGTERM to the first process alone ends everything too, and the next start is warm and has the data', async () => {
  const first = await start({ command: ['npm', 'start'] });
  await make(first, 'kept');
  expect(await end(first, 'SIGTERM', 'process')).toMatchObject({ code: 0 });
  expect(await storesEnd(dataDir, 1_000)).toBe(true);
  const from = performance.now();
  const second = await start();
  expect(performance.now() - from).toBeLessThan(5_000);
  expect(await keysOf(second)).toEqual(['kept']);
  expect(second.adminKey).toBe(first.adminKey);
});

test('loses nothing when the whole group is killed, again and again, with and without its stores', async () => {
  for (const round of [1, 2, 3]) {
    const service = await start();
    await make(service, `round-${round}`);
    service.signal('SIGKILL', 'group');
    await service.ended;
    const { postgres, redis } = livingStores(dataDir);
    if (round === 2) for (const pid of [postgres, redis]) process.kill(pid ?? 0, 'SIGKILL');
    if (round === 3) process.kill(postgres ?? 0, 'SIGTERM');
  }
  expect(await keysOf(await start())).toEqual(['round-1', 'round-2', 'round-3']);
});

test('stops as well when a store has gone first', async () => {
  const service = await start();
  const { postgres, redis } = livingStores(dataDir);
  for (const pid of [postgres, redis]) process.kill(pid ?? 0, 'SIGKILL');
  const { code, tookMs } = await end(service, 'SIGTERM', 'group');
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(5_000);
  expect(await storesEnd(dataDir, 1_000)).toBe(true);
});

test('starts stores that die again, while it goes on answering', async () => {
  const service = await start();
  await make(service, 'kept');
  const { postgres, redis } = livingStores(dataDir);
  for (const pid of [postgres, redis]) process.kill(pid ?? 0, 'SIGKILL');
  expect((await fetch(`${service.address}/ready`)).status).toBe(200);
  await expect
    .poll(() => make(service, 'after'), { timeout: 15_000 })
    .toMatchObject({ data: { createExperiment: { experiment: { key: 'after' } } } });
  expect(await keysOf(service)).toEqual(['after', 'kept']);
});

test('a second one on the same data folder is refused and disturbs nothing', async () => {
  const service = await start();
  const second = await runToEnd({ dataDir });
  expect(second.code).toBe(1);
  expect(second.output).toContain('is in use by process');
  expect(await keysOf(service)).toEqual([]);
});

test('refuses a wrong environment by name, all faults at once', async () => {
  const { code, output } = await runToEnd({ dataDir, env: { PORT: 'web', BELLWETHER_ROLE: 'boss' } });
  expect(code).toBe(2);
  expect(output).toContain('PORT: received "web"');
  expect(output).toContain('BELLWETHER_ROLE: received "boss"');
});

test('says so when the given servers do not answer, and ends', async () => {
  const env = { DATABASE_URL: 'postgresql://u:p@127.0.0.1:1/x', REDIS_URL: 'redis://127.0.0.1:1' };
  const { code, output } = await runToEnd({ dataDir, env });
  expect(code).toBe(1);
  expect(output).toContain('Redis at 127.0.0.1:1 does not answer');
});

test('--help prints the environment, and a port that is taken is named', async () => {
  const help = await runToEnd({ dataDir, command: [process.execPath, 'scripts/start.mjs', '--help'] });
  expect(help).toMatchObject({ code: 0, output: expect.stringContaining('BELLWETHER_DATA_DIR') });
  const service = await start();
  const other = makeDataFolder();
  lendRedis(packageDir, other);
  const { code, output } = await runToEnd({ dataDir: other, env: { PORT: new URL(service.address).port } });
  expect(code).toBe(1);
  expect(output).toContain('EADDRINUSE');
  expect(livingStores(other)).toEqual({ postgres: null, redis: null });
  await removeDataFolder(other);
});
