import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { help } from '../../src/banner.js';
import { copyOf, dockerfile, execForm, image, isInContext } from './dockerfile.js';

/** What can be said of the image without an engine; `npm run image:check` follows its steps and starts what they make. */

const of = (name: string) => image.instructions.filter((instruction) => instruction.name === name);
const textOf = (name: string) => of(name).map(({ text }) => text);

test('whatever is copied exists, and .dockerignore lets it in', () => {
  const copies = dockerfile.flatMap(({ instructions }) => instructions.filter(({ name, flags }) => name === 'COPY' && !flags.has('from')));
  const sources = copies.flatMap((copy) => copyOf(copy).sources);
  expect(sources).toContain('src');
  for (const source of sources)
    expect({ source, exists: existsSync(source), isIn: isInContext(source) }).toEqual({ source, exists: true, isIn: true });
});

test('keeps secrets, data, generated code and packages of this machine out', () => {
  for (const path of ['.git', '.env', 'secrets/admin_key', 'node_modules/pg', '.bellwether/keys', 'dist', 'src/generated/prisma', 'test']) {
    expect({ path, isIn: isInContext(path) }).toEqual({ path, isIn: false });
  }
});

test('what is copied between stages comes from one that there is, of the same base', () => {
  const names = dockerfile.map(({ name }) => name);
  for (const { flags } of of('COPY').filter((copy) => copy.flags.has('from'))) expect(names).toContain(flags.get('from'));
  expect(new Set(dockerfile.map(({ base }) => base))).toEqual(new Set(['node:24-slim']));
});

test('runs without root, and only what is made before that belongs to root', () => {
  expect(textOf('USER')).toEqual(['node']);
  const last = image.instructions.findLastIndex(({ name }) => name === 'RUN' || name === 'COPY');
  expect(image.instructions.findIndex(({ name }) => name === 'USER')).toBeGreaterThan(last);
});

test('starts the service itself, so that signals reach it, and takes the commands behind its name', () => {
  const [entrypoint = ''] = textOf('ENTRYPOINT');
  expect(execForm(entrypoint)).toEqual(['node', 'dist/main.js']);
  expect(textOf('CMD')).toEqual([]);
  for (const command of ['api', 'worker', 'migrate']) expect(help()).toMatch(new RegExp(`npm start -- ${command} `));
});

test('asks for its readiness in exec form, and less often than an answer may take', () => {
  const [check] = of('HEALTHCHECK');
  expect(execForm(check?.text.replace(/^CMD /, '') ?? '')).toEqual(['node', '-e', expect.stringContaining('/ready')]);
  expect(Number.parseInt(check?.flags.get('interval') ?? '', 10)).toBeGreaterThan(Number.parseInt(check?.flags.get('timeout') ?? '', 10));
});
