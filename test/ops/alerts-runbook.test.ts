import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, dropDatabase } from '../setup/stores.js';
import { unknownIn } from './promql.js';

/** Whoever is woken does what the runbook says: so what it says has to work. */

const text = readFileSync('docs/runbook.md', 'utf8');
const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span as string);
const blocks = text.split('\n').flatMap((line) => (/^ {4,}\S/.test(line) ? [line.trim()] : []));
const statements = [
  ...[...text.matchAll(/psql "\$DATABASE_URL" -c "([^"]+)"/g)].map(([, sql]) => sql as string),
  ...spans.filter((span) => span.startsWith('select ') && !span.includes('PID')),
];

describe('the SQL of the runbook', () => {
  let url: string;
  let client: Client;
  beforeAll(async () => {
    url = await createDatabase();
    client = new Client({ connectionString: url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await dropDatabase(url);
  });

  test.each(statements)('runs: %s', async (sql) => {
    expect(Array.isArray((await client.query(sql)).rows)).toBe(true);
  });

  test('is found', () => {
    expect(statements.length).toBeGreaterThan(8);
  });
});

test('names only metrics that there are', () => {
  const queries = spans.filter((span) => /\bbellwether_\w/.test(span));
  expect(queries.length).toBeGreaterThan(8);
  expect(queries.flatMap(unknownIn)).toEqual([]);
});

test('names only commands that there are', async () => {
  const named = [...spans, ...blocks].flatMap((line) => /^bellwether ([a-z]+)/.exec(line)?.[1] ?? []);
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', 'src/cli/bellwether.ts', '--help']);
  const known = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, command]) => command);
  expect(new Set(named).size).toBeGreaterThan(6);
  expect(named.filter((command) => !known.includes(command))).toEqual([]);
});

test('quotes the log as it is written', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('generated'),
  );
  const code = sources.map((file) => readFileSync(`src/${file}`, 'utf8')).join('\n');
  const quoted = spans.filter((span) => /^(A|An|The|Answers|Redis|a) [a-z]+ [a-z]/.test(span));
  expect(quoted.length).toBeGreaterThan(6);
  expect(quoted.filter((span) => !code.includes(span))).toEqual([]);
});

test('leads to sections that there are', () => {
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => (heading as string).toLowerCase().replaceAll(' ', '-'));
  const anchors = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor as string);
  expect(anchors.filter((anchor) => !headings.includes(anchor))).toEqual([]);
});
