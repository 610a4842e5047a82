import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { makeDataFolder } from '../setup/stores.js';

/** What the client package offers beside `bellwether/sdk`, as built, in a program that has the packages which each of them stands on. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const peers = ['react', 'react-dom', '@types', 'graphql', '@apollo', '@openfeature', 'express', 'fastify'];

let folder: string;
const built = () => join(folder, 'node_modules/bellwether');
beforeAll(async () => {
  folder = makeDataFolder();
  mkdirSync(join(folder, 'node_modules'));
  for (const peer of peers) symlinkSync(join(root, 'node_modules', peer), join(folder, 'node_modules', peer));
  await run(process.execPath, ['scripts/build-client.mjs', built()], { cwd: root });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'shop', private: true, type: 'module' }));
}, 120_000);

test('every subpath offers what its page of the documentation names, in plain Node', async () => {
  const offered = {
    react: ['BellwetherProvider', 'Experiment', 'Variant', 'useBellwether', 'useExperiment', 'useVariant'],
    express: ['bellwether', 'fastifyBellwether'],
    apollo: ['bellwetherPlugin', 'byVariant', 'variantOf'],
    'openfeature-server': ['createServerProvider'],
    'openfeature-web': ['createWebProvider'],
  };
  const lines = Object.keys(offered).map((path) => `found['${path}'] = Object.keys(await import('bellwether/${path}')).sort();`);
  const program = `const found = {};\n${lines.join('\n')}\nconsole.log(JSON.stringify(found));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual(offered);
});

test('what is bundled imports nothing but the packages of its users', () => {
  const { peerDependencies, peerDependenciesMeta } = JSON.parse(readFileSync(join(built(), 'package.json'), 'utf8'));
  const files = readdirSync(built(), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
  const imported = files.flatMap((file) =>
    [...readFileSync(join(built(), file), 'utf8').matchAll(/^(?:import|export) .*from "([^."][^"]*)";$/gm)].map(([, name]) => name),
  );
  expect([...new Set(imported)].sort()).toEqual(['@openfeature/core', '@openfeature/server-sdk', '@openfeature/web-sdk', 'react']);
  for (const name of imported) expect(peerDependencies).toHaveProperty([name as string]);
  expect(Object.keys(peerDependenciesMeta).sort()).toEqual(Object.keys(peerDependencies).sort());
});

test('what is for React says where it runs, so that a server component may import it', () => {
  expect(readFileSync(join(built(), 'react.js'), 'utf8')).toMatch(/^"use client";\n/);
});

test('the types hold in the programs of their users', async () => {
  const program = `
    import { ApolloServer } from '@apollo/server';
    import { OpenFeature as Server } from '@openfeature/server-sdk';
    import { OpenFeature as Web } from '@openfeature/web-sdk';
    import { bellwetherPlugin, byVariant } from 'bellwether/apollo';
    import { bellwether, fastifyBellwether, type WithBellwether } from 'bellwether/express';
    import { createServerProvider } from 'bellwether/openfeature-server';
    import { createWebProvider } from 'bellwether/openfeature-web';
    import { BellwetherProvider, Experiment, useVariant, Variant } from 'bellwether/react';
    import { createClient, createLocalClient } from 'bellwether/sdk';
    import express from 'express';
    import { fastify } from 'fastify';
    import { createElement } from 'react';

    declare module 'fastify' {
      interface FastifyRequest extends WithBellwether {}
    }
    const client = createLocalClient({ url: '', key: '' });
    interface Context { readonly userId: string }
    const ranking = byVariant('ranking', { control: () => 1, learned: (_: unknown, __: unknown, { userId }: Context) => userId }, 'control');
    // @ts-expect-error the fallback is one of them
    byVariant('ranking', { control: () => 1 }, 'other');
    new ApolloServer<Context>({
      typeDefs: '',
      resolvers: { Query: { ranking } },
      plugins: [bellwetherPlugin({ client, unit: ({ userId }) => ({ userId }) })],
    });
    const app = express();
    app.use(bellwether({ client, unit: (request: express.Request) => ({ userId: request.ip ?? null }) }));
    app.get('/', (request, response) => void response.json(request.bellwether.emit('seen')));
    const other = fastify();
    other.register(fastifyBellwether({ client }));
    other.get('/', async (request) => request.bellwether.variant('checkout', 'control') === 'one-page');
    Server.setProvider(createServerProvider({ url: '', key: '' }));
    Web.setProvider(createWebProvider({ url: '', key: '' }));
    const Page = () => useVariant('checkout', 'control') === 'one-page' ? 'one' : useVariant<'a' | 'b'>('other', 'a');
    const inside = createElement(Experiment, { name: 'checkout', fallback: 'control' }, createElement(Variant, { name: 'control' }));
    export const page = createElement(BellwetherProvider, { client: createClient({ url: '', key: '' }) }, inside, createElement(Page));
  `;
  writeFileSync(join(folder, 'typed.ts'), program);
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,dom'];
  const types = ['--types', 'node,express'];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, ...options, ...types, 'typed.ts'], { cwd: folder }).catch((failed) => failed);
  expect(stdout).toBe('');
});
