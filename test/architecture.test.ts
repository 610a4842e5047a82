/**
 * The shape of `src`, stated over its import lines: bands by folder, which may know which, and who joins them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

interface Import {
  /** File under src. */
  readonly from: string;
  /** What it names: a file under src, or a package. */
  readonly to: string;
  readonly isPackage: boolean;
  /** Whether it is loaded with its file: neither a type nor asked for later. */
  readonly isLoaded: boolean;
}

const src = 'src';
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !file.startsWith('generated/'))
  .sort();

const importPattern = /(?:^|\n)\s*(?:import|export)\b[^'";]*?\bfrom\s*'([^']+)'|(?:^|\n)\s*import\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8');
  return [...text.matchAll(importPattern)].map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? '';
    const isPackage = !name.startsWith('.');
    const isLoaded = match[3] === undefined && !/^\s*(import|export) type\b/.test(match[0]);
    return { from: file, to: isPackage ? name : normalize(join(dirname(file), name)), isPackage, isLoaded };
  });
}

const imports = files.flatMap(importsOf);

/** First folder, or '' for a file that stands directly in src. */
function band(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : '';
}

/** What each band may import of src, beside itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  services: ['core'],
  postgres: ['core', 'services', 'generated', 'telemetry'],
  redis: ['core', 'services', 'telemetry'],
  // When things come, read from what people write; of those who make them come and of those who foretell it.
  schedule: ['core'],
  queue: ['core', 'services', 'telemetry', 'schedule'],
  graphql: ['core', 'services', 'telemetry'],
  // The wire carries GraphQL: one band serves what the other answers.
  http: ['core', 'services', 'telemetry', 'graphql'],
  sdk: ['core'],
  dashboard: ['sdk', 'core'],
  // Programs of their own, so they too start from the environment.
  cli: ['core', 'config.js', 'check-stores.js', 'schedule'],
  // It puts itself around ports that services have.
  telemetry: ['core', 'services'],
  embedded: ['telemetry'],
};

const lines = (list: readonly Import[]) => list.map(({ from, to }) => `${from} imports ${to}`);

test('finds the imports it judges', () => {
  expect(imports.length).toBeGreaterThan(100);
  expect(imports).toContainEqual({ from: 'embedded/postgres.ts', to: 'embedded/supervise.js', isPackage: false, isLoaded: true });
  expect(imports).toContainEqual({ from: 'main.ts', to: 'compose.js', isPackage: false, isLoaded: false });
  expect(imports).toContainEqual({ from: 'queue/reconciler.ts', to: 'bullmq', isPackage: true, isLoaded: false });
});

test('every folder of src is a band that has rules here', () => {
  expect([...new Set(files.map(band))].filter((name) => name !== '' && !(name in allowed))).toEqual([]);
});

test('core imports nothing from outside core, so that it runs in a browser', () => {
  expect(lines(imports.filter(({ from, to, isPackage }) => band(from) === 'core' && (isPackage || band(to) !== 'core')))).toEqual([]);
});

test('bands know only those they may know', () => {
  const wrong = imports.filter(({ from, to, isPackage }) => {
    const [own, other] = [band(from), band(to) || to];
    return own !== '' && !isPackage && own !== other && !allowed[own]?.includes(other);
  });
  expect(lines(wrong)).toEqual([]);
});

test('only main.ts, compose.ts and the parts of it join the bands; the rest beside them knows rules alone', () => {
  const joiners = new Set([
    'main.ts',
    'compose.ts',
    'intake.ts',
    'store-connections.ts',
    'exchange.ts',
    'observe.ts',
    'learn.ts',
    'edge.ts',
    'check-stores.ts',
  ]);
  const wrong = imports.filter(
    ({ from, to, isPackage }) => band(from) === '' && !joiners.has(from) && !isPackage && !['', 'core'].includes(band(to)),
  );
  expect(lines(wrong)).toEqual([]);
});

test('only postgres knows Prisma and SQL drivers, only redis and queue know Redis clients, only queue knows BullMQ', () => {
  const owners: Readonly<Record<string, readonly string[]>> = {
    pg: ['postgres', 'embedded'],
    '@prisma/client': ['postgres'],
    '@prisma/adapter-pg': ['postgres'],
    ioredis: ['redis', 'queue', 'embedded'],
    bullmq: ['queue'],
    'prom-client': ['telemetry'],
    'type-graphql': ['graphql'],
    fastify: ['http'],
  };
  const wrong = imports.filter(
    ({ from, to, isPackage }) => isPackage && band(from) !== '' && owners[to] && !owners[to].includes(band(from)),
  );
  expect(lines(wrong)).toEqual([]);
});

test('services and core know neither stores nor edges', () => {
  const outside = /^(pg|ioredis|bullmq|fastify|ws|prom-client|graphql|type-graphql|@prisma|@apollo)/;
  expect(
    lines(imports.filter(({ from, to, isPackage }) => ['services', 'core'].includes(band(from)) && isPackage && outside.test(to))),
  ).toEqual([]);
});

test('only config.ts names the environment', () => {
  const names = files.filter((file) =>
    /\bprocess\.env\b/.test(readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
  );
  expect(names).toEqual(['config.ts']);
});

test('relative imports name the compiled file', () => {
  expect(lines(imports.filter(({ to, isPackage }) => !isPackage && !/\.(js|json|css|svg)$/.test(to)))).toEqual([]);
});

test('what only some instances need is loaded by those alone', () => {
  const loaded = imports.filter(({ isLoaded }) => isLoaded);
  const reached = new Set(['main.js', 'compose.js']);
  for (const file of reached) for (const { from, to } of loaded) if (from.replace(/\.ts$/, '.js') === file) reached.add(to);
  expect([...reached]).toEqual(expect.arrayContaining(['queue/clockwork.js', 'graphql/schema.js', 'pg', 'fastify']));
  // Of jobs, of who opens GraphiQL, of tracing.
  expect([...reached].filter((name) => /^(bullmq|@graphql-yoga|@opentelemetry)/.test(name))).toEqual([]);
});
