import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleInput } from '../api/operations.js';
import { startReceiver } from '../setup/receiver.js';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';

const entry = resolve('src/cli/bellwether.ts');
const loader = import.meta.resolve('tsx');
const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;

let service: RunningService;
let receiver: Awaited<ReturnType<typeof startReceiver>>;

beforeAll(async () => {
  receiver = await startReceiver();
  const webhooks = [{ name: 'ops', url: receiver.url, secret, kinds: ['STATUS'] }];
  service = await startService(await makeEnvironment({ BELLWETHER_WEBHOOKS: JSON.stringify(webhooks) }));
});
afterAll(async () => {
  await service.remove();
  await receiver.close();
});

function bellwether(...args: string[]) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((done) => {
    const env = { PATH: process.env.PATH, BELLWETHER_URL: service.url, BELLWETHER_KEY: service.secrets.admin };
    const child = spawn(process.execPath, ['--import', loader, entry, ...args], { env });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}

const create = 'mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { key } } }';

describe('report', () => {
  test('tells of those named or of all that run, as text or with everything', async () => {
    expect(await bellwether('report')).toEqual({ code: 0, stdout: '', stderr: 'No experiment is running.\n' });
    for (const key of ['first', 'second', 'draft']) await service.ask(create, { input: sampleInput({ key, name: key }) });
    for (const key of ['first', 'second']) await service.ask(`mutation { startExperiment(key: "${key}") { experiment { key } } }`);

    const one = await bellwether('report', 'first');
    expect(one).toMatchObject({ code: 0, stderr: '' });
    expect(one.stdout).toMatch(/^first \(first\): RUNNING, less than a day old\n.* UTC\n\nIt has not been evaluated yet/);
    expect(one.stdout).toContain('What to do\n- Wait for the first evaluation.\n');
    const tenDaysAgo = new Date(Date.now() - 10 * 86_400_000).toISOString().slice(0, 14);
    const all = await bellwether('report', '--json', '--since', `${tenDaysAgo}30:00Z`);
    const reports = JSON.parse(all.stdout) as { experimentKey: string; since: string; variants: unknown[] }[];
    expect(reports.map(({ experimentKey }) => experimentKey).sort()).toEqual(['first', 'second']);
    expect(reports[0]).toMatchObject({ since: `${tenDaysAgo}00:00.000Z`, variants: [{ newExposures: 0 }, { newExposures: 0 }] });
  }, 60_000);

  test('refuses what it cannot tell of', async () => {
    expect(await bellwether('report', 'draft')).toMatchObject({ code: 1, stderr: expect.stringContaining('has never run') });
    expect(await bellwether('report', 'unheard-of')).toMatchObject({ code: 1, stderr: 'There is no experiment unheard-of.\n' });
    expect(await bellwether('report', '--since', 'yesterday')).toMatchObject({ code: 2, stderr: expect.stringContaining('--since') });
  });
});

test('doctor shows how webhooks fare', async () => {
  await receiver.first(({ body }) => body.data.experimentKey === 'second');
  // An answer is noted a moment after it was given.
  let checks: { name: string; verdict: string; detail: string }[] = [];
  while (!checks.some(({ detail }) => detail.includes('none pending'))) {
    checks = JSON.parse((await bellwether('doctor', '--json')).stdout);
  }
  expect(checks.filter(({ name }) => name === 'webhook')).toEqual([
    { name: 'webhook', verdict: 'ok', detail: 'ops: 2 arrived, none pending, 0 given up' },
  ]);
});
