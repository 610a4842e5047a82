import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';
import { runBellwether } from './run.js';

let service: RunningService;
let sql: Client;
let folder: string;
let key: string;

beforeAll(async () => {
  const environment = await makeEnvironment();
  key = environment.BELLWETHER_ADMIN_KEY as string;
  service = await startService(environment);
  sql = new Client({ connectionString: environment.DATABASE_URL });
  await sql.connect();
  folder = mkdtempSync(join(tmpdir(), 'bellwether-launch-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await sql.end();
  await service.remove();
});

const bellwether = (args: readonly string[], stdin = '') =>
  runBellwether(args, { cwd: folder, stdin, env: { BELLWETHER_URL: service.url, BELLWETHER_KEY: key } });

async function apply(name: string): Promise<void> {
  const definition = {
    key: name,
    name: 'Launch',
    variants: [
      { key: 'control', weight: 0.5 },
      { key: 'one-page', weight: 0.5 },
    ],
    metrics: { primary: { key: 'order', type: 'CONVERSION' } },
  };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(definition));
  expect((await bellwether(['apply', '--yes', `${name}.json`])).code).toBe(0);
}

describe('a launch from the command line', () => {
  test('without a dry run warns and goes on', async () => {
    await apply('bold');
    expect(await bellwether(['check', 'bold'])).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^MISSING {2}There was no dry run/),
    });
    const started = await bellwether(['start', 'bold']);
    expect(started).toMatchObject({ code: 0, stdout: expect.stringContaining('bold: RUNNING') });
    expect(started.stderr).toMatch(/^Warning: There was no dry run/);
  });

  test('is warned of a missing dry run before the start and not for ever', async () => {
    await apply('late');
    expect((await bellwether(['get', 'late'])).stderr).toMatch(/^late is DRAFT\. There was no dry run/);
    await bellwether(['start', 'late']);
    expect((await bellwether(['get', 'late'])).stderr).toBe('late is RUNNING.\n');
    await bellwether(['stop', 'late']);
    expect((await bellwether(['get', 'late'])).stderr).toBe('late is STOPPED.\n');
  });

  test('shows results in the words of the report, beside the alert that is open', async () => {
    await apply('wide');
    await bellwether(['start', 'wide']);
    const { rows } = await sql.query<{ id: string }>("select id from experiment where key = 'wide'");
    const id = rows[0]?.id;
    for (const [variant, orders] of [
      ['control', 13],
      ['one-page', 10],
    ] as const) {
      await sql.query("insert into version_units values ($1, 1, $2, '', 0, 200, 1)", [id, variant]);
      const sums = Array(5).fill(orders).join(', ');
      await sql.query(`insert into metric_total values ($1, 1, $2, 'order', '', 0, ${sums})`, [id, variant]);
    }
    await sql.query(
      "insert into alert values (gen_random_uuid(), -1, $1, 'BANDIT_HALTED', 'CRITICAL', 'Halted.', null, null, now(), null)",
      [id],
    );
    await service.ask('mutation { evaluateExperiment(key: "wide") { evaluation { decision } } }');
    const { stdout } = await bellwether(['results', 'wide']);
    expect(stdout).toMatch(/^KEEP_RUNNING .* An alert is open: BANDIT_HALTED\.$/m);
    // Of few orders the relative interval has no end.
    const row = /^order +primary +one-page +6\.50% +5\.00% +(\S+ points) +(\S+ points to \S+ points) /m;
    expect(stdout).toMatch(row);
    const [, change, interval] = row.exec(stdout) ?? [];
    expect((await bellwether(['report', 'wide'])).stdout).toContain(`order (primary), one-page: ${change}, 95% interval ${interval}; `);
  });

  test('asks the dry run what is missing, and starts without a warning once it has passed', async () => {
    await apply('careful');
    expect(await bellwether(['start', 'careful', '--dry-run'])).toMatchObject({ code: 0, stderr: '' });
    const early = await bellwether(['check', 'careful']);
    expect(early.code).toBe(3);
    expect(early.stdout).toMatch(/^RUNNING {2}The dry run is under way and nothing is wrong so far/);
    expect(early.stdout).toMatch(/^PENDING {2}DURATION: It has run for 0\.0 hours of 24\.\n +Let it run/m);
    expect(early.stdout).toMatch(/^PENDING {2}EVENTS order: /m);
    expect((await bellwether(['get', 'careful'])).stderr).toMatch(/^careful is DRY_RUN\. The dry run is under way/);

    // A day goes by in which each variant got 40 units, of whom a quarter ordered.
    const { rows } = await sql.query<{ id: string }>("select id from experiment where key = 'careful'");
    const id = rows[0]?.id;
    await sql.query("update allocation set started_at = started_at - interval '25 hours' where experiment_id = $1", [id]);
    for (const variant of ['control', 'one-page']) {
      await sql.query("insert into version_units values ($1, 1, $2, '', 0, 40, 0)", [id, variant]);
      await sql.query("insert into metric_total values ($1, 0, $2, 'order', '', 0, 10, 10, 10, 10, 10)", [id, variant]);
    }
    const passed = await bellwether(['check', 'careful', '--json']);
    expect(passed.code).toBe(0);
    expect(JSON.parse(passed.stdout)).toMatchObject({ status: 'PASSED', units: 80, until: null });
    expect(await bellwether(['start', 'careful'])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('careful: RUNNING'),
    });
    expect(await bellwether(['check', 'careful'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^PASSED /) });
  });

  test('forgets units that are asked for, one or many, and says nothing of who they are', async () => {
    await apply('people');
    await bellwether(['start', 'people']);
    for (const userId of ['ann', 'bob', 'walter']) {
      await service.ask(
        'mutation ($unit: UnitInput!) { assign(experimentKey: "people", unit: $unit) { variant } }',
        { unit: { userId } },
        'client',
      );
    }
    expect(await bellwether(['forget', 'ann'])).toMatchObject({ code: 2, stderr: expect.stringContaining('say --yes to delete') });
    const one = await bellwether(['forget', '--yes', 'ann']);
    expect(one.stdout).toMatch(/^reference [0-9a-f-]{36}: deleted 1 memberships of experiments, 1 exposures\n$/);
    expect((await bellwether(['forget', '--yes', 'ann'])).stdout).toMatch(/^reference [0-9a-f-]{36}: nothing was kept of it\n$/);
    const many = await bellwether(['forget', '--yes', '--json', '--hash-key', 'userId', '-'], 'bob\nwalter\n');
    const lines = many.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { experiments: 1, exposures: 1 },
      { experiments: 1, exposures: 1 },
    ]);
    expect(many.stdout + many.stderr).not.toMatch(/bob|walter/);
    const { rows } = await sql.query('select from unit_exposure');
    expect(rows).toEqual([]);
  });
});
