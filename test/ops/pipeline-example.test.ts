import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';

/** The steps of examples/pipeline/experiments.yml, run as the runner does, with commands in the place of `docker` and `gh`. */

interface Step {
  readonly name?: string;
  readonly run?: string;
}

const { jobs } = parse(readFileSync('examples/pipeline/experiments.yml', 'utf8')) as { jobs: Record<'check' | 'apply', { steps: Step[] }> };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bellwether-pipeline-'));
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'experiments'));
  for (const name of ['banner', 'check out']) writeFileSync(join(folder, 'experiments', `${name}.json`), '{}');
});
afterEach(() => rmSync(folder, { recursive: true }));

function command(name: string, script: string): void {
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'bin', name), 0o755);
}

/** Runs a step. @returns its exit code */
function run(job: 'check' | 'apply', name: string, env: Readonly<Record<string, string>> = {}): number | null {
  const step = jobs[job].steps.find((one) => one.name === name);
  const runner = { GITHUB_OUTPUT: join(folder, 'output'), IMAGE: 'ghcr.io/acme/bellwether:1.2.3', UNITS_PER_DAY: '5000' };
  const path = { PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
  return spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step?.run ?? 'exit 99'], {
    cwd: folder,
    env: { ...path, ...runner, ...env },
  }).status;
}

test.each([
  [0, 'Experiments stay as they are.', 0],
  [3, 'Merging this changes experiments:', 0],
  [1, '**This would be refused:**', 1],
])('a check that ends with %i is told as "%s"', (code, title, judged) => {
  command('docker', `printf '%s\\n' "$@" > called; printf 'a.json: a – changes\\n  - name: "A"\\n  + name: "B"\\n'; exit ${code}`);
  command('gh', 'cat comment.md > commented; echo "$@" >> called');
  expect(run('check', 'Check')).toBe(0);
  expect(readFileSync(join(folder, 'output'), 'utf8')).toBe(`code=${code}\n`);
  const called = readFileSync(join(folder, 'called'), 'utf8').split('\n');
  expect(called.slice(called.indexOf('apply')).filter(Boolean)).toEqual([
    'apply',
    '--check',
    '--units-per-day',
    '5000',
    'experiments/banner.json',
    'experiments/check out.json',
  ]);
  expect(run('check', 'Comment', { CODE: String(code), NUMBER: '7' })).toBe(0);
  expect(readFileSync(join(folder, 'commented'), 'utf8')).toBe(`${title}\n\n~~~diff\na.json: a – changes\n- name: "A"\n+ name: "B"\n~~~\n`);
  expect(readFileSync(join(folder, 'called'), 'utf8')).toContain('pr comment 7 --edit-last --create-if-none');
  expect(run('check', 'Judge', { CODE: String(code) })).toBe(judged);
});

test('what is merged is applied without asking, and a refusal fails the job', () => {
  command('docker', 'printf "%s\\n" "$@" > called; exit 1');
  expect(run('apply', 'Apply')).toBe(1);
  expect(existsSync(join(folder, 'called'))).toBe(true);
  expect(readFileSync(join(folder, 'called'), 'utf8')).toContain('apply\n--yes\n--units-per-day\n5000\nexperiments/banner.json');
});
