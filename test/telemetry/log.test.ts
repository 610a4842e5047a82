import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '../../src/telemetry/log.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bellwether-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const lines = (file: string) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('writes a JSON line with level by name and time in UTC, from the wanted level up', () => {
  const file = join(folder, 'a.log');
  const log = createLog({ level: 'info', file });
  log.debug('not this');
  log.info({ experiment: 'checkout' }, 'Started');
  expect(lines(file)).toEqual([{ level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), experiment: 'checkout', msg: 'Started' }]);
});

test('puts what belongs to the place into each line', () => {
  const file = join(folder, 'a.log');
  let place: object = {};
  const log = createLog({ level: 'info', file, fields: () => place });
  log.info({ before: 1 }, 'outside');
  log.info('outside');
  place = { trace_id: '4bf9', span_id: '00f0' };
  log.info({ experiment: 'checkout' }, 'inside');
  expect(lines(file).map(({ time: _, level: __, ...line }) => line)).toEqual([
    { before: 1, msg: 'outside' },
    { msg: 'outside' },
    { trace_id: '4bf9', span_id: '00f0', experiment: 'checkout', msg: 'inside' },
  ]);
});

test('blanks secrets wherever they turn up', () => {
  const file = join(folder, 'a.log');
  const log = createLog({ level: 'info', file });
  log.info(
    {
      authorization: 'Bearer hunter2',
      req: { headers: { authorization: 'hunter2', cookie: 'hunter2', 'x-api-key': 'hunter2' } },
      config: { databaseUrl: 'hunter2' },
    },
    'x',
  );
  log.error({ err: new Error('away', { cause: new Error('connect to postgresql://u:hunter2@db:5432/b failed') }) }, 'y');
  const text = readFileSync(file, 'utf8');
  expect(text).not.toContain('hunter2');
  expect(text).toContain('postgresql://u:[hidden]@db:5432/b');
});

test('tells a person of warnings and worse in one short line', () => {
  const said: string[] = [];
  const log = createLog({ level: 'info', file: join(folder, 'a.log'), readable: (line) => said.push(line) });
  log.info('quiet');
  log.warn({ store: 'Redis' }, 'Redis went down');
  log.error({ err: new Error('no route') }, 'Cannot publish');
  expect(said).toEqual(['warning: Redis went down', 'error: Cannot publish: no route']);
  expect(lines(join(folder, 'a.log'))).toHaveLength(3);
});

test('begins a new file when the old one is past 20 MB, and keeps the old one aside', () => {
  const file = join(folder, 'a.log');
  createLog({ level: 'info', file }).info('old');
  truncateSync(file, 21_000_000);
  createLog({ level: 'info', file }).info('new');
  expect(lines(file)).toMatchObject([{ msg: 'new' }]);
  expect(readFileSync(`${file}.1`).length).toBe(21_000_000);
});

test('shows of an error what helps, and nothing that was being worked on', () => {
  const file = join(folder, 'a.log');
  const refused = Object.assign(new Error('invalid input syntax for type integer: "hunter2"'), {
    code: '22P02',
    severity: 'ERROR',
    routine: 'pg_strtoint32_safe',
    where: "unnamed portal parameter $1 = 'hunter2'",
    detail: 'Failing row contains (hunter2).',
  });
  const command = Object.assign(new Error('ERR syntax error'), { command: { name: 'hset', args: ['hunter2'] } });
  const nowhere = Object.assign(new AggregateError([Object.assign(new Error('connect ECONNREFUSED ::1:5432'), { syscall: 'connect' })]), {
    code: 'ECONNREFUSED',
  });
  const log = createLog({ level: 'info', file });
  for (const err of [refused, command, nowhere, new Error('the statement failed', { cause: refused })]) log.error({ err }, 'x');
  expect(readFileSync(file, 'utf8')).not.toContain('hunter2');
  const [first, , third, fourth] = lines(file).map(({ err }) => err);
  const expected = { type: 'Error', code: '22P02', severity: 'ERROR', message: 'invalid input syntax for type integer: "[hidden]"' };
  expect(first).toMatchObject({ ...expected, routine: 'pg_strtoint32_safe', stack: expect.stringContaining('log.test.ts') });
  expect(third).toMatchObject({ code: 'ECONNREFUSED', aggregateErrors: [{ syscall: 'connect' }] });
  expect(fourth).toMatchObject({ message: 'the statement failed', cause: expected });
});
