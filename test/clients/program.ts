import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { RunningService } from '../setup/service.js';

const run = promisify(execFile);

/** How long a program may take on a machine with other work, and a test that runs some: nothing is left behind when it hangs. */
const programMs = 60_000;
export const testMs = 2 * programMs;

/** Where the programs of examples/clients are. */
export const clientsFolder = fileURLToPath(new URL('../../examples/clients', import.meta.url));

/**
 * Runs a program in a process of its own, as its users do, and looks whether it went the whole way without a word of complaint.
 *
 * @param file of JavaScript
 * @param key of the experiment that it makes
 * @param beside what it says before the judgement that others do not
 */
export async function expectWholeWay(service: RunningService, file: string, key: string, beside: string[] = []): Promise<void> {
  const env = { PATH: process.env.PATH, BELLWETHER_URL: service.url, BELLWETHER_KEY: service.secrets.admin };
  const { stdout, stderr } = await run(process.execPath, [file, key], { env, timeout: programMs });
  expect(stderr).toBe('');
  const way = ['created: DRAFT', 'started: RUNNING', 'live: 30 people, 10 purchases', ...beside];
  expect(stdout.trim().split('\n')).toEqual([...way, 'judged: INSUFFICIENT_DATA', 'stopped: STOPPED']);
  const query = 'query ($key: ID!) { experiment(key: $key) { status counts { variants { exposures conversions } } results { final } } }';
  const { status, counts, results } = (await service.ask(query, { key })).experiment;
  const sum = (member: 'exposures' | 'conversions') =>
    counts.variants.reduce((total: number, each: Record<typeof member, number>) => total + each[member], 0);
  expect({ status, results, people: sum('exposures'), purchases: sum('conversions') }).toEqual({
    status: 'STOPPED',
    results: { final: true },
    people: 30,
    purchases: 10,
  });
}
