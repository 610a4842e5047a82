import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';
import { runBellwether, startBellwether } from './run.js';

describe('the command line', () => {
  let service: RunningService;
  let stores: Record<string, string>;
  let folder: string;
  let key: string;

  beforeAll(async () => {
    const environment = await makeEnvironment();
    key = environment.BELLWETHER_ADMIN_KEY as string;
    stores = { DATABASE_URL: environment.DATABASE_URL as string, REDIS_URL: environment.REDIS_URL as string };
    service = await startService(environment);
    folder = mkdtempSync(join(tmpdir(), 'bellwether-cli-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await service.remove();
  });

  /** Runs the command in a folder of its own. */
  function bellwether(args: readonly string[], { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {}) {
    return runBellwether(args, { cwd: folder, stdin, env: { ...environment(), ...env } });
  }

  const environment = () => ({ BELLWETHER_URL: service.url, BELLWETHER_KEY: key });

  function file(name: string, content: unknown): string {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
    return name;
  }

  const checkout = {
    key: 'cli-checkout',
    name: 'Checkout',
    variants: [
      { key: 'control', weight: 0.5 },
      { key: 'one-page', weight: 0.5 },
    ],
    metrics: { primary: { key: 'order', type: 'CONVERSION' } },
  };

  test('applies a file: shows what changes, asks for consent, and does nothing the second time', async () => {
    const name = file('checkout.json', checkout);
    expect(await bellwether(['apply', '--check', name])).toMatchObject({ code: 3, stdout: 'checkout.json: cli-checkout – new\n' });
    expect(await bellwether(['apply', name])).toMatchObject({ code: 2, stderr: expect.stringContaining('say --yes') });
    const created = await bellwether(['apply', '--yes', name]);
    expect(created).toMatchObject({ code: 0, stdout: expect.stringContaining('cli-checkout: created (DRAFT)') });
    expect(await bellwether(['apply', '--check', name])).toMatchObject({ code: 0, stdout: expect.stringContaining('no change') });

    const changed = file('changed.json', { ...checkout, name: 'Checkout on one page', hypothesis: 'Fewer steps.' });
    expect(await bellwether(['apply', '--check', changed])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('- name: "Checkout"\n  + name: "Checkout on one page"'),
    });
    expect(await bellwether(['apply', '--yes', changed])).toMatchObject({ code: 0, stdout: expect.stringContaining('updated') });
    const definition = JSON.parse((await bellwether(['get', 'cli-checkout'])).stdout);
    expect(definition).toMatchObject({ key: 'cli-checkout', name: 'Checkout on one page', hypothesis: 'Fewer steps.' });
    expect(await bellwether(['apply', '--check', '-'], { stdin: JSON.stringify(definition) })).toMatchObject({ code: 0 });
  });

  test('checks for a pipeline: what is refused is told from what would change, and looks must last until the horizon', async () => {
    const evaluation = { method: 'GROUP_SEQUENTIAL', horizonUnits: 60_000, minSampleSize: 3_000, maxPeeks: 12, schedule: 'daily_0000_utc' };
    const name = file('looks.json', { ...checkout, key: 'cli-looks', evaluation });
    const check = (units: string, ...files: string[]) => bellwether(['apply', '--check', '--units-per-day', units, ...files]);
    // From 6,000 units to 60,000, at 5,000 a day: 11 looks or 12, as they fall.
    expect(await check('5000', name)).toMatchObject({ code: 3, stderr: '' });
    const tooOften = await check('4500', name);
    expect(tooOften.code).toBe(1);
    expect(tooOften.stderr).toContain(
      'problem: evaluation.maxPeeks: With 4500 units a day the horizon is 13.3 days away, and daily_0000_utc makes 13 looks by then; 12 are planned.',
    );
    expect(tooOften.stderr).toContain('It would be refused.');
    expect((await bellwether(['apply', '--yes', '--units-per-day', '4500', name])).code).toBe(1);
    expect(await check('0', name)).toMatchObject({ code: 2, stderr: expect.stringContaining('expected a number above 0') });

    expect((await bellwether(['apply', '--yes', '--units-per-day', '5000', name])).code).toBe(0);
    // What is there as the file says has nothing left to be refused.
    expect((await check('4500', name)).code).toBe(0);
    expect((await bellwether(['start', 'cli-looks'])).code).toBe(0);
    const more = file('more-looks.json', { ...checkout, key: 'cli-looks', evaluation: { ...evaluation, maxPeeks: 24 } });
    expect(await bellwether(['apply', '--check', more])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('+ evaluation.maxPeeks: 24  (locked since the start)'),
    });
    const manyLooks = file('many-looks.json', { ...checkout, key: 'cli-many', evaluation: { ...evaluation, maxPeeks: 101 } });
    expect(await bellwether(['apply', '--check', manyLooks])).toMatchObject({ code: 1, stderr: expect.stringContaining('maxPeeks') });
  });

  test('names every problem of a file, and then changes nothing of any', async () => {
    const good = file('good.json', { ...checkout, key: 'cli-good' });
    const bad = file('bad.json', {
      ...checkout,
      key: 'cli-bad',
      variants: [
        { key: 'A!', weight: 0.5 },
        { key: 'b', weight: 0.4 },
      ],
    });
    const refused = await bellwether(['apply', '--yes', good, bad]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('problem: variants.0.key: "A!" does not match');
    expect(refused.stderr).toContain('problem: variants:');
    expect(refused.stderr).toContain('Nothing was changed.');
    expect(await bellwether(['get', 'cli-good'])).toMatchObject({ code: 1, stderr: 'There is no experiment cli-good.\n' });
    expect(await bellwether(['apply', file('broken.json', '{')])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('broken.json: no JSON'),
    });
  });

  test('runs an experiment: start, assign, track files once whatever is resent, read results, weights and audit, stop', async () => {
    const name = file('run.json', { ...checkout, key: 'cli-run', evaluation: { minSampleSize: 10 } });
    expect((await bellwether(['apply', '--yes', name])).code).toBe(0);
    expect(await bellwether(['start', 'cli-run'])).toMatchObject({
      code: 0,
      stdout: 'cli-run: RUNNING (control 50.00%, one-page 50.00%)\n',
    });
    const assigned = JSON.parse((await bellwether(['assign', 'cli-run', '--user', 'u1', '--json'])).stdout);
    expect(assigned).toMatchObject([{ experimentKey: 'cli-run', reason: 'SPLIT', inExperiment: true }]);

    const units = Array.from({ length: 40 }, (_, i) => `u${i}`);
    const { assignments } = await service
      .ask(
        `{ ${units.map((unit) => `${unit}: assignment(experimentKey: "cli-run", unit: { userId: "${unit}" }) { variant }`).join(' ')} }`,
        {},
        'client',
      )
      .then((data) => ({ assignments: data as Record<string, { variant: string }> }));
    const exposures = units.map((userId) =>
      JSON.stringify({ experimentKey: 'cli-run', variant: assignments[userId]?.variant, unit: { userId } }),
    );
    const events = file('exposures.ndjson', exposures.join('\n'));
    expect(JSON.parse((await bellwether(['track', events])).stdout)).toEqual({ accepted: 40, duplicates: 0, rejected: 0, lines: 40 });
    expect(JSON.parse((await bellwether(['track', events])).stdout)).toEqual({ accepted: 0, duplicates: 40, rejected: 0, lines: 40 });
    const orders = file(
      'orders.csv',
      `metric,userId,value\n${units
        .slice(0, 20)
        .map((unit) => `order,"${unit}",1`)
        .join('\n')}\n`,
    );
    expect(JSON.parse((await bellwether(['track', orders])).stdout)).toEqual({ accepted: 20, duplicates: 0, rejected: 0, lines: 21 });

    await service.ask('mutation { evaluateExperiment(key: "cli-run") { evaluation { decision } } }');
    const results = await bellwether(['results', 'cli-run']);
    expect(results.stdout).toMatch(/^KEEP_RUNNING|^INSUFFICIENT_DATA/);
    expect(results.stdout).toMatch(/^order +primary +one-page +[\d.]+% +[\d.]+% +[+-]?[\d.]+(%| points) /m);
    expect(JSON.parse((await bellwether(['results', 'cli-run', '--json'])).stdout).comparisons).toHaveLength(1);
    expect((await bellwether(['list', '--status', 'running'])).stdout).toMatch(/^KEY.*\ncli-run +RUNNING +AB_TEST +40 /);

    expect(await bellwether(['weights', 'cli-run', 'control=0.2', 'one-page=0.8'])).toMatchObject({
      stdout: 'cli-run: RUNNING (control 20.00%, one-page 80.00%)\n',
    });
    expect(await bellwether(['weights', 'cli-run', 'control=0.2', 'one-page=0.9'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('WEIGHTS_DO_NOT_SUM_TO_ONE'),
    });
    expect(await bellwether(['stop', 'cli-run', '--ship', 'one-page', '--reason', 'enough'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('STOPPED'),
    });
    expect((await bellwether(['audit', 'cli-run'])).stdout).toMatch(/stopExperiment +cli-run +enough/);
  });

  test('tells of a line that cannot be read, and goes on from it', async () => {
    const name = file('torn.ndjson', `{"metric":"order","unit":{"userId":"x"}}\n{"metric":\n`);
    expect(await bellwether(['track', name])).toMatchObject({ code: 1, stderr: expect.stringContaining('torn.ndjson, line 2:') });
    const refused = await bellwether(['track', file('refused.ndjson', '{"eventId":"e1","metric":"order","unit":{}}\n')]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('e1: ') });
  });

  test('makes, lists and revokes keys', async () => {
    const made = await bellwether(['keys', 'create', 'pipeline', '--scope', 'read']);
    expect(made.stdout.trim()).toMatch(/^bw_/);
    const secret = { BELLWETHER_KEY: made.stdout.trim() };
    expect((await bellwether(['list'], { env: secret })).code).toBe(0);
    const listed: { id: string; name: string }[] = JSON.parse((await bellwether(['keys', 'list', '--json'])).stdout);
    const { id } = listed.find(({ name }) => name === 'pipeline') ?? { id: '' };
    expect(await bellwether(['keys', 'revoke', id])).toMatchObject({ stdout: 'pipeline: revoked\n' });
    expect(await bellwether(['list'], { env: secret })).toMatchObject({ code: 1, stderr: expect.stringContaining('UNAUTHENTICATED') });
  });

  test('answers a question of power', async () => {
    const { stdout } = await bellwether(['power', '--baseline', '0.05', '--effect', '0.1', '--per-day', '4000', '--json']);
    const { units } = await service
      .ask(`{ power(input: { metricType: CONVERSION, baseline: 0.05, minimumEffect: 0.1, unitsPerDay: 4000 }) { unitsPerVariant } }`)
      .then((data) => ({ units: data.power.unitsPerVariant }));
    expect(JSON.parse(stdout)).toMatchObject({ unitsPerVariant: units, minimumEffect: 0.1 });
  });

  test('simulates an experiment that is registered as it does its file', async () => {
    const name = file('simulated.json', { ...checkout, key: 'cli-simulated', evaluation: { horizonUnits: 4000 } });
    await bellwether(['apply', '--yes', name]);
    const options = ['--runs', '3', '--json'];
    const [byKey, byFile] = await Promise.all([
      bellwether(['simulate', 'cli-simulated', ...options]),
      bellwether(['simulate', name, ...options], { env: { BELLWETHER_URL: 'http://127.0.0.1:1', BELLWETHER_KEY: '' } }),
    ]);
    expect(byKey.code).toBe(0);
    const { plan, ...found } = JSON.parse(byKey.stdout);
    expect(found).toMatchObject({ runs: 3, seed: 1 });
    expect(JSON.parse(byFile.stdout)).toMatchObject({ ...found, plan: { ...plan, definition: expect.anything() } });
    expect(await bellwether(['simulate', 'cli-nobody'])).toMatchObject({
      code: 1,
      stderr: 'There is neither a file nor an experiment cli-nobody.\n',
    });
  });

  test('is told by doctor what is well and what is not', async () => {
    const well = await bellwether(['doctor', '--json']);
    expect(JSON.parse(well.stdout).map(({ name, verdict }: { name: string; verdict: string }) => `${name} ${verdict}`)).toEqual([
      'address ok',
      'server ok',
      'clock ok',
      'key ok',
    ]);
    const ill = await bellwether(['doctor', '--url', 'http://127.0.0.1:1', '--key', 'bw_wrong']);
    expect(ill.code).toBe(1);
    expect(ill.stdout).toMatch(/fault +server +does not answer/);
    const shared = await bellwether(['doctor'], { env: stores });
    expect(shared.code).toBe(0);
    expect(shared.stdout).toMatch(
      /ok +postgres +answers, and commits wait for the disk\nok +redis +queue and cache: answers and does not evict/,
    );
    const risky = await bellwether(['doctor'], { env: { DATABASE_URL: `${stores.DATABASE_URL}?options=-csynchronous_commit%3Doff` } });
    expect(risky.code).toBe(1);
    expect(risky.stdout).toMatch(/fault +postgres +synchronous_commit is off/);
    const away = await bellwether(['doctor'], { env: { DATABASE_URL: 'postgresql://somebody:hidden@127.0.0.1:1/x' } });
    expect(away.code).toBe(1);
    expect(away.stdout).toMatch(/fault +postgres +.*ECONNREFUSED/);
    expect(away.stdout).not.toContain('hidden');
  });

  test('says how it is called, wrongly or not, and offers completion', async () => {
    expect(await bellwether(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Exit codes') });
    expect(await bellwether(['apply', '--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Examples') });
    expect((await bellwether(['unheard-of'])).code).toBe(2);
    expect(await bellwether(['assign'])).toMatchObject({ code: 2, stderr: expect.stringContaining('Which unit?') });
    expect(await bellwether(['list'], { env: { BELLWETHER_KEY: '' } })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('No key'),
    });
    for (const shell of ['bash', 'zsh', 'fish']) {
      expect((await bellwether(['completion', shell])).stdout).toContain('apply');
    }
  });

  test('watches: the present state first, then what moves', async () => {
    const name = file('watch.json', { ...checkout, key: 'cli-watch' });
    await bellwether(['apply', '--yes', name]);
    await bellwether(['start', 'cli-watch']);
    const child = startBellwether(['watch', 'cli-watch'], { cwd: folder, env: environment() });
    let seen = '';
    const closed = new Promise<number | null>((done) => child.on('close', done));
    await new Promise<void>((done) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const isFirst = !seen.includes('weights (');
        seen += text;
        if (isFirst && seen.includes('weights (')) void bellwether(['weights', 'cli-watch', 'control=0.3', 'one-page=0.7']);
        if (seen.includes('control 30.00%')) done();
      });
    });
    await bellwether(['archive', 'cli-watch']);
    child.kill('SIGINT');
    expect(await closed).toBe(0);
    expect(seen).toContain('counts: control 0 of 0, one-page 0 of 0');
  });
});
